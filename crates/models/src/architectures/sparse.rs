//! What the linear model and fastText share: examples as rows of a matrix with values, their loss, their files.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::architectures::classifier::LabelKind;
use crate::architectures::fast_text::FastText;
use crate::architectures::features::{FeatureTable, n_grams};
use crate::architectures::linear::Linear;
use crate::architectures::weights::{NamedTensor, Weights};
use crate::error::ModelError;
use crate::train::Label;
use crate::word_vectors::WordVectors;

/// Names a model over hashed n-grams.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SparseKind {
    /// [`Linear`].
    Linear,
    /// [`FastText`].
    FastText,
}

/// Sets how a model over n-grams learns.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SparseOptions {
    /// How often every text is seen.
    pub epochs: usize,
    /// The first learning rate.
    pub rate: f32,
    /// The seed of the order and the first weights.
    pub seed: u64,
}

/// Is a fitted model over n-grams.
#[derive(Clone, Debug, PartialEq)]
pub enum SparseModel {
    /// A linear model.
    Linear(Linear),
    /// A fastText model.
    FastText(FastText),
}

impl SparseKind {
    /// Gives the settings that serve most sets of some thousand texts.
    pub fn default_options(self) -> SparseOptions {
        match self {
            Self::Linear => SparseOptions { epochs: 20, rate: 0.1, seed: 42 },
            Self::FastText => SparseOptions { epochs: 25, rate: 0.2, seed: 42 },
        }
    }

    /// Learns from prepared texts with their labels; `observe` sees the mean loss of every epoch and the model so far, and may
    /// end the training by returning false. fastText starts with the vectors of words that are `known` from before.
    ///
    /// # Errors
    /// Fails if the observer does.
    pub fn fit(
        self,
        texts: &[String],
        labels: &[Label],
        outputs: usize,
        options: &SparseOptions,
        known: Option<&WordVectors>,
        mut observe: impl FnMut(usize, f64, &SparseModel) -> Result<bool, ModelError>,
    ) -> Result<SparseModel, ModelError> {
        let hashes: Vec<Vec<u32>> = texts.iter().map(|text| n_grams(text)).collect();
        let fewest = if texts.len() < 1000 { 1 } else { 2 };
        let (table, counts) = FeatureTable::fit(&hashes, fewest);
        let mut model = match self {
            Self::Linear => SparseModel::Linear(Linear::new(table, &counts, texts.len(), outputs)),
            Self::FastText => {
                SparseModel::FastText(FastText::new(table, outputs, known, options.seed))
            }
        };
        let rows: Vec<Vec<(u32, f32)>> = hashes.iter().map(|hashes| model.rows(hashes)).collect();
        let mut order: Vec<usize> = (0..texts.len()).collect();
        let steps = (options.epochs * texts.len()).max(1) as f32;
        let mut done = 0;
        for epoch in 0..options.epochs {
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(options.seed.wrapping_add(epoch as u64)));
            let mut loss = 0.0;
            for index in &order {
                let rate = options.rate * (1.0 - done as f32 / steps);
                done += 1;
                loss += f64::from(match &mut model {
                    SparseModel::Linear(model) => {
                        model.learn(&rows[*index], &labels[*index], options.rate)
                    }
                    SparseModel::FastText(model) => {
                        model.learn(&rows[*index], &labels[*index], rate)
                    }
                });
            }
            if !observe(epoch + 1, loss / order.len().max(1) as f64, &model)? {
                break;
            }
        }
        Ok(model)
    }
}

impl SparseModel {
    fn rows(&self, hashes: &[u32]) -> Vec<(u32, f32)> {
        match self {
            Self::Linear(model) => model.rows(hashes),
            Self::FastText(model) => model.rows(hashes),
        }
    }

    /// Computes the scores of the labels before softmax for a prepared text.
    pub fn scores(&self, text: &str) -> Vec<f32> {
        let rows = self.rows(&n_grams(text));
        match self {
            Self::Linear(model) => model.scores(&rows),
            Self::FastText(model) => model.scores(&rows),
        }
    }

    /// Gives the weights under their names.
    pub fn weights(&self) -> Weights {
        match self {
            Self::Linear(model) => model.weights(),
            Self::FastText(model) => model.weights(),
        }
    }

    /// Builds a model from its weights.
    ///
    /// # Errors
    /// Fails if a tensor is missing or the shapes do not fit.
    pub fn from_weights(
        kind: SparseKind,
        weights: &Weights,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        Ok(match kind {
            SparseKind::Linear => Self::Linear(Linear::from_weights(weights, outputs)?),
            SparseKind::FastText => Self::FastText(FastText::from_weights(weights, outputs)?),
        })
    }
}

/// Gives the loss of a text and the gradient of its scores.
pub(crate) fn loss_and_gradient(scores: &[f32], label: &Label) -> (f32, Vec<f32>) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponents: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
    let total: f32 = exponents.iter().sum();
    let weight = label.weight;
    match label.kind {
        LabelKind::Single => {
            let accepted: f32 = label.accepted.iter().map(|index| exponents[*index]).sum();
            let gradient = exponents.iter().enumerate().map(|(index, exponent)| {
                let share = if label.accepted.contains(&index) { exponent / accepted } else { 0.0 };
                weight * (exponent / total - share)
            });
            (-weight * (accepted / total).max(f32::MIN_POSITIVE).ln(), gradient.collect())
        }
        LabelKind::Multi => {
            let mut loss = 0.0;
            let gradient = scores.iter().enumerate().map(|(index, score)| {
                let share = 1.0 / (1.0 + (-score).exp());
                let truth = if label.accepted.contains(&index) { 1.0 } else { 0.0 };
                let right = if truth > 0.5 { share } else { 1.0 - share };
                loss -= weight * right.max(f32::MIN_POSITIVE).ln();
                weight * (share - truth)
            });
            let gradient = gradient.collect();
            (loss, gradient)
        }
        LabelKind::Ordinal => {
            let last = (scores.len() - 1).max(1) as f32;
            let steps = |index: usize| index as f32 / last;
            let expected: f32 =
                exponents.iter().enumerate().map(|(index, e)| steps(index) * e / total).sum();
            let error = expected - label.accepted.first().map_or(0.0, |step| steps(*step));
            let gradient = exponents.iter().enumerate().map(|(index, exponent)| {
                weight * 2.0 * error * exponent / total * (steps(index) - expected)
            });
            (weight * error * error, gradient.collect())
        }
    }
}

