//! Labelled texts of a user: checked, with their labels counted, and split.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use crate::architectures::{LabelKind, TaskLabels};
use crate::error::ModelError;
use crate::prepare::prepare_text;
use crate::train::{Example, Label};

/// Is a row of a user's file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledRow {
    /// The text.
    pub text: String,
    /// What the label is about, if the task asks for it.
    pub target: Option<String>,
    /// The labels: one, or any number for a multi label.
    pub labels: Vec<String>,
}

/// Holds checked examples of one task.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The task.
    pub task: TaskLabels,
    /// Whether every text comes with a target.
    pub reads_target: bool,
    /// The examples, each with its one label.
    pub examples: Vec<Example>,
    /// How many rows had no text and were left out.
    pub empty_rows: usize,
}

/// Holds the parts of a set.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The task.
    pub task: TaskLabels,
    /// The examples to learn from.
    pub train: Vec<Example>,
    /// The examples to stop and to calibrate by.
    pub validation: Vec<Example>,
}

/// The fewest texts a training takes.
const FEWEST_TEXTS: usize = 10;
/// The fewest texts of a label: one to learn from, one to check.
const FEWEST_OF_LABEL: usize = 2;

impl Labelled {
    /// Checks rows to learn from; the labels are those that occur.
    ///
    /// # Errors
    /// Fails if there are too few texts or labels, some rows have a target and others none, or a rating is no number.
    pub fn for_training(
        task: &str,
        kind: LabelKind,
        rows: &[LabelledRow],
    ) -> Result<Self, ModelError> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let with_text = || rows.iter().filter(|row| !prepare_text(&row.text).is_empty());
        for label in with_text().flat_map(|row| &row.labels) {
            *counts.entry(label.as_str()).or_default() += 1;
        }
        let texts = with_text().count();
        if texts == 0 && !rows.is_empty() {
            return Err(ModelError::Invalid(format!(
                "the text is empty in all `{}` rows; name the column with the text: --text NAME",
                rows.len()
            )));
        }
        if texts < FEWEST_TEXTS {
            return Err(ModelError::Invalid(format!(
                "a training needs at least {FEWEST_TEXTS} labelled texts, there are `{texts}`; label more"
            )));
        }
        if counts.len() < 2 {
            let only: Vec<&str> = counts.keys().copied().collect();
            return Err(ModelError::Invalid(format!(
                "a training needs texts of at least two labels, there is only `{}`; label others too",
                only.join("")
            )));
        }
        if let Some((label, count)) = counts.iter().find(|(_, count)| **count < FEWEST_OF_LABEL) {
            return Err(ModelError::Invalid(format!(
                "label `{label}` has `{count}` text, at least {FEWEST_OF_LABEL} are needed; label more or leave it out"
            )));
        }
        let mut labels: Vec<String> = counts.keys().map(|label| (*label).to_owned()).collect();
        if kind == LabelKind::Ordinal {
            let mut steps: Vec<(f64, String)> = Vec::with_capacity(labels.len());
            for label in labels {
                steps.push((rating(&label)?, label));
            }
            steps.sort_by(|a, b| a.0.total_cmp(&b.0));
            labels = steps.into_iter().map(|(_, label)| label).collect();
        }
        Self::of_task(TaskLabels { task: task.to_owned(), labels, kind }, rows)
    }

    /// Checks rows against the labels of a task that is known.
    ///
    /// # Errors
    /// Fails if a label is unknown, a row of a single label has none or several, or only some rows have a target.
    pub fn of_task(task: TaskLabels, rows: &[LabelledRow]) -> Result<Self, ModelError> {
        let indexes: BTreeMap<&str, usize> =
            task.labels.iter().enumerate().map(|(index, label)| (label.as_str(), index)).collect();
        let allowed: Arc<[usize]> = (0..task.labels.len()).collect();
        let reads_target = rows.iter().any(|row| row.target.is_some());
        let mut examples = Vec::with_capacity(rows.len());
        let mut empty_rows = 0;
        for (number, row) in rows.iter().enumerate() {
            let text = prepare_text(&row.text);
            if text.is_empty() {
                empty_rows += 1;
                continue;
            }
            let wrong =
                |reason: String| ModelError::Invalid(format!("row {}: {reason}", number + 1));
            if reads_target && row.target.as_deref().is_none_or(str::is_empty) {
                return Err(wrong("it has no target, other rows have one; fill it in".to_owned()));
            }
            if task.kind != LabelKind::Multi && row.labels.len() != 1 {
                return Err(wrong(format!(
                    "a text needs exactly one label, it has `{}`; use --kind multi for several",
                    row.labels.len()
                )));
            }
            let mut accepted = Vec::with_capacity(row.labels.len());
            for label in &row.labels {
                let index = indexes.get(label.as_str()).ok_or_else(|| {
                    wrong(format!(
                        "label `{label}` is unknown; use one of `{}`, or leave the row out",
                        task.labels.join("`, `")
                    ))
                })?;
                accepted.push(*index);
            }
            accepted.sort_unstable();
            accepted.dedup();
            let label = Label {
                accepted: accepted.into(),
                allowed: Arc::clone(&allowed),
                kind: task.kind,
                weight: 1.0,
            };
            let target = row.target.as_deref().map(prepare_text);
            examples.push(Example { text, target, labels: vec![Some(label)] });
        }
        if examples.is_empty() {
            return Err(ModelError::Invalid(format!(
                "none of the `{}` rows has a text; name the column with the text: --text NAME",
                rows.len()
            )));
        }
        Ok(Self { task, reads_target, examples, empty_rows })
    }

    /// Keeps a part of every label for validation: a fifth of small sets, a tenth of others.
    pub fn split(self, seed: u64) -> Parts {
        let share = if self.examples.len() < 2000 { 0.2 } else { 0.1 };
        self.split_off(share, seed)
    }

    /// Keeps a share of every label apart.
    pub(crate) fn split_off(self, share: f64, seed: u64) -> Parts {
        let mut by_label: BTreeMap<Vec<usize>, Vec<Example>> = BTreeMap::new();
        for example in self.examples {
            let label = example.labels[0].as_ref().map(|label| label.accepted.to_vec());
            by_label.entry(label.unwrap_or_default()).or_default().push(example);
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut parts = Parts { task: self.task, train: Vec::new(), validation: Vec::new() };
        for (_, mut examples) in by_label {
            examples.shuffle(&mut random);
            let kept = ((examples.len() as f64 * share).round() as usize).max(1);
            let kept = if examples.len() < FEWEST_OF_LABEL { 0 } else { kept };
            parts.train.extend(examples.split_off(kept));
            parts.validation.extend(examples);
        }
        parts.train.shuffle(&mut random);
        parts
    }
}

