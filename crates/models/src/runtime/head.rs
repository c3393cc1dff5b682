//! The head of a task on the vector of a text.

use crate::architectures::LabelKind;
use crate::onnx::HeadParameters;
use crate::runtime::arithmetic::{exp_of_negative, largest, sum, tanh};

/// Says which label a text has.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The index of the most probable label; of equals the first. Of a rating, the step nearest to the expected one.
    pub label: usize,
    /// The probability of that label.
    pub score: f32,
    /// The probabilities of all labels; they add up to 1 unless a text may have several labels.
    pub probabilities: Vec<f32>,
}

impl Prediction {
    /// Turns the scores of labels before softmax into a prediction.
    #[inline(always)]
    pub(crate) fn of_scores(mut scores: Vec<f32>, kind: LabelKind) -> Self {
        match kind {
            LabelKind::Multi => {
                for score in &mut scores {
                    *score = 1.0 / (1.0 + (-*score).exp());
                }
            }
            LabelKind::Single | LabelKind::Ordinal => softmax(&mut scores),
        }
        Self::of_probabilities(scores, kind)
    }

    /// Lists the labels of a text that may have several: those more probable than not.
    pub fn chosen(&self) -> Vec<usize> {
        let indexes = 0..self.probabilities.len();
        indexes.filter(|index| self.probabilities[*index] >= 0.5).collect()
    }

    #[inline(always)]
    fn of_probabilities(probabilities: Vec<f32>, kind: LabelKind) -> Self {
        let mut label = 0;
        for (index, probability) in probabilities.iter().enumerate() {
            if *probability > probabilities[label] {
                label = index;
            }
        }
        if kind == LabelKind::Ordinal {
            let expected: f32 =
                probabilities.iter().enumerate().map(|(step, share)| step as f32 * share).sum();
            label = (expected.round() as usize).min(probabilities.len().saturating_sub(1));
        }
        Self { label, score: probabilities[label], probabilities }
    }
}

/// Turns scores into shares that add up to 1.
#[inline(always)]
fn softmax(scores: &mut [f32]) {
    let most = largest(scores);
    for score in scores.iter_mut() {
        *score = exp_of_negative(*score - most);
    }
    let total = sum(scores);
    for score in scores.iter_mut() {
        *score /= total;
    }
}

/// Computes the scores of the labels before softmax from the vector of a text, without those of the wide part.
#[inline(always)]
pub(crate) fn scores(head: &HeadParameters, pooled: &[f32]) -> Vec<f32> {
    let mut inner = head.dense_bias.clone();
    add_product(pooled, &head.dense, &mut inner);
    for value in &mut inner {
        *value = tanh(*value);
    }
    let mut scores = head.out_bias.clone();
    add_product(&inner, &head.out, &mut scores);
    scores
}

/// Adds `input · matrix` to `output`; the matrix has a row per input.
#[inline(always)]
pub(super) fn add_product(input: &[f32], matrix: &[f32], output: &mut [f32]) {
    for (value, row) in input.iter().zip(matrix.chunks_exact(output.len())) {
        for (sum, weight) in output.iter_mut().zip(row) {
            *sum += value * weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_formula() {
        let head = HeadParameters {
            task: "mood".to_owned(),
            labels: vec!["bad".to_owned(), "good".to_owned()],
            kind: LabelKind::Single,
            dense: vec![1.0, 0.0, 0.5, -1.0],
            dense_bias: vec![0.1, 0.2],
            out: vec![1.0, -1.0, 0.0, 2.0],
            out_bias: vec![0.0, 0.3],
            wide: None,
        };
        let prediction = Prediction::of_scores(scores(&head, &[0.4, -0.2]), head.kind);
        let inner = [(0.4f64 - 0.1 + 0.1).tanh(), (0.2f64 + 0.2).tanh()];
        let expected = [inner[0], -inner[0] + 2.0 * inner[1] + 0.3];
        let good = 1.0 / (1.0 + (expected[0] - expected[1]).exp());
        assert_eq!(prediction.label, 1);
        assert!((f64::from(prediction.score) - good).abs() < 1e-6, "{} {good}", prediction.score);
        assert!((prediction.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
