//! `models`: what is shipped and what was trained, how good it is, where its limits are, and its files for other runtimes.

use super::{Surroundings, UsageError, ladder, pull};
use crate::cli::{Form, Models, ModelsAction};
use crate::output;
use anyhow::{Context, Result};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use chrono::DateTime;
use groundswell_analyst::{CardInput, render_card};
use groundswell_models::lab::{ModelStore, TrainedDescription};
use groundswell_models::tasks::{TASKS, find_task};
use groundswell_models::{EncoderForm, Runtime, write_shipped};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) async fn run(surroundings: &Surroundings, options: Models) -> Result<()> {
    match options.action {
        Some(ModelsAction::Pull(options)) => return pull::run(surroundings, options).await,
        Some(ModelsAction::Advise(options)) => return ladder::advise(surroundings, options).await,
        Some(ModelsAction::Cascade(options)) => {
            return ladder::cascade(surroundings, options).await;
        }
        None => {}
    }
    let store = ModelStore::of_process();
    if let Some(name) = options.task {
        if let Ok(model) = store.get(&name) {
            let about = model.description();
            let Some(path) = options.card else {
                println!("{}", serde_json::to_string_pretty(about)?);
                return Ok(());
            };
            let card: CardInput = serde_json::from_value(card_of(about))?;
            std::fs::write(&path, render_card(&card)?)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            eprintln!("{}", path.display());
            return Ok(());
        }
        let task = find_task(&name).map_err(|error| UsageError(error.to_string()))?;
        println!("{}", task.card());
        return Ok(());
    }
    if let Some(folder) = options.export {
        let form = match options.form {
            Form::BytesPerToken => EncoderForm::BytesPerToken,
            Form::BytesPerBatch => EncoderForm::BytesPerBatch,
            Form::Floats => EncoderForm::Floats,
        };
        write_shipped(&folder, form)?;
        eprintln!("{}", folder.display());
        return Ok(());
    }
    let shipped = Runtime::current()?.version().to_owned();
    let mut rows: Vec<[String; 5]> = TASKS
        .iter()
        .map(|task| {
            let labels = task.labels().join(", ");
            let status = if task.is_experimental() { "experimental: " } else { "" };
            let about = format!("{status}{}", task.about());
            [task.name().into(), labels, shipped.clone(), String::new(), about]
        })
        .collect();
    for model in store.list()? {
        let about = model.description;
        let older = if model.is_current { "" } else { " (older)" };
        let measure = |name: &str| about.validation.get(name).and_then(Value::as_f64);
        let quality = measure("macro_f1").or(about.curve.last().map(|point| point.score));
        rows.push([
            about.name.clone(),
            about.task.labels.join(", "),
            format!("{}@{}{older}", about.name, about.version),
            quality.map(|score| format!("{score:.3}")).unwrap_or_default(),
            format!("{}, {} texts", about.settings.architecture.name(), about.data.train_rows),
        ]);
    }
    let names = ["name", "labels", "model", "validation", "summary"];
    let columns = names.iter().enumerate().map(|(index, name)| {
        let values: StringArray = rows.iter().map(|row| Some(row[index].as_str())).collect();
        (*name, Arc::new(values) as ArrayRef)
    });
    let rows = RecordBatch::try_from_iter(columns)?;
    output::print(surroundings.format, &rows.schema(), &[rows])
}

/// Gives what the card of a trained model shows.
pub(super) fn card_of(about: &TrainedDescription) -> Value {
    let created =
        i64::try_from(about.created).ok().and_then(|time| DateTime::from_timestamp(time, 0));
    let training: Vec<Value> = about
        .curve
        .iter()
        .map(|point| {
            json!({ "step": point.epoch, "loss": point.loss, "validation_macro_f1": point.score })
        })
        .collect();
    json!({
        "name": about.name,
        "version": about.version,
        "task": about.task.task,
        "architecture": about.settings.architecture.name(),
        "labels": about.task.labels,
        "rows": [
            { "split": "train", "rows": about.data.train_rows },
            { "split": "validation", "rows": about.data.validation_rows },
        ],
        "data_fingerprint": about.data.fingerprint,
        "seed": about.settings.seed,
        "code_version": about.code_version,
        "created": created.map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
        "temperature": about.temperature,
        "notes": format!("Trained on: {}", about.data.source),
        "evaluation": if about.validation.is_null() { Value::Null } else { about.validation.clone() },
        "training": training,
    })
}
