//! What a model says of every text, as lines of JSON.

use super::classes::{Classes, Row};
use anyhow::{Context, Result};
use groundswell_models::Prediction;
use groundswell_models::architectures::{LabelKind, TaskLabels};
use groundswell_models::evaluate::{expected_rating, rating_steps};
use serde_json::{Map, Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes the rows in their order: `row` (its number in the data, from 1), `text`, `target` if there is one, `label` and `predicted` (one
/// name; of several labels a list; of a rating a number), `right` (of single labels), and the calibrated `probabilities` by label.
pub(super) fn write(
    path: &Path,
    task: &TaskLabels,
    classes: &Classes,
    rows: &[Row],
    answers: &[Prediction],
) -> Result<()> {
    let file = std::fs::File::create(path)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    let mut out = BufWriter::new(file);
    let said = match task.kind {
        LabelKind::Single => single(classes, rows, answers)?,
        LabelKind::Multi => several(task, rows, answers),
        LabelKind::Ordinal => ratings(task, rows, answers)?,
    };
    for ((number, row), said) in rows.iter().zip(said) {
        let mut line = Map::from_iter([
            ("row".to_owned(), json!(number)),
            ("text".to_owned(), json!(row.text)),
        ]);
        if let Some(target) = &row.target {
            line.insert("target".to_owned(), json!(target));
        }
        line.extend(said);
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush().with_context(|| format!("cannot write `{}`", path.display()))?;
    eprintln!("{}", path.display());
    Ok(())
}

fn line<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn by_label(labels: &[String], shares: &[f32]) -> Value {
    labels.iter().zip(shares).map(|(label, share)| (label.clone(), json!(share))).collect()
}

fn single(
    classes: &Classes,
    rows: &[Row],
    answers: &[Prediction],
) -> Result<Vec<Map<String, Value>>> {
    let predictions = classes.predictions(rows, answers)?;
    let (truth, guesses) = (predictions.truth(), predictions.guesses());
    let said = |(text, answer): (usize, &Prediction)| {
        line([
            ("label", json!(classes.names[truth[text]])),
            ("predicted", json!(classes.names[guesses[text]])),
            ("right", json!(truth[text] == guesses[text])),
            ("probabilities", by_label(&classes.names, &classes.shares(answer))),
        ])
    };
    Ok(answers.iter().enumerate().map(said).collect())
}

fn several(task: &TaskLabels, rows: &[Row], answers: &[Prediction]) -> Vec<Map<String, Value>> {
    let said = |((_, row), answer): (&Row, &Prediction)| {
        let pairs = task.labels.iter().zip(&answer.probabilities);
        let found: Vec<&String> =
            pairs.filter(|(_, share)| **share >= 0.5).map(|(label, _)| label).collect();
        line([
            ("label", json!(row.labels)),
            ("predicted", json!(found)),
            ("probabilities", by_label(&task.labels, &answer.probabilities)),
        ])
    };
    rows.iter().zip(answers).map(said).collect()
}

fn ratings(
    task: &TaskLabels,
    rows: &[Row],
    answers: &[Prediction],
) -> Result<Vec<Map<String, Value>>> {
    let steps = rating_steps(&task.labels)?;
    let said = |((_, row), answer): (&Row, &Prediction)| {
        let truth = row.labels.first().and_then(|label| label.trim().parse::<f64>().ok());
        line([
            ("label", json!(truth)),
            ("predicted", json!(expected_rating(&steps, &answer.probabilities))),
            ("probabilities", by_label(&task.labels, &answer.probabilities)),
        ])
    };
    Ok(rows.iter().zip(answers).map(said).collect())
}

#[cfg(test)]
mod tests {
    use super::super::classes::tests::{answer, row, task};
    use super::*;

    fn written(
        kind: LabelKind,
        labels: &[&str],
        rows: &[Row],
        answers: &[Prediction],
    ) -> Vec<Value> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("said.jsonl");
        let task = task(labels, kind);
        let classes = Classes::new(&[], &task).unwrap();
        write(&path, &task, &classes, rows, answers).unwrap();
        let lines = std::fs::read_to_string(&path).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_kind_of_label_is_written() {
        let rows = [row(1, "a"), row(3, "b")];
        let answers = [answer(&[0.75, 0.25]), answer(&[0.5, 0.5])];
        let lines = written(LabelKind::Single, &["a", "b"], &rows, &answers);
        assert_eq!((&lines[0]["row"], &lines[1]["row"]), (&json!(1), &json!(3)));
        assert_eq!((&lines[0]["predicted"], &lines[0]["right"]), (&json!("a"), &json!(true)));
        assert_eq!(lines[1]["right"], json!(false));
        assert_eq!(lines[0]["probabilities"], json!({ "a": 0.75, "b": 0.25 }));
        assert!(lines[0].get("target").is_none());

        let lines = written(LabelKind::Multi, &["a", "b"], &rows[..1], &[answer(&[0.75, 0.5])]);
        assert_eq!(
            (&lines[0]["label"], &lines[0]["predicted"]),
            (&json!(["a"]), &json!(["a", "b"]))
        );

        let mut about = row(1, "2");
        about.1.target = Some("the soup".to_owned());
        let lines = written(LabelKind::Ordinal, &["1", "2"], &[about], &[answer(&[0.5, 0.5])]);
        assert_eq!((&lines[0]["label"], &lines[0]["predicted"]), (&json!(2.0), &json!(1.5)));
        assert_eq!(lines[0]["target"], json!("the soup"));
    }
}
