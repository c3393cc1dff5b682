//! The wide part of a head: scores for every run of one, two or three pieces of a text, beside those of the encoder.
//!
//! Wide & Deep: Cheng et al. 2016, arXiv:1606.07792. A linear model over crossed features remembers what words and phrases say, a
//! network generalises; their scores are added before the softmax. Runs share the rows of a table by hashing (Weinberger et al.
//! 2009, arXiv:0902.2206). A table has a prime number of rows, so that a sum of products modulo it is a universal hash (Carter and
//! Wegman 1979), and every operation is one that ONNX has.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::architectures::classifier::TaskLabels;
use crate::architectures::sparse::loss_and_gradient;
use crate::architectures::weights::{NamedTensor, Weights};
use crate::error::ModelError;
use crate::train::{Label, TokenizedExample};

/// The factors of the hash of a run: of one piece, of two, of three.
pub(crate) const RUN_FACTORS: [&[u64]; 3] =
    [&[48_271], &[69_621, 39_373], &[16_807, 40_692, 52_774]];

/// Gives the rows of all runs of a text in a table of `rows` rows, given the ids of its pieces.
pub(crate) fn run_rows(ids: &[u32], rows: usize) -> impl Iterator<Item = usize> {
    RUN_FACTORS.into_iter().flat_map(move |factors| {
        ids.windows(factors.len()).map(move |run| {
            let products = run.iter().zip(factors).map(|(id, factor)| u64::from(*id) * factor);
            (products.sum::<u64>() % rows as u64) as usize
        })
    })
}

/// Gives what the rows of a text of so many pieces are multiplied by, so that long texts do not shout: one over the root of the
/// number of runs.
pub(crate) fn run_weight(pieces: usize) -> f32 {
    let runs: usize = (0..RUN_FACTORS.len()).map(|less| pieces.saturating_sub(less)).sum();
    1.0 / (runs.max(1) as f32).sqrt()
}

/// Sets how a table learns.
#[derive(Clone, Debug)]
pub struct WideOptions {
    /// The number of rows, a prime.
    pub rows: usize,
    /// How often every text is seen.
    pub epochs: usize,
    /// The learning rate of AdaGrad (Duchi et al. 2011).
    pub rate: f32,
    /// The seed of the order.
    pub seed: u64,
}

impl Default for WideOptions {
    fn default() -> Self {
        Self { rows: 131_071, epochs: 10, rate: 0.1, seed: 42 }
    }
}

/// Is the table of a task, `[rows, labels]`.
#[derive(Clone, Debug, PartialEq)]
pub struct WideTable {
    rows: usize,
    labels: usize,
    values: Vec<f32>,
}

impl WideTable {
    /// Learns the table of the `task`th task, which has so many labels, from the examples that have a label of it.
    ///
    /// A row that a single text of them touches stays 0: it would only learn that text by heart.
    pub fn fit(
        examples: &[TokenizedExample],
        task: usize,
        labels: usize,
        options: &WideOptions,
    ) -> Self {
        let rows = options.rows;
        let labelled = |example: &'_ TokenizedExample| example.labels[task].is_some();
        let mut order: Vec<&TokenizedExample> =
            examples.iter().filter(|example| labelled(example)).collect();
        let learns = touched_twice(&order, rows);
        let mut table = Self { rows, labels, values: vec![0.0; rows * labels] };
        let mut squares = vec![0.0; rows * labels];
        let mut random = ChaCha8Rng::seed_from_u64(options.seed);
        for _ in 0..options.epochs {
            order.shuffle(&mut random);
            for example in &order {
                let Some(label) = &example.labels[task] else { continue };
                table.learn(&example.ids, label, &learns, &mut squares, options.rate);
            }
        }
        table
    }

    fn learn(
        &mut self,
        ids: &[u32],
        label: &Label,
        learns: &[bool],
        squares: &mut [f32],
        rate: f32,
    ) {
        let all = self.scores(ids);
        let scores: Vec<f32> = label.allowed.iter().map(|index| all[*index]).collect();
        let place = |index: &usize| label.allowed.iter().position(|allowed| allowed == index);
        let among_allowed =
            Label { accepted: label.accepted.iter().filter_map(place).collect(), ..label.clone() };
        let (_, gradient) = loss_and_gradient(&scores, &among_allowed);
        let weight = run_weight(ids.len());
        for row in run_rows(ids, self.rows).filter(|row| learns[*row]) {
            for (index, slope) in label.allowed.iter().zip(&gradient) {
                let place = row * self.labels + index;
                let slope = slope * weight;
                squares[place] += slope * slope;
                self.values[place] -= rate * slope / (squares[place].sqrt() + 1e-6);
            }
        }
    }

    /// Computes the scores of the labels of a text, given the ids of its pieces.
    pub fn scores(&self, ids: &[u32]) -> Vec<f32> {
        let mut scores = vec![0.0; self.labels];
        for row in run_rows(ids, self.rows) {
            for (score, value) in scores.iter_mut().zip(&self.values[row * self.labels..]) {
                *score += value;
            }
        }
        let weight = run_weight(ids.len());
        scores.iter_mut().for_each(|score| *score *= weight);
        scores
    }

