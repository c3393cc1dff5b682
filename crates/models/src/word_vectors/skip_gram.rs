//! Skip-gram with negative sampling (Mikolov et al. 2013, arXiv:1310.4546).
//!
//! The vector of a word learns to tell the words around it from words drawn at random. Training is one thread and draws all
//! its random numbers in one order, so that the same corpus, options and seed give the same bytes.

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::word_vectors::alias::AliasTable;
use crate::word_vectors::corpus::Corpus;
use crate::word_vectors::lanes::dot;
use crate::word_vectors::vectors::WordVectors;

/// Sets how skip-gram vectors are trained.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SkipGramOptions {
    /// The length of a vector.
    pub dimension: usize,
    /// The most words to either side that a word predicts; each time a number from 1 to this is drawn.
    pub window: usize,
    /// How many random words each neighbour is told from.
    pub negatives: usize,
    /// How often the corpus is read.
    pub epochs: usize,
    /// The learning rate of the first word.
    pub first_rate: f32,
    /// The learning rate of the last word; between them it falls along a line.
    pub last_rate: f32,
    /// The share of the corpus above which words are thinned out; 0 keeps all.
    pub subsampling: f64,
    /// The power of a word's count that says how often it is drawn as a random word.
    pub noise_power: f64,
    /// The seed of the first values and of all draws.
    pub seed: u64,
}

impl Default for SkipGramOptions {
    fn default() -> Self {
        Self {
            dimension: 100,
            window: 5,
            negatives: 5,
            epochs: 5,
            first_rate: 0.025,
            last_rate: 0.0001,
            subsampling: 1e-3,
            noise_power: 0.75,
            seed: 42,
        }
    }
}

impl SkipGramOptions {
    /// Checks that one can train with these options.
    ///
    /// # Errors
    /// Fails if a number that must be positive is not, or a rate or share is out of its range.
    pub fn validate(&self) -> Result<(), ModelError> {
        let counts = [
            ("dimension", self.dimension),
            ("window", self.window),
            ("negatives", self.negatives),
            ("epochs", self.epochs),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(ModelError::Invalid(format!(
                "`{name}` of skip-gram is `0`; set 1 or more"
            )));
        }
        let (first, last) = (self.first_rate, self.last_rate);
        if !(first > 0.0 && first <= 1.0 && (0.0..=first).contains(&last)) {
            return Err(ModelError::Invalid(format!(
                "the rates of skip-gram fall from above 0 to 0 or more: `{first}` and `{last}`; \
                 use 0.025 and 0.0001"
            )));
        }
        if !(0.0..1.0).contains(&self.subsampling) || !(0.0..=1.0).contains(&self.noise_power) {
            return Err(ModelError::Invalid(format!(
                "subsampling is a share below 1 and the noise power lies between 0 and 1: `{}` and `{}`; \
                 use 0.001 and 0.75",
                self.subsampling, self.noise_power
            )));
        }
        Ok(())
    }
}

/// Trains a vector for every word of the vocabulary.
///
/// # Errors
/// Fails if one cannot train with the options.
pub fn train_skip_gram(
    corpus: &Corpus,
    options: &SkipGramOptions,
) -> Result<WordVectors, ModelError> {
    options.validate()?;
    let vocabulary = corpus.vocabulary();
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut network = Network::new(vocabulary.counts(), options, &mut random);
    let kept = vocabulary.keep_probabilities(options.subsampling);
    let planned = (corpus.word_count() * options.epochs) as f32;
    let mut seen = 0usize;
    let mut sentence: Vec<u32> = Vec::new();
    for _ in 0..options.epochs {
        for ids in corpus.sentences() {
            let progress = seen as f32 / planned;
            let rate = options.first_rate - (options.first_rate - options.last_rate) * progress;
            seen += ids.len();
            sentence.clear();
            sentence.extend(ids.iter().filter(|id| is_kept(kept[**id as usize], &mut random)));
            for (place, center) in sentence.iter().enumerate() {
                let reach = random.random_range(1..=options.window);
                let first = place.saturating_sub(reach);
                let last = (place + reach).min(sentence.len() - 1);
                for neighbour in (first..=last).filter(|neighbour| *neighbour != place) {
                    network.learn(*center, sentence[neighbour], rate, &mut random);
                }
            }
        }
    }
    WordVectors::new(vocabulary.words().to_vec(), options.dimension, network.inputs)
}

#[inline]
fn is_kept(probability: f32, random: &mut impl RngCore) -> bool {
    probability >= 1.0 || random.random::<f32>() < probability
}

/// Holds the two vectors of every word, and how random words are drawn.
struct Network {
    dimension: usize,
    negatives: usize,
    /// The vectors of words that predict.
    inputs: Vec<f32>,
    /// The vectors of words that are predicted.
    outputs: Vec<f32>,
    noise: AliasTable,
    logistic: LogisticTable,
    /// The gradient of the predicting word, kept here so that it is not allocated per pair.
    change: Vec<f32>,
}

