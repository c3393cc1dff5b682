//! `evaluate`: how good a task or a trained model is on labelled texts.

mod classes;
mod predictions;
mod tables;

use super::{Surroundings, UsageError, labelled};
use crate::cli::{Evaluate, Format};
use anyhow::{Context, Result, bail};
use classes::{Classes, Row, only_label};
use groundswell_models::architectures::{LabelKind, TaskLabels};
use groundswell_models::evaluate::{
    Evaluation, McNemar, Measure, MultiLabelScores, Predictions, RatingScores, Resampling,
    TWEETEVAL, expected_rating, rating_steps, tweeteval_metric, tweeteval_metric_of,
};
use groundswell_models::lab::{LabelledRow, ModelStore, TrainedModel};
use groundswell_models::tasks::{Task, find_task};
use groundswell_models::{Prediction, Runtime, on_all_cores};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tables::print_tables;

/// What is evaluated.
enum Subject {
    Task(&'static dyn Task, Arc<Runtime>),
    Model(Arc<TrainedModel>),
}

pub(crate) async fn run(surroundings: &Surroundings, options: Evaluate) -> Result<()> {
    let subject = Subject::find(options.task.as_deref(), options.model.as_deref())?;
    let task = subject.task();
    if task.kind != LabelKind::Single {
        refuse_options_of_single_labels(&options)?;
    }
    let several = task.kind == LabelKind::Multi;
    let rows = labelled::read(surroundings, &options.data, &options.columns, several).await?;
    let rows = usable(rows, several)?;
    let begun = std::time::Instant::now();
    let answers = subject.predict(&rows)?;
    let posts_per_second = rows.len() as f64 / begun.elapsed().as_secs_f64();
    let resampling = Resampling::new(options.seed);
    let classes = Classes::new(&options.labels, &task)?;
    let (value, scores, confusion) = match task.kind {
        LabelKind::Multi => {
            let scores = multi_label(&task, &rows, &answers, &resampling)?;
            (serde_json::to_value(&scores)?, scores.classes, Vec::new())
        }
        LabelKind::Ordinal => {
            (ratings(&task, &rows, &answers, &resampling)?, Vec::new(), Vec::new())
        }
        LabelKind::Single => {
            let (value, evaluation) =
                single_label(&options, &classes, &rows, &answers, &resampling)?;
            (value, evaluation.scores.classes, evaluation.scores.confusion)
        }
    };
    if let Some(path) = &options.predictions {
        predictions::write(path, &task, &classes, &rows, &answers)?;
    }
    if let Some(path) = &options.out {
        let data = labelled::source(&options.data);
        write_card(path, &subject, &value, &data, rows.len(), posts_per_second)?;
    }
    match surroundings.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&value)?),
        format => print_tables(format, &value, &scores, &confusion)?,
    }
    eprintln!("{} texts, {posts_per_second:.0} a second", rows.len());
    Ok(())
}

/// Refuses what only models that give a text one label can be asked for.
fn refuse_options_of_single_labels(options: &Evaluate) -> Result<()> {
    let asked = [
        ("against", options.against.is_some()),
        ("labels", !options.labels.is_empty()),
        ("metric", options.metric.is_some()),
    ];
    match asked.iter().find(|(_, is_asked)| *is_asked) {
        None => Ok(()),
        Some((name, _)) => Err(UsageError(format!(
            "`--{name}` is for models that give a text one label, this one rates or gives several; leave it out"
        ))
        .into()),
    }
}

