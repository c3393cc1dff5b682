//! fastText: the mean of the vectors of hashed n-grams, then one linear layer, by stochastic gradient descent.
//!
//! Joulin et al. 2016, arXiv:1607.01759; vectors of parts of words: Bojanowski et al. 2017, arXiv:1607.04606.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::architectures::features::{FeatureTable, word_hash};
use crate::architectures::sparse::{loss_and_gradient, read_hashes, read_tensor, stored_hashes};
use crate::architectures::weights::{NamedTensor, Weights};
use crate::error::ModelError;
use crate::train::Label;
use crate::word_vectors::WordVectors;

/// The width of a vector that is learned from nothing.
const DIMENSION: usize = 64;

/// Is a fastText classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct FastText {
    table: FeatureTable,
    /// The width of a vector.
    dimension: usize,
    /// `[rows, dimension]`.
    vectors: Vec<f32>,
    /// `[outputs, dimension]`.
    out: Vec<f32>,
    bias: Vec<f32>,
}

impl FastText {
    /// Builds a model with random vectors, those of words that are known from before in their place, and an output of zeros.
    pub(crate) fn new(
        table: FeatureTable,
        outputs: usize,
        known: Option<&WordVectors>,
        seed: u64,
    ) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let dimension = known.map_or(DIMENSION, WordVectors::dimension);
        let limit = 1.0 / dimension as f32;
        let count = table.hashes.len() * dimension;
        let mut vectors: Vec<f32> =
            (0..count).map(|_| random.random_range(-limit..limit)).collect();
        for (word, vector) in known.iter().flat_map(|known| known.iter()) {
            let rows = table.rows_of(word_hash(word).as_slice());
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            if let ([(row, _)], true) = (&rows[..], length > 0.0) {
                let place = &mut vectors[*row as usize * dimension..][..dimension];
                for (place, value) in place.iter_mut().zip(vector) {
                    *place = value / length;
                }
            }
        }
        Self {
            dimension,
            vectors,
            out: vec![0.0; outputs * dimension],
            bias: vec![0.0; outputs],
            table,
        }
    }

    /// Gives the rows of a text with their shares in its mean.
    pub(crate) fn rows(&self, hashes: &[u32]) -> Vec<(u32, f32)> {
        let mut rows = self.table.rows_of(hashes);
        let total: f32 = rows.iter().map(|(_, count)| count).sum();
        for (_, value) in &mut rows {
            *value /= total;
        }
        rows
    }

    fn mean(&self, rows: &[(u32, f32)]) -> Vec<f32> {
        let mut mean = vec![0.0; self.dimension];
        for (row, share) in rows {
            let vector = &self.vectors[*row as usize * self.dimension..][..self.dimension];
            for (sum, value) in mean.iter_mut().zip(vector) {
                *sum += share * value;
            }
        }
        mean
    }

    fn scores_of(&self, mean: &[f32]) -> Vec<f32> {
        let product = |row: &[f32]| row.iter().zip(mean).map(|(a, b)| a * b).sum::<f32>();
        let products = self.out.chunks_exact(self.dimension).map(product);
        products.zip(&self.bias).map(|(product, bias)| product + bias).collect()
    }

    pub(crate) fn scores(&self, rows: &[(u32, f32)]) -> Vec<f32> {
        self.scores_of(&self.mean(rows))
    }

    /// Learns from one text; gives its loss before.
    pub(crate) fn learn(&mut self, rows: &[(u32, f32)], label: &Label, rate: f32) -> f32 {
        let mean = self.mean(rows);
        let (loss, gradient) = loss_and_gradient(&self.scores_of(&mean), label);
        let mut back = vec![0.0; self.dimension];
        for (output, slope) in gradient.iter().enumerate() {
            let weights = &mut self.out[output * self.dimension..][..self.dimension];
            for ((weight, value), sum) in weights.iter_mut().zip(&mean).zip(&mut back) {
                *sum += slope * *weight;
                *weight -= rate * slope * value;
            }
            self.bias[output] -= rate * slope;
        }
        // The original moves a feature by its share of the gradient; texts here have some hundred features, most of them parts
        // of words, and by their share alone they would hardly move: the root lies between the share and the whole.
        let scale = rate / (rows.len().max(1) as f32).sqrt();
        for (row, _) in rows {
            let vector = &mut self.vectors[*row as usize * self.dimension..][..self.dimension];
            for (value, slope) in vector.iter_mut().zip(&back) {
                *value -= scale * slope;
            }
        }
        loss
    }

    pub(crate) fn weights(&self) -> Weights {
        let (rows, outputs) = (self.table.hashes.len(), self.bias.len());
        let mut weights = Weights::default();
        let tensor =
            |shape: Vec<usize>, values: &[f32]| NamedTensor { shape, values: values.to_vec() };
        weights.insert("features", stored_hashes(&self.table));
        weights.insert("vectors", tensor(vec![rows, self.dimension], &self.vectors));
        weights.insert("weight", tensor(vec![outputs, self.dimension], &self.out));
        weights.insert("bias", tensor(vec![outputs], &self.bias));
        weights
    }

    pub(crate) fn from_weights(weights: &Weights, outputs: usize) -> Result<Self, ModelError> {
        let table = read_hashes(weights)?;
        let shape = &weights.get("vectors")?.shape;
        let &[_, dimension @ 1..=usize::MAX] = &shape[..] else {
            let (name, found) = ("vectors".to_owned(), shape.clone());
            let expected = vec![table.hashes.len(), DIMENSION];
            return Err(ModelError::Shape { name, found, expected });
        };
        Ok(Self {
            dimension,
            vectors: read_tensor(weights, "vectors", &[table.hashes.len(), dimension])?,
            out: read_tensor(weights, "weight", &[outputs, dimension])?,
            bias: read_tensor(weights, "bias", &[outputs])?,
            table,
        })
    }
}
