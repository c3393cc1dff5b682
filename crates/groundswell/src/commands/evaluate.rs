//! `evaluate`: how good a task or a trained model is on labelled texts.

use super::{Surroundings, UsageError, labelled};
use crate::cli::{Evaluate, Format};
use crate::output;
use anyhow::{Context, Result};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_analyst::{CardInput, render_card};
use groundswell_models::architectures::{LabelKind, TaskLabels};
use groundswell_models::evaluate::{
    Evaluation, MEASURES, McNemar, MultiLabelScores, Predictions, RatingScores, Resampling,
};
use groundswell_models::lab::{LabelledRow, ModelStore, TrainedModel};
use groundswell_models::tasks::{Task, find_task};
use groundswell_models::{Prediction, Runtime};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// How many texts are scored at a time.
const CHUNK: usize = 512;

/// What is evaluated.
enum Subject {
    Task(&'static dyn Task, Arc<Runtime>),
    Model(Arc<TrainedModel>),
}

pub(crate) async fn run(surroundings: &Surroundings, options: Evaluate) -> Result<()> {
    let subject = Subject::find(options.task.as_deref(), options.model.as_deref())?;
    let task = subject.task();
    let several = task.kind == LabelKind::Multi;
    let rows = labelled::read(surroundings, &options.data, &options.columns, several).await?;
    let rows: Vec<LabelledRow> =
        rows.into_iter().filter(|row| !row.text.trim().is_empty()).collect();
    if rows.is_empty() {
        anyhow::bail!("no row has a text; name the column with the text: --text NAME");
    }
    let begun = std::time::Instant::now();
    let answers = subject.predict(&rows)?;
    let posts_per_second = rows.len() as f64 / begun.elapsed().as_secs_f64();
    match task.kind {
        LabelKind::Multi => return print_value(surroundings, multi_label(&task, &rows, &answers)?),
        LabelKind::Ordinal => return print_value(surroundings, ratings(&task, &rows, &answers)?),
        LabelKind::Single => {}
    }
    let classes = Classes::new(&options.labels, &task)?;
    let predictions = classes.predictions(&rows, &answers)?;
    let evaluation = Evaluation::of_predictions(&predictions, &Resampling::new(options.seed));
    let mut value = serde_json::to_value(&evaluation)?;
    if let Some(other) = &options.against {
        let other = Subject::find(None, Some(other))?;
        let others = classes.predictions(&rows, &other.predict(&rows)?)?;
        value["against"] = compare(&predictions, &others, options.seed)?;
    }
    if let Some(path) = &options.out {
        let data = labelled::source(&options.data);
        write_card(path, &subject, &value, &data, rows.len(), posts_per_second)?;
    }
    match surroundings.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&value)?),
        format => print_tables(format, &evaluation, &value)?,
    }
    eprintln!("{} texts, {posts_per_second:.0} a second", rows.len());
    Ok(())
}

impl Subject {
    fn find(task: Option<&str>, model: Option<&str>) -> Result<Self> {
        let usage = |error: groundswell_models::ModelError| UsageError(error.to_string());
        if let Some(name) = task {
            return Ok(Self::Task(find_task(name).map_err(usage)?, Runtime::current()?));
        }
        Ok(Self::Model(ModelStore::of_process().get(model.unwrap_or_default())?))
    }

    fn task(&self) -> TaskLabels {
        match self {
            Self::Task(task, _) => TaskLabels::single(task.name(), task.labels()),
            Self::Model(model) => model.description().task.clone(),
        }
    }

    fn predict(&self, rows: &[LabelledRow]) -> Result<Vec<Prediction>> {
        let mut answers = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(CHUNK) {
            let texts: Vec<&str> = chunk.iter().map(|row| row.text.as_str()).collect();
            let targets: Option<Vec<&str>> =
                chunk.iter().map(|row| row.target.as_deref()).collect();
            answers.extend(match self {
                Self::Model(model) => model.predict(&texts, targets.as_deref())?,
                Self::Task(task, runtime) => match targets {
                    None if task.reads_target() => {
                        return Err(UsageError(format!(
                            "task `{}` reads a target; name its column: --target NAME",
                            task.name()
                        ))
                        .into());
                    }
                    None => runtime.predict(task.name(), &texts)?,
                    Some(targets) => {
                        let head = task.head_about_target().ok_or_else(|| {
                            UsageError(format!(
                                "task `{}` reads no target; leave --target out",
                                task.name()
                            ))
                        })?;
                        let pairs: Vec<(&str, &str)> = texts.into_iter().zip(targets).collect();
                        runtime.predict_about(head, &pairs)?
                    }
                },
            });
        }
        Ok(answers)
    }
}

