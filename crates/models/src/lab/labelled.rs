//! Labelled texts of a user: checked, with their labels counted, and split.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::architectures::{LabelKind, TaskLabels};
use crate::error::ModelError;
use crate::prepare::prepare_text;
use crate::runtime::sha256;
use crate::train::{Example, Label, classes_of};

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

impl LabelledRow {
    /// Gives the labels that are not blank.
    fn named(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().map(String::as_str).filter(|label| !label.trim().is_empty())
    }

    /// Tells whether the row says something of its text; one of a multi label may say that no label fits.
    fn is_labelled(&self, kind: LabelKind) -> bool {
        kind == LabelKind::Multi || self.named().next().is_some()
    }
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
    /// Further sets to learn from, each with how often a pass goes over it; none of them is kept for validation.
    pub mixed: Vec<(Vec<Example>, f64)>,
    /// How many rows had no text and were left out.
    pub empty_rows: usize,
    /// How many rows had a text but no label and were left out.
    pub unlabelled_rows: usize,
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
        Self::for_mixed_training(task, kind, rows, &[])
    }

    /// Checks rows to learn from and further sets of rows, each with how often a pass goes over it; the labels are those that occur in
    /// any of them.
    ///
    /// # Errors
    /// As [`Labelled::for_training`].
    pub fn for_mixed_training(
        task: &str,
        kind: LabelKind,
        rows: &[LabelledRow],
        further: &[(Vec<LabelledRow>, f64)],
    ) -> Result<Self, ModelError> {
        let mut used = usable(rows, kind)?;
        let texts = used.len();
        if texts < FEWEST_TEXTS {
            return Err(ModelError::Invalid(format!(
                "a training needs at least {FEWEST_TEXTS} labelled texts, there are `{texts}`; label more"
            )));
        }
        for (rows, _) in further {
            used.extend(usable(rows, kind)?);
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for label in used.iter().flat_map(|row| row.named()) {
            *counts.entry(label_name(label, kind)?).or_default() += 1;
        }
        if counts.len() < 2 {
            let only: Vec<&str> = counts.keys().map(String::as_str).collect();
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
        let mut labels: Vec<String> = counts.into_keys().collect();
        if kind == LabelKind::Ordinal {
            let mut steps: Vec<(f64, String)> = Vec::with_capacity(labels.len());
            for label in labels {
                steps.push((rating(&label)?, label));
            }
            steps.sort_by(|a, b| a.0.total_cmp(&b.0));
            labels = steps.into_iter().map(|(_, label)| label).collect();
        }
        let task = TaskLabels { task: task.to_owned(), labels, kind };
        let mut labelled = Self::of_task(task.clone(), rows)?;
        for (rows, passes) in further {
            let set = Self::of_task(task.clone(), rows)?;
            labelled.empty_rows += set.empty_rows;
            labelled.unlabelled_rows += set.unlabelled_rows;
            labelled.mixed.push((set.examples, *passes));
        }
        Ok(labelled)
    }

    /// Checks rows against the labels of a task that is known; those without a text or a label are counted and left out.
    ///
    /// # Errors
    /// Fails if a label is unknown, a row of a single label has several, or only some rows have a target.
    pub fn of_task(task: TaskLabels, rows: &[LabelledRow]) -> Result<Self, ModelError> {
        let mut indexes: BTreeMap<String, usize> = BTreeMap::new();
        for (index, label) in task.labels.iter().enumerate() {
            indexes.insert(label_name(label, task.kind)?, index);
        }
        let allowed: Arc<[usize]> = (0..task.labels.len()).collect();
        let reads_target = rows.iter().any(|row| row.target.is_some());
        let mut examples = Vec::with_capacity(rows.len());
        let (mut empty_rows, mut unlabelled_rows) = (0, 0);
        for (number, row) in rows.iter().enumerate() {
            let text = prepare_text(&row.text);
            if text.is_empty() {
                empty_rows += 1;
                continue;
            }
            if !row.is_labelled(task.kind) {
                unlabelled_rows += 1;
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
            for label in row.named() {
                let name =
                    label_name(label, task.kind).map_err(|error| wrong(error.to_string()))?;
                let index = indexes.get(&name).ok_or_else(|| {
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
                "none of the `{}` rows has a text and a label; name their columns: --text NAME --label NAME",
                rows.len()
            )));
        }
        let mixed = Vec::new();
        Ok(Self { task, reads_target, examples, mixed, empty_rows, unlabelled_rows })
    }

    /// Keeps a part of every label for validation: a fifth of small sets, a tenth of others.
    pub fn split(self, seed: u64) -> Parts {
        let share = if self.examples.len() < 2000 { 0.2 } else { 0.1 };
        self.split_off(share, seed)
    }

    /// Keeps a share of every label apart; a text of several goes with the rarest of them. Examples of one text stay together: a repost
    /// would tell what the model is asked.
    pub(crate) fn split_off(self, share: f64, seed: u64) -> Parts {
        let mut texts = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (class, example) in classes_of(&self.examples, 0).into_iter().zip(self.examples) {
            let place = *places.entry(example.text.clone()).or_insert(texts.len());
            if place == texts.len() {
                texts.push((class, Vec::new()));
            }
            texts[place].1.push(example);
        }
        let mut by_class: BTreeMap<Option<Arc<[usize]>>, Vec<Vec<Example>>> = BTreeMap::new();
        for (class, same) in texts {
            by_class.entry(class).or_default().push(same);
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut parts = Parts { task: self.task, train: Vec::new(), validation: Vec::new() };
        for (_, mut texts) in by_class {
            texts.shuffle(&mut random);
            let examples: usize = texts.iter().map(Vec::len).sum();
            let mut room = ((examples as f64 * share).round() as usize).max(1);
            if texts.len() < FEWEST_OF_LABEL {
                room = 0;
            }
            // What fits is kept: a text posted a thousand times is rather learned from.
            for same in texts {
                if same.len() <= room {
                    room -= same.len();
                    parts.validation.extend(same);
                } else {
                    parts.train.extend(same);
                }
            }
        }
        parts.train.shuffle(&mut random);
        parts
    }
}

/// Finds the rows with a text and a label.
fn usable(rows: &[LabelledRow], kind: LabelKind) -> Result<Vec<&LabelledRow>, ModelError> {
    let mut used: Vec<&LabelledRow> =
        rows.iter().filter(|row| !prepare_text(&row.text).is_empty()).collect();
    if used.is_empty() && !rows.is_empty() {
        return Err(ModelError::Invalid(format!(
            "the text is empty in all `{}` rows; name the column with the text: --text NAME",
            rows.len()
        )));
    }
    let texts = used.len();
    used.retain(|row| row.is_labelled(kind));
    if used.is_empty() && texts > 0 {
        return Err(ModelError::Invalid(format!(
            "the label is empty in all `{texts}` rows with a text; name the column with the label: --label NAME"
        )));
    }
    Ok(used)
}

/// Gives the name of a label; that of a rating is its number in one spelling, so that `1` and `1.0` are one step.
fn label_name(label: &str, kind: LabelKind) -> Result<String, ModelError> {
    match kind {
        LabelKind::Ordinal => Ok(rating(label)?.to_string()),
        LabelKind::Single | LabelKind::Multi => Ok(label.to_owned()),
    }
}

fn rating(label: &str) -> Result<f64, ModelError> {
    match label.trim().parse::<f64>() {
        // Adding 0 makes -0 the same number as 0.
        Ok(value) if value.is_finite() => Ok(value + 0.0),
        _ => Err(ModelError::Invalid(format!(
            "rating `{label}` is no finite number; correct it or use --kind single"
        ))),
    }
}

/// Computes the SHA-256 of texts, targets and labels: the same data has the same fingerprint.
pub(crate) fn fingerprint(parts: &[&[Example]]) -> String {
    let mut all = String::new();
    for example in parts.iter().flat_map(|part| part.iter()) {
        let target = example.target.as_deref().unwrap_or_default();
        let accepted = example.labels[0].as_ref().map(|label| label.accepted.to_vec());
        all.push_str(&format!("{}\u{1f}{target}\u{1f}{accepted:?}\u{1e}", example.text));
    }
    sha256(all.as_bytes())
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
    fn one_text_is_on_one_side() {
        let labels: Vec<&str> = (0..60).map(|i| ["a", "b"][i % 2]).collect();
        let mut rows = rows(&labels);
        // Every text comes three times, now and then with the other label; one comes twelve times.
        for (number, row) in rows.iter_mut().enumerate() {
            row.text = format!("text {}", if number < 12 { 0 } else { number / 3 });
        }
        let labelled = Labelled::for_training("mine", LabelKind::Single, &rows).unwrap();
        let parts = labelled.split(1);
        assert_eq!(parts.train.len() + parts.validation.len(), 60);
        assert!((6..=12).contains(&parts.validation.len()), "{}", parts.validation.len());
        let known: Vec<&str> = parts.train.iter().map(|example| example.text.as_str()).collect();
        assert!(known.contains(&"text 0"));
        assert!(parts.validation.iter().all(|example| !known.contains(&example.text.as_str())));
    }

    fn of_several(labels: &[&[&str]]) -> Labelled {
        let row = |(number, labels): (usize, &&[&str])| LabelledRow {
            text: format!("text {number}"),
            target: None,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        };
        let rows: Vec<LabelledRow> = labels.iter().enumerate().map(row).collect();
        Labelled::for_training("tags", LabelKind::Multi, &rows).unwrap()
    }

    #[test]
    fn combinations_that_come_once_are_validated_too() {
        // Every text has a combination of its own; `f` is rare.
        let names = ["a", "b", "c", "d", "e"];
        let mut labels: Vec<Vec<&str>> = (1..32usize)
            .map(|bits| (0..5).filter(|bit| (bits >> bit) & 1 == 1).map(|bit| names[bit]).collect())
            .collect();
        labels[5].push("f");
        labels[20].push("f");
        let labels: Vec<&[&str]> = labels.iter().map(Vec::as_slice).collect();
        let parts = of_several(&labels).split(1);
        assert_eq!(parts.train.len() + parts.validation.len(), 31);
        assert!((5..=9).contains(&parts.validation.len()), "{}", parts.validation.len());
        let rare = |part: &[Example]| {
            part.iter().filter(|e| e.labels[0].as_ref().unwrap().accepted.contains(&5)).count()
        };
        assert_eq!((rare(&parts.train), rare(&parts.validation)), (1, 1));
    }

    #[test]
    fn equal_ratings_are_one_step() {
        let ratings: Vec<&str> =
            (0..24).map(|i| ["1", "1.0", "0.5", "-0", "0", "10"][i % 6]).collect();
        let stars = Labelled::for_training("stars", LabelKind::Ordinal, &rows(&ratings)).unwrap();
        assert_eq!(stars.task.labels, ["0", "0.5", "1", "10"]);
        let steps: Vec<usize> = stars.examples[..6]
            .iter()
            .map(|example| example.labels[0].as_ref().unwrap().accepted[0])
            .collect();
        assert_eq!(steps, [2, 2, 1, 0, 0, 3]);
        let error = Labelled::of_task(stars.task, &rows(&["1.00", "x"])).unwrap_err().to_string();
        assert!(error.contains("row 2: rating `x`"), "{error}");
    }

    #[test]
    fn rows_without_a_label_are_counted_and_left_out() {
        let labels: Vec<&str> = (0..24).map(|i| ["a", "b", " "][i % 3]).collect();
        let mut rows = rows(&labels);
        rows[0].labels.clear();
        rows[1].text.clear();
        let labelled = Labelled::for_training("mine", LabelKind::Single, &rows).unwrap();
        assert_eq!(labelled.task.labels, ["a", "b"]);
        assert_eq!((labelled.empty_rows, labelled.unlabelled_rows), (1, 9));
        assert_eq!(labelled.examples.len(), 14);
        rows.iter_mut().for_each(|row| row.labels.clear());
        let error = Labelled::for_training("mine", LabelKind::Single, &rows).unwrap_err();
        assert!(error.to_string().contains("empty in all `23` rows with a text"), "{error}");
    }

    #[test]
    fn further_sets_bring_labels_of_their_own() {
        let further = vec![(rows(&["b", "c", "c"]), 0.5)];
        let (kind, few) = (LabelKind::Single, rows(&["a", "a", "b"]));
        let main: Vec<&str> = (0..11).map(|i| if i == 0 { "b" } else { "a" }).collect();
        let mixed = Labelled::for_mixed_training("mine", kind, &rows(&main), &further).unwrap();
        assert_eq!(mixed.task.labels, ["a", "b", "c"]);
        assert_eq!((mixed.examples.len(), mixed.mixed[0].0.len()), (11, 3));
        let error = Labelled::for_mixed_training("mine", kind, &few, &further).unwrap_err();
        assert!(error.to_string().contains("there are `3`"), "{error}");
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
