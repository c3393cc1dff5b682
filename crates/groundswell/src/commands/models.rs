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
use std::path::Path;
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
        // A name that the store knows is that of a trained model, even if it cannot be opened.
        if store.pin(&name).is_ok() {
            let model = store.get(&name)?;
            let about = model.description();
            let Some(path) = options.card else {
                println!("{}", serde_json::to_string_pretty(about)?);
                return Ok(());
            };
            write_card(about, &path)?;
            eprintln!("{}", path.display());
            return Ok(());
        }
        let task = find_task(&name).map_err(|error| UsageError(error.to_string()))?;
        if options.card.is_some() {
            return Err(UsageError(format!(
                "`--card` is for trained models; `evaluate --task {name} --data FILES --out card.html` writes one of a task"
            ))
            .into());
        }
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
        rows.push([
            about.name.clone(),
            about.task.labels.join(", "),
            format!("{}@{}{older}", about.name, about.version),
            quality(&about).unwrap_or_default(),
            format!("{}, {} texts", about.settings.architecture.name(), about.data.train_rows),
        ]);
    }
    for (names, what, about) in [
        (store.encoder_names()?, "encoder", "to train from: train --base"),
        (store.vectors_names()?, "word vectors", "for nearest in SQL, and train --vectors"),
    ] {
        let empty = String::new;
        rows.extend(
            names.into_iter().map(|name| [name, empty(), what.into(), empty(), about.into()]),
        );
    }
    for (model, error) in store.damaged()? {
        let name = model.split('@').next().unwrap_or_default().to_owned();
        rows.push([name, String::new(), model, String::new(), format!("damaged: {error}")]);
    }
    let names = ["name", "labels", "model", "validation", "summary"];
    let columns = names.iter().enumerate().map(|(index, name)| {
        let values: StringArray = rows.iter().map(|row| Some(row[index].as_str())).collect();
        (*name, Arc::new(values) as ArrayRef)
    });
    let rows = RecordBatch::try_from_iter(columns)?;
    output::print(surroundings.format, &rows.schema(), &[rows])
}

/// Says how good a trained model is on the validation texts, with the name of the measure: macro-F1, of a rating the mean absolute
/// error, in units of the ratings.
pub(super) fn quality(about: &TrainedDescription) -> Option<String> {
    let measures = [("macro_f1", "macro-F1"), ("mae", "mean absolute error")];
    let mut found = measures.iter().filter_map(|(key, name)| {
        let value = about.validation.get(key)?.as_f64()?;
        Some(format!("{name} {value:.3}"))
    });
    found.next()
}

/// Writes the card of a trained model as HTML.
pub(super) fn write_card(about: &TrainedDescription, path: &Path) -> Result<()> {
    write_html(card_of(about), path)
}

/// Writes a card as HTML.
pub(super) fn write_html(card: Value, path: &Path) -> Result<()> {
    let card: CardInput = serde_json::from_value(card)?;
    std::fs::write(path, render_card(&card)?)
        .with_context(|| format!("cannot write `{}`", path.display()))
}

/// Gives what the card of a trained model shows.
pub(super) fn card_of(about: &TrainedDescription) -> Value {
    let created =
        i64::try_from(about.created).ok().and_then(|time| DateTime::from_timestamp(time, 0));
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
        "bytes": ModelStore::of_process().bytes(about),
        "notes": format!("Trained on: {}", about.data.source),
        "evaluation": about.validation,
        "training": about.curve,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use groundswell_models::lab::{Architecture, TrainSettings};

    fn trained(kind: &str, scores: &[f64]) -> TrainedDescription {
        let curve: Vec<Value> = (1..)
            .zip(scores)
            .map(|(epoch, score)| json!({ "epoch": epoch, "loss": 0.5, "score": score }))
            .collect();
        let about = json!({
            "format": 1,
            "name": "mine",
            "version": "abc",
            "task": { "task": "mine", "labels": ["bad", "good"], "kind": kind },
            "reads_target": false,
            "temperature": 1.25,
            "settings": TrainSettings::new(Architecture::Heads),
            "data": { "source": "labels.csv", "train_rows": 8, "validation_rows": 2, "fingerprint": "f" },
            "code_version": "1",
            "created": 0,
            "seconds": 1.0,
            "curve": curve,
            "validation": null,
            "files": {},
        });
        serde_json::from_value(about).unwrap()
    }

    #[test]
    fn the_card_of_a_trained_model_shows_its_course() {
        let card = card_of(&trained("single", &[0.5, 0.8]));
        let card: CardInput = serde_json::from_value(card).unwrap();
        let html = render_card(&card).unwrap();
        for part in ["id=\"loss\"", "id=\"course\"", "0.800", "labels.csv"] {
            assert!(html.contains(part), "{part}");
        }
    }

    #[test]
    fn the_quality_is_named() {
        let said = |validation: Value| {
            let mut about = trained("single", &[0.5]);
            about.validation = validation;
            quality(&about)
        };
        assert_eq!(said(json!({ "macro_f1": 0.75 })).as_deref(), Some("macro-F1 0.750"));
        assert_eq!(said(json!({ "mae": 0.5 })).as_deref(), Some("mean absolute error 0.500"));
        assert_eq!(said(Value::Null), None);
    }
}
