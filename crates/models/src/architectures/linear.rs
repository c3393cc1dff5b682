//! Multinomial logistic regression over the TF-IDF of hashed n-grams, fitted by AdaGrad.
//!
//! AdaGrad: Duchi et al. 2011. The features are those of the usual strong baseline (Wang and Manning 2012): words, pairs,
//! and characters inside words.

use crate::architectures::features::FeatureTable;
use crate::architectures::sparse::{loss_and_gradient, read_hashes, read_tensor, stored_hashes};
use crate::architectures::weights::{NamedTensor, Weights};
use crate::error::ModelError;
use crate::train::Label;

/// Is a linear model with a column of weights per label.
#[derive(Clone, Debug)]
pub struct Linear {
    table: FeatureTable,
    /// The inverse document frequency of every row.
    rarity: Vec<f32>,
    /// `[rows, outputs]`.
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// The sums of squared gradients, while it learns.
    squares: Vec<f32>,
    bias_squares: Vec<f32>,
}

impl PartialEq for Linear {
    fn eq(&self, other: &Self) -> bool {
        (&self.table, &self.rarity, &self.weights, &self.bias)
            == (&other.table, &other.rarity, &other.weights, &other.bias)
    }
}

impl Linear {
    /// Builds a model of zeros; `counts` says how many of the texts have each feature.
    pub(crate) fn new(table: FeatureTable, counts: &[u32], texts: usize, outputs: usize) -> Self {
        let rarity = |count: &u32| ((1.0 + texts as f32) / (1.0 + *count as f32)).ln() + 1.0;
        Self {
            rarity: counts.iter().map(rarity).collect(),
            weights: vec![0.0; counts.len() * outputs],
            squares: vec![0.0; counts.len() * outputs],
            bias: vec![0.0; outputs],
            bias_squares: vec![0.0; outputs],
            table,
        }
    }

    /// Gives the rows of a text with their TF-IDF, of length 1 in all.
    pub(crate) fn rows(&self, hashes: &[u32]) -> Vec<(u32, f32)> {
        let mut rows = self.table.rows_of(hashes);
        for (row, value) in &mut rows {
            *value = (1.0 + value.ln()) * self.rarity[*row as usize];
        }
        let length = rows.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        for (_, value) in &mut rows {
            *value /= length;
        }
        rows
    }

    pub(crate) fn scores(&self, rows: &[(u32, f32)]) -> Vec<f32> {
        let outputs = self.bias.len();
        let mut scores = self.bias.clone();
        for (row, value) in rows {
            let weights = &self.weights[*row as usize * outputs..][..outputs];
            for (score, weight) in scores.iter_mut().zip(weights) {
                *score += value * weight;
            }
        }
        scores
    }

    /// Learns from one text; gives its loss before.
    pub(crate) fn learn(&mut self, rows: &[(u32, f32)], label: &Label, rate: f32) -> f32 {
        let outputs = self.bias.len();
        let (loss, gradient) = loss_and_gradient(&self.scores(rows), label);
        let step = |weight: &mut f32, square: &mut f32, slope: f32| {
            *square += slope * slope;
            *weight -= rate * slope / (square.sqrt() + 1e-6);
        };
        for (row, value) in rows {
            let place = *row as usize * outputs;
            for (output, slope) in gradient.iter().enumerate() {
                step(
                    &mut self.weights[place + output],
                    &mut self.squares[place + output],
                    slope * value,
                );
            }
        }
        for (output, slope) in gradient.iter().enumerate() {
            step(&mut self.bias[output], &mut self.bias_squares[output], *slope);
        }
        loss
    }

    pub(crate) fn weights(&self) -> Weights {
        let (rows, outputs) = (self.rarity.len(), self.bias.len());
        let mut weights = Weights::default();
        let tensor =
            |shape: Vec<usize>, values: &[f32]| NamedTensor { shape, values: values.to_vec() };
        weights.insert("features", stored_hashes(&self.table));
        weights.insert("rarity", tensor(vec![rows], &self.rarity));
        weights.insert("weight", tensor(vec![rows, outputs], &self.weights));
        weights.insert("bias", tensor(vec![outputs], &self.bias));
        weights
    }

    pub(crate) fn from_weights(weights: &Weights, outputs: usize) -> Result<Self, ModelError> {
        let table = read_hashes(weights)?;
        let rows = table.hashes.len();
        Ok(Self {
            rarity: read_tensor(weights, "rarity", &[rows])?,
            weights: read_tensor(weights, "weight", &[rows, outputs])?,
            bias: read_tensor(weights, "bias", &[outputs])?,
            squares: Vec::new(),
            bias_squares: Vec::new(),
            table,
        })
    }
}
