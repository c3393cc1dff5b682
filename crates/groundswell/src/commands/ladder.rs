//! `models advise` and `models cascade`: which model to choose, and two of them put together.

use super::{Surroundings, UsageError, labelled, models, refuse_known_function};
use crate::cli::{Advise, Cascade, Format};
use crate::output;
use anyhow::{Context, Result};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_models::architectures::LabelKind;
use groundswell_models::lab::{self, Budget, Labelled, ModelStore, RungReport};
use groundswell_models::tasks::find_task;
use std::sync::Arc;

pub(crate) async fn advise(surroundings: &Surroundings, options: Advise) -> Result<()> {
    let task = match &options.task {
        None => None,
        Some(name) => Some(find_task(name).map_err(|error| UsageError(error.to_string()))?),
    };
    let rows = labelled::read(surroundings, &options.data, &options.columns, false).await?;
    let texts = Labelled::for_training("ladder", LabelKind::Single, &rows)?;
    let budget = Budget {
        posts_per_second: options.budget,
        bytes: options.size.map(|size| size * 1024 * 1024),
        is_thorough: options.thorough,
    };
    let count = texts.examples.len();
    let folder = std::env::temp_dir().join(format!("groundswell-ladder-{}", std::process::id()));
    let place = folder.clone();
    let reports = tokio::task::spawn_blocking(move || {
        lab::advise(task, texts, &budget, Vec::new(), &place, &mut |rung| eprintln!("{rung}"))
    });
    let reports = reports.await.context("the measuring broke off");
    std::fs::remove_dir_all(&folder).ok();
    let reports = reports??;
    if surroundings.format == Format::Json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
        return Ok(());
    }
    print(surroundings.format, &reports)?;
    match reports.iter().find(|report| report.is_recommended) {
        Some(best) => eprintln!(
            "{}: the fastest of those within the budget that is not measurably worse than the best ({count} texts, three tenths to measure on)",
            best.name
        ),
        None => eprintln!("no rung is within the budget; allow more bytes or fewer posts a second"),
    }
    Ok(())
}

fn print(format: Format, reports: &[RungReport]) -> Result<()> {
    let rounded =
        |value: f64, digits: i32| (value * 10f64.powi(digits)).round() / 10f64.powi(digits);
    let numbers = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let of =
        |value: &dyn Fn(&RungReport) -> Option<f64>| numbers(reports.iter().map(value).collect());
    let names: StringArray = reports.iter().map(|report| Some(report.name.as_str())).collect();
    let bytes: UInt64Array = reports.iter().map(|report| Some(report.bytes)).collect();
    let chosen: StringArray =
        reports.iter().map(|report| report.is_recommended.then_some("recommended")).collect();
    let rows = RecordBatch::try_from_iter([
        ("rung", Arc::new(names) as ArrayRef),
        ("macro_f1", of(&|report| Some(rounded(report.macro_f1, 3)))),
        ("low", of(&|report| report.interval.as_ref().map(|interval| rounded(interval.low, 3)))),
        ("high", of(&|report| report.interval.as_ref().map(|interval| rounded(interval.high, 3)))),
        ("accuracy", of(&|report| Some(rounded(report.accuracy, 3)))),
        ("posts_per_second", of(&|report| Some(rounded(report.posts_per_second, 0)))),
        ("bytes", Arc::new(bytes)),
        ("training_s", of(&|report| report.training_seconds.map(|seconds| rounded(seconds, 1)))),
        ("advice", Arc::new(chosen)),
    ])?;
    output::print(format, &rows.schema(), &[rows])
}

pub(crate) async fn cascade(surroundings: &Surroundings, options: Cascade) -> Result<()> {
    if !(0.0..=1.0).contains(&options.quality) {
        return Err(UsageError(format!(
            "the quality to keep is a share from 0 to 1, not `{}`; change it",
            options.quality
        ))
        .into());
    }
    refuse_known_function(&options.name)?;
    let store = ModelStore::of_process();
    let task = store.get(&options.cheap)?.description().task.clone();
    let rows = labelled::read(surroundings, &options.data, &options.columns, false).await?;
    let texts = Labelled::of_task(task, &rows)?;
    let source = labelled::source(&options.data);
    let (model, place) = lab::cascade(
        &options.name,
        (&options.cheap, &options.dear),
        &texts,
        options.quality,
        &source,
        &store,
    )?;
    let description = model.description();
    models::write_card(description, &place.join("card.html"))?;
    if let Some(about) = &description.cascade {
        eprintln!(
            "{:.1} % of {} texts that the threshold was not chosen by go up to {} (confidence below {:.2}); macro-F1 {:.3}, of {} alone {:.3}, of {} alone {:.3}",
            100.0 * about.share_up,
            description.data.validation_rows,
            about.dear,
            about.threshold,
            about.score,
            about.cheap,
            about.cheap_score,
            about.dear,
            about.dear_score
        );
    }
    eprintln!("{}", place.display());
    println!("{}@{}: {}", description.name, description.version, description.call());
    Ok(())
}
