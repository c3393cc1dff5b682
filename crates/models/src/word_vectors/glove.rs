//! GloVe: word vectors from counts of near words (Pennington et al. 2014, <https://aclanthology.org/D14-1162>).
//!
//! The dot product of two words learns the logarithm of how often they stand near each other. Training is one thread and
//! visits the pairs in an order drawn from the seed, so that the same corpus, options and seed give the same bytes.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::word_vectors::cooccurrence::{Pair, count_pairs};
use crate::word_vectors::corpus::Corpus;
use crate::word_vectors::lanes::dot;
use crate::word_vectors::vectors::WordVectors;

/// Sets how GloVe vectors are trained.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct GloveOptions {
    /// The length of a vector.
    pub dimension: usize,
    /// The most words between which two words count as near, to either side.
    pub window: usize,
    /// How often every pair is visited.
    pub epochs: usize,
    /// The learning rate of AdaGrad.
    pub rate: f32,
    /// The count from which on a pair weighs fully, `x_max` in the paper.
    pub full_count: f32,
    /// The power by which the weight of rarer pairs falls, alpha in the paper.
    pub power: f32,
    /// The most different pairs; each takes about 40 bytes while they are counted.
    pub most_pairs: usize,
    /// The seed of the first values and of the order.
    pub seed: u64,
}

impl Default for GloveOptions {
    fn default() -> Self {
        Self {
            dimension: 100,
            window: 10,
            epochs: 25,
            rate: 0.05,
            full_count: 100.0,
            power: 0.75,
            most_pairs: 50_000_000,
            seed: 42,
        }
    }
}

impl GloveOptions {
    /// Checks that one can train with these options.
    ///
    /// # Errors
    /// Fails if a number that must be positive is not, or the rate or the power is out of its range.
    pub fn validate(&self) -> Result<(), ModelError> {
        let counts = [
            ("dimension", self.dimension),
            ("window", self.window),
            ("epochs", self.epochs),
            ("most_pairs", self.most_pairs),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(ModelError::Invalid(format!("`{name}` of GloVe is `0`; set 1 or more")));
        }
        if !(self.rate > 0.0 && self.rate <= 1.0) {
            return Err(ModelError::Invalid(format!(
                "the rate of GloVe lies above 0 and is at most 1: `{}`; use 0.05",
                self.rate
            )));
        }
        if !(self.full_count >= 1.0 && (0.0..=1.0).contains(&self.power)) {
            return Err(ModelError::Invalid(format!(
                "the full count of GloVe is 1 or more and its power between 0 and 1: `{}` and `{}`; \
                 use 100 and 0.75",
                self.full_count, self.power
            )));
        }
        Ok(())
    }
}

/// Trains a vector for every word of the vocabulary: the sum of its two vectors, as in section 4.2 of the paper.
///
/// # Errors
/// Fails if one cannot train with the options, the corpus has more pairs than they allow, or the rate is so high that the
/// values grow without bound.
pub fn train_glove(corpus: &Corpus, options: &GloveOptions) -> Result<WordVectors, ModelError> {
    options.validate()?;
    let mut pairs = count_pairs(corpus, options.window, options.most_pairs)?;
    let words = corpus.vocabulary().words();
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut main = Side::new(words.len(), options, &mut random);
    let mut context = Side::new(words.len(), options, &mut random);
    for _ in 0..options.epochs {
        pairs.shuffle(&mut random);
        for &Pair { low, high, weight } in &pairs {
            let target = weight.ln();
            let importance = (weight / options.full_count).powf(options.power).min(1.0);
            learn(&mut main, &mut context, low, high, target, importance);
            if low != high {
                learn(&mut main, &mut context, high, low, target, importance);
            }
        }
    }
    let sums = main.values.iter().zip(&context.values).map(|(main, context)| main + context);
    WordVectors::new(words.to_vec(), options.dimension, sums.collect())
}

/// Holds one of the two vectors and biases of every word with the sums of squares of AdaGrad (Duchi et al. 2011).
struct Side {
    dimension: usize,
    rate: f32,
    values: Vec<f32>,
    value_squares: Vec<f32>,
    biases: Vec<f32>,
    bias_squares: Vec<f32>,
}

