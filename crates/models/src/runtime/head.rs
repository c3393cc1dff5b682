//! The head of a task on the vector of a text.

use crate::onnx::HeadParameters;
use crate::runtime::arithmetic::{exp_of_negative, largest, sum, tanh, with_widest_vectors};

/// Says which label a text has.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The index of the most probable label; of equals the first.
    pub label: usize,
    /// The probability of that label.
    pub score: f32,
    /// The probabilities of all labels; they add up to 1.
    pub probabilities: Vec<f32>,
}

/// Computes the probabilities of the labels from the vector of a text.
pub(crate) fn predict(head: &HeadParameters, pooled: &[f32]) -> Prediction {
    let probabilities = with_widest_vectors(
        #[inline(always)]
        || {
            let mut inner = head.dense_bias.clone();
            add_product(pooled, &head.dense, &mut inner);
            for value in &mut inner {
                *value = tanh(*value);
            }
            let mut shares = head.out_bias.clone();
            add_product(&inner, &head.out, &mut shares);
            let most = largest(&shares);
            for share in &mut shares {
                *share = exp_of_negative(*share - most);
            }
            let total = sum(&shares);
            for share in &mut shares {
                *share /= total;
            }
            shares
        },
    );
    let mut label = 0;
    for (index, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[label] {
            label = index;
        }
    }
    Prediction { label, score: probabilities[label], probabilities }
}

/// Adds `input · matrix` to `output`; the matrix has a row per input.
#[inline(always)]
fn add_product(input: &[f32], matrix: &[f32], output: &mut [f32]) {
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
            dense: vec![1.0, 0.0, 0.5, -1.0],
            dense_bias: vec![0.1, 0.2],
            out: vec![1.0, -1.0, 0.0, 2.0],
            out_bias: vec![0.0, 0.3],
        };
        let prediction = predict(&head, &[0.4, -0.2]);
        let inner = [(0.4f64 - 0.1 + 0.1).tanh(), (0.2f64 + 0.2).tanh()];
        let scores = [inner[0], -inner[0] + 2.0 * inner[1] + 0.3];
        let good = 1.0 / (1.0 + (scores[0] - scores[1]).exp());
        assert_eq!(prediction.label, 1);
        assert!((f64::from(prediction.score) - good).abs() < 1e-6, "{} {good}", prediction.score);
        assert!((prediction.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