fn rating(label: &str) -> Result<f64, ModelError> {
    match label.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(ModelError::Invalid(format!(
            "rating `{label}` is no finite number; correct it or use --kind single"
        ))),
    }
}

/// Computes the SHA-256 of texts, targets and labels: the same data has the same fingerprint.
pub(crate) fn fingerprint(parts: &[&[Example]]) -> String {
    let mut hash = Sha256::new();
    for example in parts.iter().flat_map(|part| part.iter()) {
        let target = example.target.as_deref().unwrap_or_default();
        let accepted = example.labels[0].as_ref().map(|label| label.accepted.to_vec());
        hash.update(format!("{}\u{1f}{target}\u{1f}{accepted:?}\u{1e}", example.text));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(labels: &[&str]) -> Vec<LabelledRow> {
        let row = |(number, label): (usize, &&str)| LabelledRow {
            text: format!("text {number}"),
            target: None,
            labels: vec![(*label).to_owned()],
        };
        labels.iter().enumerate().map(row).collect()
    }

    fn training(labels: &[&str]) -> Result<Labelled, ModelError> {
        Labelled::for_training("mine", LabelKind::Single, &rows(labels))
    }

    #[test]
    fn splits_every_label() {
        let labels: Vec<&str> =
            (0..50).map(|i| if i % 5 == 0 { "rare" } else { "usual" }).collect();
        let labelled = training(&labels).unwrap();
        assert_eq!(labelled.task.labels, ["rare", "usual"]);
        let parts = labelled.clone().split(1);
        assert_eq!((parts.train.len(), parts.validation.len()), (40, 10));
        let rare = |part: &[Example]| {
            part.iter().filter(|e| e.labels[0].as_ref().unwrap().accepted[0] == 0).count()
        };
        assert_eq!((rare(&parts.train), rare(&parts.validation)), (8, 2));
        assert_eq!(parts.train, labelled.split(1).train);
    }

    #[test]
    fn bad_sets_are_answered() {
        let said = |labels: &[&str]| training(labels).unwrap_err().to_string();
        assert!(said(&["a"; 20]).contains("at least two labels, there is only `a`"));
        assert!(said(&["a"; 1]).contains("there are `1`"));
        let mut one_rare = vec!["a"; 20];
        one_rare.push("b");
        assert!(said(&one_rare).contains("label `b` has `1` text"));
        let empty: Vec<LabelledRow> = (0..20)
            .map(|_| LabelledRow { labels: vec!["a".into()], ..Default::default() })
            .collect();
        let error = Labelled::for_training("mine", LabelKind::Single, &empty).unwrap_err();
        assert!(error.to_string().contains("empty in all `20` rows"), "{error}");
        let ratings: Vec<&str> = (0..20).map(|i| ["1", "10", "2", "NaN"][i % 4]).collect();
        let error =
            Labelled::for_training("stars", LabelKind::Ordinal, &rows(&ratings)).unwrap_err();
        assert!(error.to_string().contains("rating `NaN`"), "{error}");
        let ratings: Vec<&str> = (0..20).map(|i| ["1", "10", "2"][i % 3]).collect();
        let stars = Labelled::for_training("stars", LabelKind::Ordinal, &rows(&ratings)).unwrap();
        assert_eq!(stars.task.labels, ["1", "2", "10"]);
        let error = Labelled::of_task(stars.task, &rows(&["2", "3"])).unwrap_err().to_string();
        assert!(error.contains("row 2: label `3` is unknown"), "{error}");
        let mut mixed = rows(&["a"; 20]);
        mixed[3].target = Some("x".into());
        let task = TaskLabels::single("t", &["a"]);
        assert!(Labelled::of_task(task, &mixed).unwrap_err().to_string().contains("no target"));
    }
}