/// Numbers the rows and leaves out those without a text, and those without a label unless a text may have `several`, or none.
fn usable(rows: Vec<LabelledRow>, several: bool) -> Result<Vec<Row>> {
    let all = rows.len();
    let mut rows: Vec<Row> = (1..).zip(rows).collect();
    rows.retain(|(_, row)| !row.text.trim().is_empty());
    if rows.is_empty() {
        bail!("no row has a text; name the column with the text: --text NAME");
    }
    rows.retain(|(_, row)| several || !row.labels.is_empty());
    if rows.is_empty() {
        bail!("no text has a label; name the column with the label: --label NAME");
    }
    if rows.len() < all {
        eprintln!("{} rows without text or label left out", all - rows.len());
    }
    Ok(rows)
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

    /// Predicts the labels of all rows, on all cores.
    fn predict(&self, rows: &[Row]) -> Result<Vec<Prediction>> {
        on_all_cores(rows, |part| {
            let texts: Vec<&str> = part.iter().map(|(_, row)| row.text.as_str()).collect();
            let targets: Option<Vec<&str>> =
                part.iter().map(|(_, row)| row.target.as_deref()).collect();
            Ok(match self {
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
            })
        })
    }
}

/// Evaluates a model that gives a text one label: everything in JSON, and the scores for tables.
fn single_label(
    options: &Evaluate,
    classes: &Classes,
    rows: &[Row],
    answers: &[Prediction],
    resampling: &Resampling,
) -> Result<(Value, Evaluation)> {
    let metric = benchmark_metric(options.metric.as_deref(), &classes.names)?;
    let predictions = classes.predictions(rows, answers)?;
    let evaluation = Evaluation::of_predictions(&predictions, resampling);
    let mut value = serde_json::to_value(&evaluation)?;
    if let Some(metric) = metric {
        let Some(score) = (metric.of)(&evaluation.scores) else {
            let metric = options.metric.as_deref().unwrap_or(metric.name);
            return Err(UsageError(format!(
                "the metric `{metric}` needs other labels than `{}`; name them with --labels",
                classes.names.join("`, `")
            ))
            .into());
        };
        value[metric.name] = score.into();
        let intervals = resampling.intervals(&predictions, &[metric]);
        value["intervals"][metric.name] = serde_json::to_value(intervals.first())?;
    }
    if let Some(other) = &options.against {
        let subject = Subject::find(None, Some(other))?;
        let same_classes = classes.in_another(&options.labels, &subject.task())?;
        let others = same_classes.predictions(rows, &subject.predict(rows)?)?;
        value["against"] = compare(&predictions, &others, other, resampling)?;
    }
    Ok((value, evaluation))
}

/// Finds the metric of a benchmark: the one that was asked for, else that of the task of TweetEval with these labels.
fn benchmark_metric(asked: Option<&str>, labels: &[String]) -> Result<Option<&'static Measure>> {
    let Some(name) = asked else { return Ok(tweeteval_metric_of(labels)) };
    match tweeteval_metric(name) {
        Some(metric) => Ok(Some(metric)),
        None => {
            let names: Vec<&str> = TWEETEVAL.iter().map(|metric| metric.name).collect();
            Err(UsageError(format!("unknown metric `{name}`; use one of `{}`", names.join("`, `")))
                .into())
        }
    }
}

/// Compares with the predictions of a model of this name.
fn compare(
    first: &Predictions,
    second: &Predictions,
    model: &str,
    resampling: &Resampling,
) -> Result<Value> {
    let test = McNemar::between(first, second)?;
    let mut differences = serde_json::Map::new();
    for name in ["accuracy", "macro_f1"] {
        if let Some(measure) = groundswell_models::evaluate::measure(name) {
            let difference = resampling.difference(first, second, measure)?;
            differences.insert(name.to_owned(), serde_json::to_value(difference)?);
        }
    }
    Ok(json!({ "model": model, "mcnemar": test, "differences": differences }))
}

fn multi_label(
    task: &TaskLabels,
    rows: &[Row],
    answers: &[Prediction],
    resampling: &Resampling,
) -> Result<MultiLabelScores> {
    let mut truth = Vec::with_capacity(rows.len());
    for (number, row) in rows {
        for label in &row.labels {
            if !task.labels.contains(label) {
                bail!(
                    "row {number}: label `{label}` is unknown; use one of `{}`",
                    task.labels.join("`, `")
                );
            }
        }
        truth.push(
            task.labels.iter().map(|label| row.labels.contains(label)).collect::<Vec<bool>>(),
        );
    }
    let shares: Vec<Vec<f32>> = answers.iter().map(|answer| answer.probabilities.clone()).collect();
    Ok(MultiLabelScores::resampled(&truth, &shares, &task.labels, 0.5, resampling)?)
}

