//! `evaluate`: how good a task or a trained model is on labelled texts.

use super::{Surroundings, UsageError, labelled};
use crate::cli::{Evaluate, Format};
use crate::output;
use anyhow::{Context, Result, bail};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_models::architectures::{LabelKind, TaskLabels};
use groundswell_models::evaluate::{
    Evaluation, MEASURES, McNemar, Measure, MultiLabelScores, Predictions, RatingScores,
    Resampling, TWEETEVAL, merge_labels, tweeteval_metric, tweeteval_metric_of,
};
use groundswell_models::lab::{LabelledRow, ModelStore, TrainedModel};
use groundswell_models::tasks::{Task, find_task};
use groundswell_models::{Prediction, Runtime};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// How many texts are scored at a time.
const CHUNK: usize = 512;

/// A row with its number in the data, from 1.
type Row = (usize, LabelledRow);

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
    let (value, evaluation) = match task.kind {
        LabelKind::Multi => (multi_label(&task, &rows, &answers)?, None),
        LabelKind::Ordinal => (ratings(&task, &rows, &answers)?, None),
        LabelKind::Single => {
            let (value, evaluation) = single_label(&options, &task, &rows, &answers)?;
            (value, Some(evaluation))
        }
    };
    if let Some(path) = &options.out {
        let data = labelled::source(&options.data);
        write_card(path, &subject, &value, &data, rows.len(), posts_per_second)?;
    }
    match (surroundings.format, evaluation) {
        (Format::Json, _) => println!("{}", serde_json::to_string_pretty(&value)?),
        (format, Some(evaluation)) => print_tables(format, &evaluation, &value)?,
        (format, None) => print_value(format, &value)?,
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

    fn predict(&self, rows: &[Row]) -> Result<Vec<Prediction>> {
        let mut answers = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(CHUNK) {
            let texts: Vec<&str> = chunk.iter().map(|(_, row)| row.text.as_str()).collect();
            let targets: Option<Vec<&str>> =
                chunk.iter().map(|(_, row)| row.target.as_deref()).collect();
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

    /// Finds the same classes among the labels of another model: by their names if it knows no others, else as was asked.
    fn in_another(&self, asked: &[String], task: &TaskLabels) -> Result<Self> {
        let place = |name: &String| task.labels.iter().position(|known| known == name);
        let places: Option<Vec<usize>> = self.names.iter().map(place).collect();
        match places {
            _ if task.kind != LabelKind::Single => Err(UsageError(format!(
                "a model that gives a text one label is compared with another such, `{}` rates or gives several; choose another",
                task.task
            ))
            .into()),
            Some(places) if places.len() == task.labels.len() => {
                let meanings = places.into_iter().map(|place| vec![place]).collect();
                Ok(Self { names: self.names.clone(), meanings })
            }
            _ if asked.is_empty() => Err(UsageError(format!(
                "two models are compared on the same labels, found `{}` and `{}`; choose one with the same, or say what they mean with --labels",
                self.names.join("`, `"),
                task.labels.join("`, `")
            ))
            .into()),
            _ => Self::new(asked, task),
        }
    }

    /// Gives every class the probabilities of the labels it means.
    fn predictions(&self, rows: &[Row], answers: &[Prediction]) -> Result<Predictions> {
        let mut truth = Vec::with_capacity(rows.len());
        let mut shares = Vec::with_capacity(rows.len());
        for (row, answer) in rows.iter().zip(answers) {
            let label = only_label(row)?;
            let class = self.names.iter().position(|name| name == label).with_context(|| {
                format!(
                    "row {}: label `{label}` is unknown; use one of `{}`, or name it with --labels",
                    row.0,
                    self.names.join("`, `")
                )
            })?;
            truth.push(class);
            shares.push(merge_labels(&answer.probabilities, &self.meanings));
        }
        Ok(Predictions::new(&truth, &shares, &self.names)?)
    }
}

/// Reads the label of a row that has one.
fn only_label((number, row): &Row) -> Result<&str> {
    match &row.labels[..] {
        [label] => Ok(label),
        labels => bail!(
            "row {number}: the model gives a text one label, the row has `{}`; choose one",
            labels.len()
        ),
    }
}

/// Evaluates a model that gives a text one label: everything in JSON, and the scores for tables.
fn single_label(
    options: &Evaluate,
    task: &TaskLabels,
    rows: &[Row],
    answers: &[Prediction],
) -> Result<(Value, Evaluation)> {
    let classes = Classes::new(&options.labels, task)?;
    let metric = benchmark_metric(options.metric.as_deref(), &classes.names)?;
    let predictions = classes.predictions(rows, answers)?;
    let resampling = Resampling::new(options.seed);
    let evaluation = Evaluation::of_predictions(&predictions, &resampling);
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
        let other = Subject::find(None, Some(other))?;
        let same_classes = classes.in_another(&options.labels, &other.task())?;
        let others = same_classes.predictions(rows, &other.predict(rows)?)?;
        value["against"] = compare(&predictions, &others, options.seed)?;
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

fn multi_label(task: &TaskLabels, rows: &[Row], answers: &[Prediction]) -> Result<Value> {
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
    Ok(serde_json::to_value(MultiLabelScores::of(&truth, &shares, &task.labels, 0.5)?)?)
}

fn ratings(task: &TaskLabels, rows: &[Row], answers: &[Prediction]) -> Result<Value> {
    let steps = task.labels.iter().map(|label| label.trim().parse::<f64>());
    let steps = steps.collect::<Result<Vec<f64>, _>>().with_context(|| {
        let found = task.labels.join("`, `");
        format!("the steps of a rating are numbers, found `{found}`; train the model again")
    })?;
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
    let expected = |answer: &Prediction| {
        let pairs = steps.iter().zip(&answer.probabilities);
        pairs.map(|(step, share)| step * f64::from(*share)).sum()
    };
    let predicted: Vec<f64> = answers.iter().map(expected).collect();
    Ok(serde_json::to_value(RatingScores::of(&truth, &predicted, &steps)?)?)
}

/// Prints measures by name.
fn print_value(format: Format, value: &Value) -> Result<()> {
    let numbers = value.as_object().into_iter().flatten();
    let (names, values): (Vec<&str>, Vec<Option<f64>>) = numbers
        .filter(|(_, value)| value.is_number() || value.is_null())
        .map(|(name, value)| (name.as_str(), value.as_f64()))
        .unzip();
    let rows = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(names)) as ArrayRef),
        ("value", Arc::new(Float64Array::from(values))),
    ])?;
    output::print(format, &rows.schema(), &[rows])
}

