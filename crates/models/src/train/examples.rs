//! What a model learns from: texts with a label per task.

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

/// Scales the weight of each example of one set by the root of its label's rarity, so that the mean weight stays 1.
///
/// The root lies between no weighting and weights inverse to the counts: rare labels count more, yet the probabilities
/// stay near the shares of the data.
pub fn weigh_by_rarity(examples: &mut [Example], task: usize) {
    let mut counts: Vec<(Arc<[usize]>, usize)> = Vec::new();
    for label in examples.iter().filter_map(|example| example.labels[task].as_ref()) {
        match counts.iter_mut().find(|(accepted, _)| *accepted == label.accepted) {
            Some((_, count)) => *count += 1,
            None => counts.push((Arc::clone(&label.accepted), 1)),
        }
    }
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let sum: f64 = counts.iter().map(|(_, count)| (*count as f64).sqrt()).sum();
    for example in examples {
        if let Some(label) = &mut example.labels[task]
            && let Some((_, count)) =
                counts.iter().find(|(accepted, _)| *accepted == label.accepted)
        {
            label.weight = (total as f64 / (sum * (*count as f64).sqrt())) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_labels_weigh_more_and_the_mean_stays_one() {
        let allowed: Arc<[usize]> = [0, 1].into();
        let example = |index: usize| Example {
            text: "x".to_owned(),
            target: None,
            labels: vec![Some(Label {
                accepted: [index].into(),
                allowed: Arc::clone(&allowed),
                kind: LabelKind::Single,
                weight: 1.0,
            })],
        };
        let mut examples: Vec<Example> =
            (0..20).map(|i| example(usize::from(i % 5 == 0))).collect();
        weigh_by_rarity(&mut examples, 0);
        let weights: Vec<f32> =
            examples.iter().map(|example| example.labels[0].as_ref().unwrap().weight).collect();
        assert!((weights.iter().sum::<f32>() - 20.0).abs() < 1e-4, "{weights:?}");
        assert!((weights[0] / weights[1] - 2.0).abs() < 1e-5, "{weights:?}");
    }
}