impl Side {
    fn new(words: usize, options: &GloveOptions, random: &mut ChaCha8Rng) -> Self {
        let half = 0.5 / options.dimension as f32;
        let mut draw = |count: usize| -> Vec<f32> {
            (0..count).map(|_| random.random_range(-half..half)).collect()
        };
        let size = words * options.dimension;
        Self {
            dimension: options.dimension,
            rate: options.rate,
            values: draw(size),
            value_squares: vec![1.0; size],
            biases: draw(words),
            bias_squares: vec![1.0; words],
        }
    }

    fn row(&mut self, word: u32) -> (&mut [f32], &mut [f32]) {
        let row = word as usize * self.dimension..(word as usize + 1) * self.dimension;
        (&mut self.values[row.clone()], &mut self.value_squares[row])
    }

    fn step_bias(&mut self, word: u32, gradient: f32) {
        let square = &mut self.bias_squares[word as usize];
        self.biases[word as usize] -= gradient / square.sqrt();
        *square += gradient * gradient;
    }
}

/// Learns from one pair (equation 8 of the paper). As in the released program the gradients carry the rate before they are
/// squared, and the sums of squares start at 1, so that the first steps are not too long.
fn learn(main: &mut Side, context: &mut Side, word: u32, other: u32, target: f32, importance: f32) {
    let bias = main.biases[word as usize] + context.biases[other as usize];
    let rate = main.rate;
    let (main_values, main_squares) = main.row(word);
    let (context_values, context_squares) = context.row(other);
    let difference = dot(main_values, context_values) + bias - target;
    let factor = rate * importance * difference;
    let main_row = main_values.iter_mut().zip(main_squares);
    let context_row = context_values.iter_mut().zip(context_squares);
    for ((main, main_square), (context, context_square)) in main_row.zip(context_row) {
        let main_gradient = factor * *context;
        let context_gradient = factor * *main;
        *main -= main_gradient / main_square.sqrt();
        *context -= context_gradient / context_square.sqrt();
        *main_square += main_gradient * main_gradient;
        *context_square += context_gradient * context_gradient;
    }
    main.step_bias(word, factor);
    context.step_bias(other, factor);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word_vectors::topics::{assert_topics_hold, topic_corpus};

    #[test]
    fn neighbours_lie_in_the_topic_of_a_word() {
        let options =
            GloveOptions { dimension: 16, window: 4, epochs: 60, ..GloveOptions::default() };
        assert_topics_hold(&train_glove(&topic_corpus(7), &options).unwrap());
    }

    #[test]
    fn seeds_repeat_and_differ() {
        let options = GloveOptions { dimension: 8, epochs: 2, ..GloveOptions::default() };
        let corpus = topic_corpus(3);
        let once = train_glove(&corpus, &options).unwrap();
        assert_eq!(train_glove(&corpus, &options).unwrap(), once);
        let other = GloveOptions { seed: 43, ..options };
        assert_ne!(train_glove(&corpus, &other).unwrap(), once);
    }

    #[test]
    fn dot_products_learn_the_logarithm_of_the_counts() {
        let corpus = topic_corpus(5);
        let options = GloveOptions { dimension: 8, ..GloveOptions::default() };
        let pairs = count_pairs(&corpus, 4, 1000).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let words = corpus.vocabulary().words().len();
        let mut main = Side::new(words, &options, &mut random);
        let mut context = Side::new(words, &options, &mut random);
        for _ in 0..400 {
            for pair in &pairs {
                learn(&mut main, &mut context, pair.low, pair.high, pair.weight.ln(), 1.0);
            }
        }
        for pair in &pairs {
            let bias = main.biases[pair.low as usize] + context.biases[pair.high as usize];
            let product = dot(main.row(pair.low).0, context.row(pair.high).0) + bias;
            assert!((product - pair.weight.ln()).abs() < 0.35, "{pair:?}: {product}");
        }
    }

    #[test]
    fn refuses_impossible_options() {
        let defaults = GloveOptions::default();
        assert!(defaults.validate().is_ok());
        let message = |options: GloveOptions| options.validate().unwrap_err().to_string();
        let options = GloveOptions { epochs: 0, ..defaults.clone() };
        assert_eq!(message(options), "`epochs` of GloVe is `0`; set 1 or more");
        assert!(message(GloveOptions { rate: 2.0, ..defaults.clone() }).contains("`2`"));
        assert!(message(GloveOptions { power: f32::NAN, ..defaults }).contains("`NaN`"));
    }
}