fn ratings(
    task: &TaskLabels,
    rows: &[Row],
    answers: &[Prediction],
    resampling: &Resampling,
) -> Result<Value> {
    let steps = rating_steps(&task.labels)?;
    let low = steps.first().copied().unwrap_or_default();
    let high = steps.last().copied().unwrap_or_default();
    let mut truth = Vec::with_capacity(rows.len());
    for row in rows {
        let label = only_label(row)?;
        let value = label.trim().parse::<f64>().ok().filter(|value| (low..=high).contains(value));
        truth.push(value.with_context(|| {
            let number = row.0;
            format!("row {number}: rating `{label}` is no number from {low} to {high}; correct it")
        })?);
    }
    let expected = |answer: &Prediction| expected_rating(&steps, &answer.probabilities);
    let predicted: Vec<f64> = answers.iter().map(expected).collect();
    Ok(serde_json::to_value(RatingScores::resampled(&truth, &predicted, &steps, resampling)?)?)
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
    super::models::write_html(card, path)?;
    eprintln!("{}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::classes::tests::{answer, row, task};
    use super::*;

    #[test]
    fn rows_keep_their_numbers() {
        let (mut empty, mut unlabelled, (_, unknown)) = (row(1, "a").1, row(2, "a").1, row(3, "x"));
        empty.text = " ".to_owned();
        unlabelled.labels.clear();
        let rows = [empty, unlabelled, unknown];
        let kept = |several| usable(rows.to_vec(), several).unwrap();
        assert_eq!(kept(true).iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 3]);
        let classes = Classes::new(&[], &task(&["a", "b"], LabelKind::Single)).unwrap();
        let error = classes.predictions(&kept(false), &[answer(&[0.5, 0.5])]).unwrap_err();
        assert!(error.to_string().contains("row 3: label `x` is unknown"), "{error}");
        let several = task(&["a", "b"], LabelKind::Multi);
        let error =
            multi_label(&several, &kept(true), &[], &Resampling::new(0)).unwrap_err().to_string();
        assert!(error.contains("row 3: label `x` is unknown"), "{error}");
        for (count, remedy) in [(1, "--text"), (2, "--label")] {
            let error = usable(rows[..count].to_vec(), false).unwrap_err().to_string();
            assert!(error.contains(remedy), "{error}");
        }
    }

    #[test]
    fn half_steps_are_rated() {
        let stars = task(&["1", "1.5", "2"], LabelKind::Ordinal);
        let rows = [row(1, "1.0"), row(2, "1.5"), row(3, "2")];
        let answers =
            [answer(&[1.0, 0.0, 0.0]), answer(&[0.0, 1.0, 0.0]), answer(&[0.0, 0.0, 1.0])];
        let scores = ratings(&stars, &rows, &answers, &Resampling::new(0)).unwrap();
        assert_eq!(scores["mae"].as_f64(), Some(0.0));
        assert_eq!(scores["quadratic_weighted_kappa"].as_f64(), Some(1.0));
        let error = ratings(&stars, &[row(4, "2.5")], &answers[..1], &Resampling::new(0))
            .unwrap_err()
            .to_string();
        assert!(error.contains("row 4: rating `2.5`"), "{error}");
    }

    #[test]
    fn metrics_are_found_by_name_or_by_labels() {
        let labels = ["against", "favor", "none"].map(str::to_owned);
        let found = |asked| benchmark_metric(asked, &labels).unwrap().unwrap().name;
        assert_eq!(found(None), "tweeteval_stance");
        assert_eq!(found(Some("tweeteval-emotion")), "tweeteval_emotion");
        let error = benchmark_metric(Some("bleu"), &labels).unwrap_err().to_string();
        assert!(error.contains("`bleu`") && error.contains("`tweeteval_stance`"), "{error}");
    }
}