    /// Multiplies all scores.
    pub fn scale(&mut self, factor: f32) {
        self.values.iter_mut().for_each(|value| *value *= factor);
    }

    /// Takes the table of a task from a checkpoint, if it has one.
    ///
    /// # Errors
    /// Fails if the tensor is no table of the labels.
    pub(crate) fn from_weights(
        weights: &Weights,
        task: &TaskLabels,
    ) -> Result<Option<Self>, ModelError> {
        let name = Self::name(&task.task);
        let Some(tensor) = weights.find(&name) else { return Ok(None) };
        let labels = task.labels.len();
        match tensor.shape[..] {
            [rows, columns] if rows > 0 && columns == labels => {
                Ok(Some(Self { rows, labels, values: tensor.values.clone() }))
            }
            _ => {
                let expected = vec![WideOptions::default().rows, labels];
                Err(ModelError::Shape { name, found: tensor.shape.clone(), expected })
            }
        }
    }

    /// Puts the table of a task among the tensors of a checkpoint.
    pub(crate) fn insert_into(&self, weights: &mut Weights, task: &str) {
        let shape = vec![self.rows, self.labels];
        weights.insert(Self::name(task), NamedTensor { shape, values: self.values.clone() });
    }

    fn name(task: &str) -> String {
        format!("heads.{task}.wide.weight")
    }

    /// Gives the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Gives the values, `[rows, labels]`.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }
}

/// Says of every row whether at least two of the texts touch it.
fn touched_twice(examples: &[&TokenizedExample], rows: usize) -> Vec<bool> {
    let mut first: Vec<Option<usize>> = vec![None; rows];
    let mut twice = vec![false; rows];
    for (number, example) in examples.iter().enumerate() {
        for row in run_rows(&example.ids, rows) {
            twice[row] |= *first[row].get_or_insert(number) != number;
        }
    }
    twice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::tiny::tiny_examples;

    #[test]
    fn runs_of_one_two_and_three_pieces() {
        let rows: Vec<usize> = run_rows(&[0, 7, 2], 131_071).collect();
        let expected = [
            0,
            7 * 48_271,
            2 * 48_271,
            7 * 39_373,
            7 * 69_621 + 2 * 39_373,
            7 * 40_692 + 2 * 52_774,
        ];
        assert_eq!(rows, expected.map(|hash| hash % 131_071));
        assert_eq!(run_weight(3), 1.0 / 6f32.sqrt());
        assert_eq!(run_rows(&[0, 2], 131_071).count(), 3);
        assert_eq!(run_weight(2), 1.0 / 3f32.sqrt());
    }

    #[test]
    fn learns_what_single_pieces_say_and_keeps_it_in_a_checkpoint() {
        let examples = tiny_examples();
        let options = WideOptions { rows: 1009, epochs: 10, ..WideOptions::default() };
        let task = TaskLabels::single("first", &["a", "b", "c"]);
        let table = WideTable::fit(&examples, 0, 3, &options);
        assert_eq!(table, WideTable::fit(&examples, 0, 3, &options));
        for example in &examples {
            let scores = table.scores(&example.ids);
            let best = (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
            assert_eq!([best], *example.labels[0].as_ref().unwrap().accepted);
        }
        let mut weights = Weights::default();
        assert_eq!(WideTable::from_weights(&weights, &task).unwrap(), None);
        table.insert_into(&mut weights, "first");
        assert_eq!(WideTable::from_weights(&weights, &task).unwrap(), Some(table));
        let other = TaskLabels::single("first", &["a", "b"]);
        let error = WideTable::from_weights(&weights, &other).unwrap_err().to_string();
        assert!(error.contains("heads.first.wide.weight"), "{error}");
    }

    #[test]
    fn what_one_text_alone_says_is_not_learnt() {
        let mut examples = tiny_examples();
        examples.truncate(6);
        examples[5].ids = vec![0, 19, 18, 17, 2];
        let options = WideOptions { rows: 100_003, ..WideOptions::default() };
        let table = WideTable::fit(&examples, 0, 3, &options);
        let row = 18 * RUN_FACTORS[0][0] as usize % 100_003;
        assert_eq!(table.values()[row * 3..row * 3 + 3], [0.0; 3]);
    }

    #[test]
    fn labels_that_a_set_does_not_use_stay_at_zero() {
        let mut examples = tiny_examples();
        examples.retain(|example| *example.labels[0].as_ref().unwrap().accepted != [2]);
        for example in &mut examples {
            example.labels[0].as_mut().unwrap().allowed = [0, 1].into();
        }
        let options = WideOptions { rows: 1009, ..WideOptions::default() };
        let table = WideTable::fit(&examples, 0, 3, &options);
        assert!(table.values().chunks(3).all(|row| row[2] == 0.0));
        assert!(table.values().iter().any(|value| *value != 0.0));
    }
}