impl Network {
    fn new(counts: &[u64], options: &SkipGramOptions, random: &mut impl RngCore) -> Self {
        let dimension = options.dimension;
        let noise: Vec<f64> =
            counts.iter().map(|count| (*count as f64).powf(options.noise_power)).collect();
        let half = 0.5 / dimension as f32;
        Self {
            dimension,
            negatives: options.negatives,
            inputs: (0..counts.len() * dimension)
                .map(|_| random.random_range(-half..half))
                .collect(),
            outputs: vec![0.0; counts.len() * dimension],
            noise: AliasTable::new(&noise),
            logistic: LogisticTable::new(),
            change: vec![0.0; dimension],
        }
    }

    /// Learns from one pair (equation 4 of the paper): the neighbour is a yes, random words are a no.
    fn learn(&mut self, center: u32, neighbour: u32, rate: f32, random: &mut impl RngCore) {
        let start = center as usize * self.dimension;
        let input = &mut self.inputs[start..start + self.dimension];
        self.change.fill(0.0);
        for number in 0..=self.negatives {
            let word = if number == 0 { neighbour } else { self.noise.draw(random) };
            if number > 0 && word == neighbour {
                continue;
            }
            let start = word as usize * self.dimension;
            let output = &mut self.outputs[start..start + self.dimension];
            let target = if number == 0 { 1.0 } else { 0.0 };
            let step = rate * (target - self.logistic.at(dot(input, output)));
            for ((change, output), input) in self.change.iter_mut().zip(output).zip(&*input) {
                *change += step * *output;
                *output += step * input;
            }
        }
        for (input, change) in input.iter_mut().zip(&self.change) {
            *input += change;
        }
    }
}

/// Holds the logistic function at steps between -6 and 6; beyond, it is taken at the end.
struct LogisticTable {
    values: Vec<f32>,
}

impl LogisticTable {
    const BOUND: f32 = 6.0;
    const STEPS: usize = 4096;

    fn new() -> Self {
        let value = |step: usize| {
            let place = (step as f64 + 0.5) / Self::STEPS as f64;
            let input = (2.0 * place - 1.0) * Self::BOUND as f64;
            (1.0 / (1.0 + (-input).exp())) as f32
        };
        Self { values: (0..Self::STEPS).map(value).collect() }
    }

    #[inline]
    fn at(&self, input: f32) -> f32 {
        let place = (input + Self::BOUND) * (Self::STEPS as f32 / (2.0 * Self::BOUND));
        self.values[(place as usize).min(Self::STEPS - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word_vectors::topics::{TOPICS, assert_topics_hold, topic_corpus};

    #[test]
    fn neighbours_lie_in_the_topic_of_a_word() {
        let options = SkipGramOptions {
            dimension: 24,
            epochs: 6,
            subsampling: 0.0,
            ..SkipGramOptions::default()
        };
        let vectors = train_skip_gram(&topic_corpus(7), &options).unwrap();
        assert_topics_hold(&vectors);
        assert_eq!(vectors.get(TOPICS[1][0]).unwrap().len(), 24);
    }

    #[test]
    fn seeds_repeat_and_differ() {
        let options = SkipGramOptions { dimension: 8, epochs: 1, ..SkipGramOptions::default() };
        let corpus = topic_corpus(3);
        let once = train_skip_gram(&corpus, &options).unwrap();
        assert_eq!(train_skip_gram(&corpus, &options).unwrap(), once);
        let other = SkipGramOptions { seed: 43, ..options };
        assert_ne!(train_skip_gram(&corpus, &other).unwrap(), once);
    }

    #[test]
    fn refuses_impossible_options() {
        let defaults = SkipGramOptions::default();
        assert!(defaults.validate().is_ok());
        let message = |options: SkipGramOptions| options.validate().unwrap_err().to_string();
        let options = SkipGramOptions { window: 0, ..defaults.clone() };
        assert_eq!(message(options), "`window` of skip-gram is `0`; set 1 or more");
        let options = SkipGramOptions { last_rate: 0.5, ..defaults.clone() };
        assert!(message(options).contains("`0.025` and `0.5`"));
        assert!(message(SkipGramOptions { subsampling: f64::NAN, ..defaults }).contains("`NaN`"));
    }

    #[test]
    fn the_table_follows_the_logistic_function() {
        let table = LogisticTable::new();
        for input in [-50.0f32, -6.0, -1.3, 0.0, 2.2, 5.9999, 6.0, 50.0] {
            let bounded = input.clamp(-6.0, 6.0);
            let expected = 1.0 / (1.0 + (-bounded).exp());
            assert!((table.at(input) - expected).abs() < 1e-3, "{input}");
        }
    }
}
