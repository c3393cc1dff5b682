//! What a model says of every text, as lines of JSON.

use super::classes::{Classes, Row, only_label};
use anyhow::{Context, Result};
use groundswell_models::Prediction;
use groundswell_models::architectures::{LabelKind, TaskLabels};
use groundswell_models::evaluate::{expected_rating, rating_steps};
use groundswell_models::lab::LabelledRow;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;

/// A text with its label and what the model says.
#[derive(Serialize)]
struct Line<'a> {
    /// The number in the data, from 1.
    row: usize,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    /// A name; of several labels a list; of a rating a number.
    label: Value,
    /// Likewise.
    predicted: Value,
    /// Whether the two are the same, of single labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<bool>,
    /// Calibrated, by label; those of ratings are not calibrated.
    probabilities: Value,
}

/// Writes the rows in their order.
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
    for (row, answer) in rows.iter().zip(answers) {
        let shares = &answer.probabilities;
        let (label, predicted, probabilities) = match task.kind {
            LabelKind::Single => {
                let shares = classes.shares(answer);
                let larger = |best, other| if shares[other] > shares[best] { other } else { best };
                let guess = (0..shares.len()).reduce(larger).map(|index| &classes.names[index]);
                (json!(only_label(row)?), json!(guess), by_label(&classes.names, &shares))
            }
            LabelKind::Multi => {
                let pairs = task.labels.iter().zip(shares);
                let found: Vec<&String> =
                    pairs.filter(|(_, share)| **share >= 0.5).map(|(label, _)| label).collect();
                (json!(row.1.labels), json!(found), by_label(&task.labels, shares))
            }
            LabelKind::Ordinal => {
                let truth = only_label(row)?.trim().parse::<f64>().ok();
                let rating = expected_rating(&rating_steps(&task.labels)?, shares);
                (json!(truth), json!(rating), by_label(&task.labels, shares))
            }
        };
        let (row, LabelledRow { text, target, .. }) = row;
        let (row, target) = (*row, target.as_deref());
        let right = (task.kind == LabelKind::Single).then(|| label == predicted);
        let line = Line { row, text, target, label, predicted, right, probabilities };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush().with_context(|| format!("cannot write `{}`", path.display()))?;
    eprintln!("{}", path.display());
    Ok(())
}

fn by_label(labels: &[String], shares: &[f32]) -> Value {
    labels.iter().zip(shares).map(|(label, share)| (label.clone(), json!(share))).collect()
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
