//! How far the probabilities of a model can be taken at their word.

use serde::Serialize;

use super::predictions::Predictions;
use super::scores::ratio;

/// The number of bins that papers use (Guo et al. 2017, arXiv:1706.04599).
pub const RELIABILITY_BINS: usize = 15;

/// Holds the texts whose predicted label has a probability within one interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// The lower end, not part of the bin.
    pub low: f64,
    /// The upper end, part of the bin.
    pub high: f64,
    /// The number of texts.
    pub texts: usize,
    /// The mean probability of the predicted label; nothing without texts.
    pub confidence: Option<f64>,
    /// The share of right predictions; nothing without texts.
    pub accuracy: Option<f64>,
}

/// Compares the confidence of predictions with how often they are right, in bins of equal width over 0..1 (DeGroot and Fienberg
/// 1983; the errors as Guo et al. 2017, arXiv:1706.04599, equations 3 and 5).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// The bins, from the lowest confidence.
    pub bins: Vec<ReliabilityBin>,
    /// The expected calibration error: the gaps between confidence and accuracy, averaged by the texts of the bins; 0..1.
    pub ece: f64,
    /// The maximum calibration error: the largest of the gaps; 0..1.
    pub mce: f64,
}

/// Sums up a bin while texts are counted.
#[derive(Clone, Default)]
struct Filling {
    texts: usize,
    hits: usize,
    confidence: f64,
}

impl Reliability {
    /// Sorts all texts into bins, [`RELIABILITY_BINS`] by convention; 0 bins count as one.
    pub fn of(predictions: &Predictions, bins: usize) -> Self {
        Self::repeated(predictions, &vec![1; predictions.texts()], bins)
    }

    /// Sorts texts of which each counts as often as `counts` says; at least one of them is not 0.
    pub(super) fn repeated(predictions: &Predictions, counts: &[usize], bins: usize) -> Self {
        let bins = bins.max(1);
        let mut fillings = vec![Filling::default(); bins];
        for (text, count) in counts.iter().enumerate() {
            let confidence = predictions.confidences()[text];
            // The upper end belongs to a bin, so 0.2 of five bins is in the first; 0 would fall below all of them.
            let bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins) - 1;
            let filling = &mut fillings[bin];
            filling.texts += count;
            filling.confidence += *count as f64 * confidence;
            if predictions.truth()[text] == predictions.guesses()[text] {
                filling.hits += count;
            }
        }
        let all: usize = counts.iter().sum();
        let (mut ece, mut mce) = (0.0, 0.0_f64);
        let mut filled = Vec::with_capacity(bins);
        for (bin, filling) in fillings.iter().enumerate() {
            let has_texts = filling.texts > 0;
            let confidence = filling.confidence / filling.texts.max(1) as f64;
            let accuracy = ratio(filling.hits, filling.texts);
            if has_texts {
                let gap = (confidence - accuracy).abs();
                ece += ratio(filling.texts, all) * gap;
                mce = mce.max(gap);
            }
            filled.push(ReliabilityBin {
                low: bin as f64 / bins as f64,
                high: (bin + 1) as f64 / bins as f64,
                texts: filling.texts,
                confidence: has_texts.then_some(confidence),
                accuracy: has_texts.then_some(accuracy),
            });
        }
        Self { bins: filled, ece, mce }
    }
}

#[cfg(test)]
mod tests {
    use super::super::predictions::tests::{named, sixty};
    use super::*;

    #[test]
    fn errors_agree_with_numpy() {
        // numpy 2.4.6: bins by `ceil(confidence * 15) - 1`, gaps of means weighted by counts.
        let reliability = Reliability::of(&sixty(0), RELIABILITY_BINS);
        let texts: Vec<usize> = reliability.bins.iter().map(|bin| bin.texts).collect();
        assert_eq!(texts, [0, 0, 0, 0, 0, 10, 27, 3, 6, 11, 3, 0, 0, 0, 0]);
        assert!((reliability.ece - 0.405_449_211_100_737_3).abs() < 1e-9);
        assert!((reliability.mce - 0.476_045_171_419_779_4).abs() < 1e-9);
        assert_eq!(reliability.bins[0].confidence, None);
        let other = Reliability::of(&sixty(5), RELIABILITY_BINS);
        assert!((other.ece - 0.442_598_417_401_313_8).abs() < 1e-9);
        assert!((other.mce - 0.498_460_570_971_171).abs() < 1e-9);
    }

    #[test]
    fn a_model_that_keeps_its_word_has_no_error() {
        let rows = vec![vec![0.75, 0.25]; 4];
        let labels = named(&["a", "b"]);
        let honest = Predictions::new(&[0, 0, 0, 1], &rows, &labels).unwrap();
        let reliability = Reliability::of(&honest, 10);
        assert_eq!((reliability.ece, reliability.mce), (0.0, 0.0));
        let bin = &reliability.bins[7];
        assert_eq!((bin.low, bin.high, bin.texts), (0.7, 0.8, 4));
        assert_eq!((bin.confidence, bin.accuracy), (Some(0.75), Some(0.75)));
        let boastful = Predictions::new(&[1, 1, 1, 0], &rows, &labels).unwrap();
        assert_eq!(Reliability::of(&boastful, 10).ece, 0.5);
    }

    #[test]
    fn ends_belong_to_the_bin_below() {
        let rows = vec![vec![0.5, 0.5], vec![1.0, 0.0]];
        let predictions = Predictions::new(&[0, 0], &rows, &named(&["a", "b"])).unwrap();
        let texts = |bins| -> Vec<usize> {
            Reliability::of(&predictions, bins).bins.iter().map(|bin| bin.texts).collect()
        };
        assert_eq!(texts(2), [1, 1]);
        assert_eq!(texts(4), [0, 1, 0, 1]);
        assert_eq!(texts(0), [2]);
    }
}
