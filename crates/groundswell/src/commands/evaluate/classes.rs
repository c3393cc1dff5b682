//! The labels of the data, and what they mean among those of a model.

use crate::commands::UsageError;
use anyhow::{Context, Result, bail};
use groundswell_models::Prediction;
use groundswell_models::architectures::{LabelKind, TaskLabels};
use groundswell_models::evaluate::{Predictions, merge_labels};
use groundswell_models::lab::LabelledRow;

/// A row with its number in the data, from 1.
pub(super) type Row = (usize, LabelledRow);

/// The labels of the data, each with those of the model that it means.
pub(super) struct Classes {
    pub(super) names: Vec<String>,
    meanings: Vec<Vec<usize>>,
}

impl Classes {
    pub(super) fn new(asked: &[String], task: &TaskLabels) -> Result<Self> {
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
    pub(super) fn in_another(&self, asked: &[String], task: &TaskLabels) -> Result<Self> {
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

    /// Gives every class the sum of the probabilities of the labels it means.
    pub(super) fn shares(&self, answer: &Prediction) -> Vec<f32> {
        merge_labels(&answer.probabilities, &self.meanings)
    }

    /// Puts what was said beside the labels of the data.
    pub(super) fn predictions(&self, rows: &[Row], answers: &[Prediction]) -> Result<Predictions> {
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
            shares.push(self.shares(answer));
        }
        Ok(Predictions::new(&truth, &shares, &self.names)?)
    }
}

/// Reads the label of a row that has one.
pub(super) fn only_label((number, row): &Row) -> Result<&str> {
    match &row.labels[..] {
        [label] => Ok(label),
        labels => bail!(
            "row {number}: the model gives a text one label, the row has `{}`; choose one",
            labels.len()
        ),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn row(number: usize, label: &str) -> Row {
        let labels = vec![label.to_owned()];
        (number, LabelledRow { text: "a text".to_owned(), target: None, labels })
    }

    pub(crate) fn answer(probabilities: &[f32]) -> Prediction {
        Prediction { label: 0, score: 0.0, probabilities: probabilities.to_vec() }
    }

    pub(crate) fn task(labels: &[&str], kind: LabelKind) -> TaskLabels {
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
}
