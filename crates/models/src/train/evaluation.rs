//! Quality of predictions against known labels.

use serde::Serialize;

use crate::train::examples::LabelSet;

/// Holds the scores of one label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassScores {
    /// The name of the label.
    pub label: String,
    /// How many texts carry the label.
    pub support: usize,
    /// The share of predictions of the label that are right; 0 if there is none.
    pub precision: f64,
    /// The share of texts with the label that are found; 0 if there is none.
    pub recall: f64,
    /// The harmonic mean of precision and recall; 0 if both are.
    pub f1: f64,
}

/// Holds the scores of a classification, 0..1; means are over the labels that the data set uses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// The number of texts.
    pub texts: usize,
    /// The share of right predictions.
    pub accuracy: f64,
    /// The mean of the recalls.
    pub macro_recall: f64,
    /// The mean of the F1 scores.
    pub macro_f1: f64,
    /// The scores per label.
    pub classes: Vec<ClassScores>,
    /// The number of texts per true label (row) and predicted label (column), in the order of `classes`.
    pub confusion: Vec<Vec<usize>>,
}

impl Metrics {
    /// Scores pairs of (true label, predicted label).
    pub fn of(pairs: &[(usize, usize)], allowed: LabelSet, labels: &[String]) -> Self {
        let used: Vec<usize> = (0..labels.len()).filter(|label| allowed.contains(*label)).collect();
        let classes: Vec<ClassScores> = used
            .iter()
            .map(|&label| {
                let count =
                    |f: &dyn Fn(&(usize, usize)) -> bool| pairs.iter().filter(|p| f(p)).count();
                let hits = count(&|pair| *pair == (label, label));
                let support = count(&|pair| pair.0 == label);
                let predicted = count(&|pair| pair.1 == label);
                ClassScores {
                    label: labels[label].clone(),
                    support,
                    precision: ratio(hits, predicted),
                    recall: ratio(hits, support),
                    f1: ratio(2 * hits, support + predicted),
                }
            })
            .collect();
        let confusion = used
            .iter()
            .map(|truth| {
                let row = used
                    .iter()
                    .map(|guess| pairs.iter().filter(|pair| **pair == (*truth, *guess)).count());
                row.collect()
            })
            .collect();
        let mean = |f: &dyn Fn(&ClassScores) -> f64| {
            classes.iter().map(f).sum::<f64>() / classes.len().max(1) as f64
        };
        Self {
            texts: pairs.len(),
            accuracy: ratio(
                pairs.iter().filter(|(truth, guess)| truth == guess).count(),
                pairs.len(),
            ),
            macro_recall: mean(&|class| class.recall),
            macro_f1: mean(&|class| class.f1),
            classes,
            confusion,
        }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let labels: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (1, 1)];
        let metrics = Metrics::of(&pairs, LabelSet::of(&["a", "b"], &["a", "b", "c"]), &labels);
        assert_eq!(metrics.classes.len(), 2);
        assert!((metrics.accuracy - 4.0 / 6.0).abs() < 1e-12);
        assert!((metrics.macro_f1 - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(metrics.confusion, [[2, 1], [1, 2]]);
        let all = Metrics::of(&pairs, LabelSet::full(3), &labels);
        assert!((all.macro_recall - (4.0 / 3.0) / 3.0).abs() < 1e-12);
    }
}