/// The labels of the data, each with those of the model that it means.
struct Classes {
    names: Vec<String>,
    meanings: Vec<Vec<usize>>,
}

impl Classes {
    fn new(asked: &[String], task: &TaskLabels) -> Result<Self> {
        if asked.is_empty() {
            let meanings = (0..task.labels.len()).map(|index| vec![index]).collect();
            return Ok(Self { names: task.labels.clone(), meanings });
        }
        let mut classes = Self { names: Vec::new(), meanings: Vec::new() };
        for entry in asked {
            let (name, meaning) = entry.split_once('=').unwrap_or((entry, entry));
            let mut indexes = Vec::new();
            for label in meaning.split('+') {
                let index = task.labels.iter().position(|known| known == label.trim());
                indexes.push(index.ok_or_else(|| {
                    UsageError(format!(
                        "label `{label}` is unknown to the model; use `{}`",
                        task.labels.join("`, `")
                    ))
                })?);
            }
            classes.names.push(name.trim().to_owned());
            classes.meanings.push(indexes);
        }
        Ok(classes)
    }

    /// Gives every class the probabilities of the labels it means, scaled to add up to 1.
    fn predictions(&self, rows: &[LabelledRow], answers: &[Prediction]) -> Result<Predictions> {
        let mut truth = Vec::with_capacity(rows.len());
        let mut shares = Vec::with_capacity(rows.len());
        for (number, (row, answer)) in rows.iter().zip(answers).enumerate() {
            let label = row.labels.first().map_or("", String::as_str);
            let class = self.names.iter().position(|name| name == label).with_context(|| {
                format!(
                    "row {}: label `{label}` is unknown; use one of `{}`, or name it with --labels",
                    number + 1,
                    self.names.join("`, `")
                )
            })?;
            truth.push(class);
            let share = |meaning: &Vec<usize>| {
                meaning.iter().map(|index| answer.probabilities[*index]).sum::<f32>()
            };
            let of_classes: Vec<f32> = self.meanings.iter().map(share).collect();
            let total: f32 = of_classes.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            shares.push(of_classes.iter().map(|share| share / total).collect::<Vec<f32>>());
        }
        Ok(Predictions::new(&truth, &shares, &self.names)?)
    }
}

fn compare(first: &Predictions, second: &Predictions, seed: u64) -> Result<Value> {
    let test = McNemar::between(first, second)?;
    let mut differences = serde_json::Map::new();
    for name in ["accuracy", "macro_f1"] {
        if let Some(measure) = groundswell_models::evaluate::measure(name) {
            let difference = Resampling::new(seed).difference(first, second, measure)?;
            differences.insert(name.to_owned(), serde_json::to_value(difference)?);
        }
    }
    Ok(json!({ "mcnemar": test, "differences": differences }))
}

fn multi_label(task: &TaskLabels, rows: &[LabelledRow], answers: &[Prediction]) -> Result<Value> {
    let mut truth = Vec::with_capacity(rows.len());
    for row in rows {
        for label in &row.labels {
            if !task.labels.contains(label) {
                anyhow::bail!(
                    "label `{label}` is unknown; use one of `{}`",
                    task.labels.join("`, `")
                );
            }
        }
        truth.push(
            task.labels.iter().map(|label| row.labels.contains(label)).collect::<Vec<bool>>(),
        );
    }
    let shares: Vec<Vec<f32>> = answers.iter().map(|answer| answer.probabilities.clone()).collect();
    Ok(serde_json::to_value(MultiLabelScores::of(&truth, &shares, &task.labels, 0.5)?)?)
}

fn ratings(task: &TaskLabels, rows: &[LabelledRow], answers: &[Prediction]) -> Result<Value> {
    let values: Vec<f64> =
        task.labels.iter().filter_map(|label| label.trim().parse().ok()).collect();
    let mut truth = Vec::with_capacity(rows.len());
    for (number, row) in rows.iter().enumerate() {
        let label = row.labels.first().map_or("", String::as_str);
        let value = label.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        truth.push(value.with_context(|| {
            format!("row {}: rating `{label}` is no number; correct it", number + 1)
        })?);
    }
    let expected = |answer: &Prediction| {
        values
            .iter()
            .zip(&answer.probabilities)
            .map(|(value, share)| value * f64::from(*share))
            .sum()
    };
    let predicted: Vec<f64> = answers.iter().map(expected).collect();
    let (low, high) = values
        .iter()
        .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    Ok(serde_json::to_value(RatingScores::of(&truth, &predicted, low as i32..=high as i32)?)?)
}

