//! What a model learns from: texts with a label per task.

use tokenizers::Tokenizer;

use crate::architectures::TaskLabels;
use crate::error::ModelError;

/// The labels of the task `sentiment`.
pub const SENTIMENT: &[&str] = &["negative", "neutral", "positive"];
/// The labels of the task `emotion`: Ekman's without disgust, with optimism (TweetEval) and none.
pub const EMOTION: &[&str] =
    &["anger", "fear", "joy", "optimism", "sadness", "surprise", "neutral"];

/// Is a set of labels of one task, as bits by index.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LabelSet(u32);

impl LabelSet {
    /// Builds the set of these labels out of all labels of a task; unknown names are left out.
    pub fn of(names: &[&str], all: &[&str]) -> Self {
        let bits = all.iter().enumerate().filter(|(_, label)| names.contains(label));
        Self(bits.fold(0, |set, (index, _)| set | (1 << index)))
    }

    /// Builds the set of all labels of a task with this many.
    pub fn full(labels: usize) -> Self {
        Self(((1u64 << labels.min(32)) - 1) as u32)
    }

    /// Tells whether the label of this index is in the set.
    pub fn contains(self, label: usize) -> bool {
        label < 32 && self.0 & (1 << label) != 0
    }

    /// Counts the labels.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Tells whether the set has no label.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Is the label of a text in one task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// The index of the label.
    pub index: usize,
    /// The labels that the data set uses; the softmax of the loss is over these alone, so that sets with different labels
    /// can share a head.
    pub allowed: LabelSet,
    /// How much the text counts in the loss.
    pub weight: f32,
}

impl Label {
    /// Finds a label by its name.
    pub fn named(name: &str, allowed: LabelSet, all: &[&str]) -> Option<Self> {
        let index = all.iter().position(|label| *label == name)?;
        allowed.contains(index).then_some(Self { index, allowed, weight: 1.0 })
    }
}

/// Is a prepared text with its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The text, as `prepare_text` leaves it.
    pub text: String,
    /// The label per task, in the order of the tasks; none where the data set does not say.
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

/// Cuts texts into pieces, at most `longest` per text with the start and end pieces.
///
/// # Errors
/// Fails if the tokenizer refuses a text.
pub fn tokenize(
    tokenizer: &Tokenizer,
    examples: &[Example],
    longest: usize,
) -> Result<Vec<TokenizedExample>, ModelError> {
    let mut tokenized = Vec::with_capacity(examples.len());
    for example in examples {
        let encoding = tokenizer.encode_fast(example.text.as_str(), true).map_err(|error| {
            ModelError::Invalid(format!("the tokenizer refused `{}`: {error}", example.text))
        })?;
        let mut ids = encoding.get_ids().to_vec();
        if ids.len() > longest {
            let end = ids[ids.len() - 1];
            ids.truncate(longest);
            ids[longest - 1] = end;
        }
        tokenized.push(TokenizedExample { ids, labels: example.labels.clone() });
    }
    Ok(tokenized)
}

/// Scales the weight of each example of one data set by the root of its label's rarity, so that the mean weight stays 1.
///
/// The root lies between no weighting and weights inverse to the counts: rare labels count more, yet the probabilities
/// stay near the shares of the data.
pub fn weigh_by_rarity(examples: &mut [Example], task: usize) {
    let mut counts = [0usize; 32];
    for label in examples.iter().filter_map(|example| example.labels[task]) {
        counts[label.index] += 1;
    }
    let weight = |index: usize| (counts[index] as f32).sqrt().recip();
    let total: usize = counts.iter().sum();
    let sum: f32 = (0..32).filter(|i| counts[*i] > 0).map(|i| counts[i] as f32 * weight(i)).sum();
    for example in examples {
        if let Some(label) = &mut example.labels[task] {
            label.weight = weight(label.index) * total as f32 / sum;
        }
    }
}

/// Describes the two tasks that the shipped weights are trained on.
pub fn shipped_tasks() -> Vec<TaskLabels> {
    let task = |name: &str, labels: &[&str]| TaskLabels {
        task: name.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    vec![task("sentiment", SENTIMENT), task("emotion", EMOTION)]
}