/// Stores the hashes of a table, whose bits travel as floats do not: two halves of 16 bits each.
pub(crate) fn stored_hashes(table: &FeatureTable) -> NamedTensor {
    let values = table.hashes.iter().flat_map(|hash| [(hash >> 16) as f32, (hash & 0xFFFF) as f32]);
    NamedTensor { shape: vec![table.hashes.len(), 2], values: values.collect() }
}

/// Reads what [`stored_hashes`] wrote.
pub(crate) fn read_hashes(weights: &Weights) -> Result<FeatureTable, ModelError> {
    let tensor = weights.get("features")?;
    let hashes = tensor.values.chunks_exact(2).map(|half| (half[0] as u32) << 16 | half[1] as u32);
    Ok(FeatureTable::new(hashes.collect()))
}

/// Reads a tensor of a known shape.
pub(crate) fn read_tensor(
    weights: &Weights,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, ModelError> {
    let tensor = weights.get(name)?;
    if tensor.shape != shape {
        let (name, found) = (name.to_owned(), tensor.shape.clone());
        return Err(ModelError::Shape { name, found, expected: shape.to_vec() });
    }
    Ok(tensor.values.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn label(accepted: &[usize], kind: LabelKind) -> Label {
        Label { accepted: accepted.into(), allowed: Arc::from([0, 1, 2]), kind, weight: 1.5 }
    }

    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        let scores = [0.3f32, -0.8, 1.1];
        let kinds = [LabelKind::Single, LabelKind::Multi, LabelKind::Ordinal];
        for kind in kinds {
            let accepted: &[usize] = if kind == LabelKind::Ordinal { &[1] } else { &[0, 1] };
            let label = label(accepted, kind);
            let (_, gradient) = loss_and_gradient(&scores, &label);
            for index in 0..3 {
                let shifted = |by: f32| {
                    let mut shifted = scores;
                    shifted[index] += by;
                    loss_and_gradient(&shifted, &label).0
                };
                let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
                assert!(
                    (slope - gradient[index]).abs() < 2e-3,
                    "{kind:?} {slope} {}",
                    gradient[index]
                );
            }
        }
    }

    #[test]
    fn both_models_learn_and_read_back_what_they_wrote() {
        let words = [["good", "great", "好"], ["bad", "awful", "差"]];
        let texts: Vec<String> =
            (0..60).map(|i| format!("it is {} {}", words[i % 2][i / 2 % 3], i % 7)).collect();
        let labels: Vec<Label> = (0..60).map(|i| label(&[i % 2], LabelKind::Single)).collect();
        for kind in [SparseKind::Linear, SparseKind::FastText] {
            let options = kind.default_options();
            let mut losses = Vec::new();
            let fit = |losses: &mut Vec<f64>| {
                kind.fit(&texts, &labels, 3, &options, None, |_, loss, _| {
                    losses.push(loss);
                    Ok(true)
                })
                .unwrap()
            };
            let model = fit(&mut losses);
            assert!(losses[losses.len() - 1] < losses[0] / 4.0, "{losses:?}");
            assert_eq!(model, fit(&mut losses));
            for (text, label) in texts.iter().zip(&labels) {
                let scores = model.scores(text);
                let best = (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
                assert_eq!(best, label.accepted[0], "{kind:?} {text}");
            }
            assert_eq!(SparseModel::from_weights(kind, &model.weights(), 3).unwrap(), model);
        }
    }

    #[test]
    fn fast_text_knows_words_from_before_and_their_width() {
        let texts = ["it is good", "it is bad"].map(str::to_owned);
        let labels = [0, 1].map(|index| label(&[index], LabelKind::Single));
        let words = ["good", "great", "bad"].map(str::to_owned).to_vec();
        let values = vec![3.0, 0.0, 4.0, 3.0, 0.5, 4.0, -3.0, 0.0, -4.0];
        let known = WordVectors::new(words, 3, values).unwrap();
        let fit = |known: Option<&WordVectors>| {
            let options = SparseOptions { epochs: 4, rate: 0.2, seed: 1 };
            let seen = |_: usize, _: f64, _: &SparseModel| Ok(true);
            SparseKind::FastText.fit(&texts, &labels, 3, &options, known, seen).unwrap()
        };
        let model = fit(Some(&known));
        assert_eq!(model.weights().get("weight").unwrap().shape, [3, 3]);
        let again = SparseModel::from_weights(SparseKind::FastText, &model.weights(), 3).unwrap();
        assert_eq!(again, model);
        let margin = |model: &SparseModel| {
            let scores = model.scores("it is good");
            scores[0] - scores[1]
        };
        assert!(margin(&model) > margin(&fit(None)), "words known from before help at once");
    }
}
