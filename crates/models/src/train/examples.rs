//! What a model learns from: texts with a label per task.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokenizers::Tokenizer;

use crate::architectures::LabelKind;
use crate::error::ModelError;

/// Is the label of a text in one task.
///
/// Sets with different labels share a head: a set that tells fewer labels apart says which of the head's labels its own label
/// may mean, and which it knows at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Of a single label, those that would be right, at least one: the probability that counts is their sum. Of a multi
    /// label, all that the text has. Of a rating, its step.
    pub accepted: Arc<[usize]>,
    /// The labels that the set uses, in rising order; the softmax of the loss is over these alone.
    pub allowed: Arc<[usize]>,
    /// How the labels of the task relate.
    pub kind: LabelKind,
    /// How much the text counts in the loss.
    pub weight: f32,
}

/// Is a prepared text, and the prepared target it is about if the task has one, with its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The text, as `prepare_text` leaves it.
    pub text: String,
    /// What the labels are about, for tasks that ask for a target.
    pub target: Option<String>,
    /// The label per task, in the order of the tasks; none where the set does not say.
    pub labels: Vec<Option<Label>>,
}

/// Is an example as token ids.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenizedExample {
    /// The ids, with the start and end pieces.
    pub ids: Vec<u32>,
    /// The label per task.
    pub labels: Vec<Option<Label>>,
}

/// Reads a `tokenizer.json`; `path` appears in errors.
///
/// The padding and the truncation that it may ask for are left out: [`token_ids`] cuts, and batches fill up.
///
/// # Errors
/// Fails if the bytes are no tokenizer.
pub fn read_tokenizer(path: &Path, bytes: &[u8]) -> Result<Tokenizer, ModelError> {
    let invalid = |error| ModelError::format(path, "tokenizer", error);
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(invalid)?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(invalid)?;
    Ok(tokenizer)
}

/// Cuts a text, after its target if it has one, into at most `longest` pieces with the start and end pieces; the end of the
/// text is what is cut off.
///
/// # Errors
/// Fails if the tokenizer refuses the text.
pub fn token_ids(
    tokenizer: &Tokenizer,
    text: &str,
    target: Option<&str>,
    longest: usize,
) -> Result<Vec<u32>, ModelError> {
    let encoding = match target {
        Some(target) => tokenizer.encode_fast((target, text), true),
        None => tokenizer.encode_fast(text, true),
    };
    let encoding = encoding
        .map_err(|error| ModelError::Invalid(format!("the tokenizer refused `{text}`: {error}")))?;
    let mut ids = encoding.get_ids().to_vec();
    if ids.len() > longest {
        let end = ids[ids.len() - 1];
        ids.truncate(longest);
        ids[longest - 1] = end;
    }
    Ok(ids)
}

/// Cuts examples into pieces, at most `longest` per text with the start and end pieces.
///
/// # Errors
/// Fails if the tokenizer refuses a text.
pub fn tokenize(
    tokenizer: &Tokenizer,
    examples: &[Example],
    longest: usize,
) -> Result<Vec<TokenizedExample>, ModelError> {
    let tokenized = examples.iter().map(|example| {
        let ids = token_ids(tokenizer, &example.text, example.target.as_deref(), longest)?;
        Ok(TokenizedExample { ids, labels: example.labels.clone() })
    });
    tokenized.collect()
}

/// Gives the class of every example in a task: what its label accepts, of several labels the rarest alone; none where the set does
/// not say.
pub(crate) fn classes_of(examples: &[Example], task: usize) -> Vec<Option<Arc<[usize]>>> {
    let labels = || examples.iter().map(move |example| example.labels[task].as_ref());
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for index in labels().flatten().flat_map(|label| label.accepted.iter()) {
        *counts.entry(*index).or_default() += 1;
    }
    let class = |label: &Label| -> Arc<[usize]> {
        if label.kind != LabelKind::Multi {
            return Arc::clone(&label.accepted);
        }
        let rarest = label.accepted.iter().copied().min_by_key(|index| counts[index]);
        rarest.into_iter().collect()
    };
    labels().map(|label| label.map(&class)).collect()
}

/// Scales the weight of each example of one set by the root of the rarity of its class, so that the mean weight stays 1; a text of
/// several labels counts as one of its rarest.
///
/// The root lies between no weighting and weights inverse to the counts: rare labels count more, yet the probabilities
/// stay near the shares of the data.
pub fn weigh_by_rarity(examples: &mut [Example], task: usize) {
    let classes = classes_of(examples, task);
    let mut counts: Vec<(&Arc<[usize]>, usize)> = Vec::new();
    for class in classes.iter().flatten() {
        match counts.iter_mut().find(|(known, _)| *known == class) {
            Some((_, count)) => *count += 1,
            None => counts.push((class, 1)),
        }
    }
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let sum: f64 = counts.iter().map(|(_, count)| (*count as f64).sqrt()).sum();
    for (example, class) in examples.iter_mut().zip(&classes) {
        if let (Some(label), Some(class)) = (&mut example.labels[task], class)
            && let Some((_, count)) = counts.iter().find(|(known, _)| *known == class)
        {
            label.weight = (total as f64 / (sum * (*count as f64).sqrt())) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(accepted: &[usize], kind: LabelKind) -> Example {
        let label =
            Label { accepted: accepted.into(), allowed: [0, 1, 2].into(), kind, weight: 1.0 };
        Example { text: "x".to_owned(), target: None, labels: vec![Some(label)] }
    }

    fn weights(examples: &mut [Example]) -> Vec<f32> {
        weigh_by_rarity(examples, 0);
        examples.iter().map(|example| example.labels[0].as_ref().unwrap().weight).collect()
    }

    #[test]
    fn rare_labels_weigh_more_and_the_mean_stays_one() {
        let mut examples: Vec<Example> =
            (0..20).map(|i| example(&[usize::from(i % 5 == 0)], LabelKind::Single)).collect();
        let weights = weights(&mut examples);
        assert!((weights.iter().sum::<f32>() - 20.0).abs() < 1e-4, "{weights:?}");
        assert!((weights[0] / weights[1] - 2.0).abs() < 1e-5, "{weights:?}");
    }

    #[test]
    fn a_combination_of_usual_labels_is_not_rare() {
        // Label 2 is rare; labels 0 and 1 are not, although they come together once only.
        let mut examples: Vec<Example> =
            (0..16).map(|i| example(&[i % 2], LabelKind::Multi)).collect();
        examples.push(example(&[0, 1], LabelKind::Multi));
        examples.extend([example(&[0, 2], LabelKind::Multi), example(&[1, 2], LabelKind::Multi)]);
        let weights = weights(&mut examples);
        assert!((weights.iter().sum::<f32>() - 19.0).abs() < 1e-4, "{weights:?}");
        assert_eq!(weights[17], weights[18]);
        assert!(weights[16] < weights[17] && weights[16] == weights[0], "{weights:?}");
    }
}