fn print_tables(format: Format, evaluation: &Evaluation, value: &Value) -> Result<()> {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    let bound = |name: &str, side: &str| value["intervals"][name][side].as_f64().map(rounded);
    // Of the metrics of benchmarks, that which was computed.
    let names = MEASURES.iter().chain(TWEETEVAL).map(|measure| measure.name);
    let names: Vec<&str> = names.filter(|name| value.get(name).is_some()).collect();
    let column = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let measures = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(names.clone())) as ArrayRef),
        ("value", column(names.iter().map(|name| value[name].as_f64().map(rounded)).collect())),
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
    super::models::write_html(card, path)?;
    eprintln!("{}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: usize, label: &str) -> Row {
        let labels = vec![label.to_owned()];
        (number, LabelledRow { text: "a text".to_owned(), target: None, labels })
    }

    fn answer(probabilities: &[f32]) -> Prediction {
        Prediction { label: 0, score: 0.0, probabilities: probabilities.to_vec() }
    }

    fn task(labels: &[&str], kind: LabelKind) -> TaskLabels {
        TaskLabels { kind, ..TaskLabels::single("mine", labels) }
    }

    #[test]
    fn another_model_is_read_by_the_names_of_its_labels() {
        let single = |labels: &[&str]| task(labels, LabelKind::Single);
        let classes = Classes::new(&[], &single(&["bad", "good"])).unwrap();
        let other = classes.in_another(&[], &single(&["good", "bad"])).unwrap();
        let predictions = other.predictions(&[row(1, "good")], &[answer(&[0.9, 0.1])]).unwrap();
        assert_eq!(predictions.guesses(), predictions.truth());
        let refused =
            |other: TaskLabels| classes.in_another(&[], &other).err().unwrap().to_string();
        let error = refused(single(&["bad", "good", "mixed"]));
        assert!(error.contains("the same labels, found `bad`, `good`"), "{error}");
        let error = refused(task(&["bad", "good"], LabelKind::Multi));
        assert!(error.contains("choose another"), "{error}");
    }

    #[test]
    fn another_model_may_know_the_labels_of_the_data() {
        let single = |labels: &[&str]| task(labels, LabelKind::Single);
        let asked = ["fine=none".to_owned(), "rude=offensive+hateful".to_owned()];
        let classes = Classes::new(&asked, &single(&["none", "offensive", "hateful"])).unwrap();
        let other = classes.in_another(&asked, &single(&["rude", "fine"])).unwrap();
        assert_eq!(other.meanings, [[1], [0]]);
        let other = classes.in_another(&asked, &single(&["hateful", "none", "offensive"])).unwrap();
        assert_eq!(other.meanings, [vec![1], vec![2, 0]]);
    }

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
        let error = multi_label(&several, &kept(true), &[]).unwrap_err().to_string();
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
        let scores = ratings(&stars, &rows, &answers).unwrap();
        assert_eq!(scores["mae"].as_f64(), Some(0.0));
        assert_eq!(scores["quadratic_weighted_kappa"].as_f64(), Some(1.0));
        let error = ratings(&stars, &[row(4, "2.5")], &answers[..1]).unwrap_err().to_string();
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
