//! A sum of functions of one feature or two, whose logistic is a probability.
//!
//! The model of Lou, Caruana & Gehrke 2012 (Intelligible Models for Classification and Regression), with pairs as in Lou et al. 2013
//! (Accurate Intelligible Models with Pairwise Interactions). What each part adds to the log-odds explains a probability exactly.

use super::bins::Bins;
use serde::{Deserialize, Serialize};

/// Is a part of the sum: a function of one feature, or of two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    /// The places of its features.
    pub(super) features: Vec<usize>,
    /// Their bins.
    pub(super) bins: Vec<Bins>,
    /// What it adds to the log-odds, for each bin, or each pair of bins.
    pub(super) adds: Vec<f64>,
}

impl Part {
    /// Makes one that adds nothing yet.
    pub(super) fn new(features: Vec<usize>, bins: Vec<Bins>) -> Self {
        let cells = bins.iter().map(Bins::len).product();
        Self { features, bins, adds: vec![0.0; cells] }
    }

    /// The cell of a row.
    pub(super) fn cell(&self, row: &[f64]) -> usize {
        let together = |cell: usize, (feature, bins): (&usize, &Bins)| {
            cell * bins.len() + bins.bin(row[*feature])
        };
        self.features.iter().zip(&self.bins).fold(0, together)
    }
}

/// Is the sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Additive {
    /// The log-odds of the mean row.
    pub(super) base: f64,
    /// What is added to them.
    pub(super) parts: Vec<Part>,
}

impl Additive {
    /// Gives what each part adds for a row.
    pub(super) fn adds(&self, row: &[f64]) -> Vec<f64> {
        self.parts.iter().map(|part| part.adds[part.cell(row)]).collect()
    }

    /// Gives the log-odds of a row.
    #[cfg(test)]
    pub(super) fn log_odds(&self, row: &[f64]) -> f64 {
        self.base + self.adds(row).iter().sum::<f64>()
    }

    /// Moves the mean of each part over these rows' cells into the base, so that a part adds 0 on average.
    pub(super) fn center(&mut self, counts: &[Vec<f64>]) {
        for (part, counts) in self.parts.iter_mut().zip(counts) {
            let all: f64 = counts.iter().sum();
            let sum: f64 = part.adds.iter().zip(counts).map(|(add, count)| add * count).sum();
            let mean = sum / all.max(1.0);
            part.adds.iter_mut().for_each(|add| *add -= mean);
            self.base += mean;
        }
    }
}

/// Gives the probability of log-odds.
pub(super) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Additive {
        let bins = |values: &[f64]| Bins::of(values.iter().copied(), 9);
        let mut one = Part::new(vec![0], vec![bins(&[1.0, 2.0])]);
        one.adds = vec![0.0, -1.0, 1.0];
        let mut both = Part::new(vec![0, 1], vec![bins(&[1.0, 2.0]), bins(&[5.0])]);
        both.adds = vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5];
        Additive { base: -2.0, parts: vec![one, both] }
    }

    #[test]
    fn parts_add_up() {
        let model = model();
        assert_eq!(model.adds(&[2.0, 5.0]), [1.0, 0.5]);
        assert_eq!(model.adds(&[1.0, f64::NAN]), [-1.0, 0.2]);
        assert_eq!(model.log_odds(&[2.0, 5.0]), -0.5);
        assert_eq!(probability(0.0), 0.5);
    }

    #[test]
    fn centering_changes_no_probability() {
        let (before, mut after) = (model(), model());
        after.center(&[vec![0.0, 1.0, 3.0], vec![0.0, 0.0, 1.0, 0.0, 1.0, 2.0]]);
        assert_eq!(after.parts[0].adds, [-0.5, -1.5, 0.5]);
        for row in [[1.0, 5.0], [2.0, 5.0], [f64::NAN, 5.0]] {
            assert!((before.log_odds(&row) - after.log_odds(&row)).abs() < 1e-12);
        }
    }
}