/// Prints measures by name, as JSON or as a table of two columns.
fn print_value(surroundings: &Surroundings, value: Value) -> Result<()> {
    if surroundings.format == Format::Json {
        println!("{}", serde_json::to_string_pretty(&value)?);
        return Ok(());
    }
    let numbers = value.as_object().into_iter().flatten();
    let (names, values): (Vec<&str>, Vec<Option<f64>>) = numbers
        .filter(|(_, value)| value.is_number() || value.is_null())
        .map(|(name, value)| (name.as_str(), value.as_f64()))
        .unzip();
    let rows = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(names)) as ArrayRef),
        ("value", Arc::new(Float64Array::from(values))),
    ])?;
    output::print(surroundings.format, &rows.schema(), &[rows])
}

fn print_tables(format: Format, evaluation: &Evaluation, value: &Value) -> Result<()> {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    let bound = |name: &str, side: &str| value["intervals"][name][side].as_f64().map(rounded);
    let names: Vec<&str> = MEASURES.iter().map(|measure| measure.name).collect();
    let column = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let measures = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(names.clone())) as ArrayRef),
        ("value", column(names.iter().map(|name| evaluation.measure(name).map(rounded)).collect())),
        ("low", column(names.iter().map(|name| bound(name, "low")).collect())),
        ("high", column(names.iter().map(|name| bound(name, "high")).collect())),
    ])?;
    output::print(format, &measures.schema(), &[measures])?;
    if format == Format::Csv {
        return Ok(());
    }
    let classes = &evaluation.scores.classes;
    let number = |value: fn(&groundswell_models::evaluate::ClassScores) -> f64| {
        column(classes.iter().map(|class| Some(rounded(value(class)))).collect())
    };
    let labels: StringArray = classes.iter().map(|class| Some(class.label.as_str())).collect();
    let support: UInt64Array = classes.iter().map(|class| Some(class.support as u64)).collect();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("label".to_owned(), Arc::new(labels)),
        ("texts".to_owned(), Arc::new(support)),
        ("precision".to_owned(), number(|class| class.precision)),
        ("recall".to_owned(), number(|class| class.recall)),
        ("f1".to_owned(), number(|class| class.f1)),
    ];
    // The confusion matrix stands beside, as long as it is no wall of numbers.
    if classes.len() <= 12 {
        for (index, class) in classes.iter().enumerate() {
            let counts: UInt64Array =
                evaluation.scores.confusion.iter().map(|row| Some(row[index] as u64)).collect();
            columns.push((format!("as {}", class.label), Arc::new(counts)));
        }
    }
    let rows = RecordBatch::try_from_iter(columns)?;
    output::print(format, &rows.schema(), &[rows])?;
    if let Some(against) = value.get("against") {
        println!("{}", serde_json::to_string_pretty(against)?);
    }
    Ok(())
}

/// Writes the card of what was evaluated, with the evaluation on these texts.
fn write_card(
    path: &Path,
    subject: &Subject,
    evaluation: &Value,
    data: &str,
    rows: usize,
    posts_per_second: f64,
) -> Result<()> {
    let mut card = match subject {
        Subject::Model(model) => super::models::card_of(model.description()),
        Subject::Task(task, runtime) => json!({
            "name": task.name(),
            "version": runtime.version(),
            "task": task.name(),
            "architecture": "shipped encoder with a head of its own",
            "labels": task.labels(),
            "languages": ["en", "zh"],
            "notes": task.card(),
        }),
    };
    let mut splits = card["rows"].as_array().cloned().unwrap_or_default();
    splits.push(json!({ "split": format!("evaluated: {data}"), "rows": rows }));
    card["rows"] = splits.into();
    card["evaluation"] = evaluation.clone();
    card["posts_per_second"] = posts_per_second.into();
    let input: CardInput = serde_json::from_value(card)?;
    std::fs::write(path, render_card(&input)?)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    eprintln!("{}", path.display());
    Ok(())
}
