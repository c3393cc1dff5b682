//! The numbers of a task in which a text carries any number of labels.

use std::collections::BTreeMap;

use serde::Serialize;

use super::predictions::{Ranking, check_lengths};
use super::resampling::{Interval, Resampling};
use super::scores::{ClassScores, auroc, mean, ratio};
use crate::error::ModelError;

/// Holds the scores of a classification with any number of labels per text, each decided by itself at one threshold. F1 is 0
/// where nothing was there to be found and nothing was predicted, as scikit-learn's `zero_division=0` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MultiLabelScores {
    /// The number of texts.
    pub texts: usize,
    /// The probability from which a label counts as predicted.
    pub threshold: f32,
    /// F1 over all decisions, 0..1.
    pub micro_f1: f64,
    /// The mean of F1 over labels, 0..1.
    pub macro_f1: f64,
    /// The mean of F1 over texts, 0..1; a text without labels adds 0, even if none is predicted.
    pub samples_f1: f64,
    /// The share of texts with all decisions right, 0..1.
    pub subset_accuracy: f64,
    /// The share of decisions that are wrong, 0..1.
    pub hamming_loss: f64,
    /// The 95 % intervals by name, if they were asked for.
    pub intervals: BTreeMap<&'static str, Option<Interval>>,
    /// The scores per label.
    pub classes: Vec<ClassScores>,
}

/// Counts decisions.
#[derive(Clone, Copy, Default)]
struct Tally {
    hits: usize,
    support: usize,
    predicted: usize,
}

impl Tally {
    fn add(&mut self, truth: bool, guess: bool) {
        self.hits += usize::from(truth && guess);
        self.support += usize::from(truth);
        self.predicted += usize::from(guess);
    }

    fn f1(&self) -> f64 {
        ratio(2 * self.hits, self.support + self.predicted)
    }
}

/// Counts the decisions about some texts.
struct Decisions {
    all: Tally,
    per_label: Vec<Tally>,
    /// F1 of every text.
    text_scores: Vec<f64>,
    right_texts: usize,
    wrong: usize,
}

impl Decisions {
    fn count<'a>(
        texts: impl Iterator<Item = (&'a Vec<bool>, &'a Vec<f32>)>,
        labels: usize,
        threshold: f32,
    ) -> Self {
        let mut counted = Self {
            all: Tally::default(),
            per_label: vec![Tally::default(); labels],
            text_scores: Vec::new(),
            right_texts: 0,
            wrong: 0,
        };
        for (truths, row) in texts {
            let mut text = Tally::default();
            let mut mistakes = 0;
            for (label, (truth, probability)) in truths.iter().zip(row).enumerate() {
                let guess = *probability >= threshold;
                text.add(*truth, guess);
                counted.all.add(*truth, guess);
                counted.per_label[label].add(*truth, guess);
                mistakes += usize::from(*truth != guess);
            }
            counted.text_scores.push(text.f1());
            counted.right_texts += usize::from(mistakes == 0);
            counted.wrong += mistakes;
        }
        counted
    }

    /// Computes the numbers over all texts, in the order of [`MEASURES`].
    fn measures(&self) -> [f64; MEASURES.len()] {
        let texts = self.text_scores.len();
        let label_scores: Vec<f64> = self.per_label.iter().map(Tally::f1).collect();
        [
            self.all.f1(),
            mean(&label_scores),
            mean(&self.text_scores),
            ratio(self.right_texts, texts),
            ratio(self.wrong, texts * self.per_label.len()),
        ]
    }
}

/// Names the numbers over all texts.
const MEASURES: [&str; 5] =
    ["micro_f1", "macro_f1", "samples_f1", "subset_accuracy", "hamming_loss"];

impl MultiLabelScores {
    /// Scores probabilities against the truth: one row per text, one column per label in both.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when there are no texts or labels, when lengths differ, or when a probability or the threshold does
    /// not lie between 0 and 1.
    pub fn of(
        truth: &[Vec<bool>],
        probabilities: &[Vec<f32>],
        labels: &[String],
        threshold: f32,
    ) -> Result<Self, ModelError> {
        check(truth, probabilities, labels, threshold)?;
        let texts = truth.iter().zip(probabilities);
        let counted = Decisions::count(texts, labels.len(), threshold);
        let once = vec![1; truth.len()];
        let mut classes = Vec::with_capacity(labels.len());
        for (label, tally) in counted.per_label.iter().enumerate() {
            let column: Vec<f32> = probabilities.iter().map(|row| row[label]).collect();
            classes.push(ClassScores {
                label: labels[label].clone(),
                support: tally.support,
                precision: ratio(tally.hits, tally.predicted),
                recall: ratio(tally.hits, tally.support),
                f1: tally.f1(),
                auroc: auroc(&Ranking::of(&column), |text| truth[text][label], &once),
            });
        }
        let [micro_f1, macro_f1, samples_f1, subset_accuracy, hamming_loss] = counted.measures();
        Ok(Self {
            texts: truth.len(),
            threshold,
            micro_f1,
            macro_f1,
            samples_f1,
            subset_accuracy,
            hamming_loss,
            intervals: BTreeMap::new(),
            classes,
        })
    }

    /// Scores as [`Self::of`], with the intervals of the numbers over all texts.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn resampled(
        truth: &[Vec<bool>],
        probabilities: &[Vec<f32>],
        labels: &[String],
        threshold: f32,
        resampling: &Resampling,
    ) -> Result<Self, ModelError> {
        let scores = Self::of(truth, probabilities, labels, threshold)?;
        let intervals = resampling.intervals_of(truth.len(), |drawn| {
            let texts = drawn.iter().map(|text| (&truth[*text], &probabilities[*text]));
            Decisions::count(texts, labels.len(), threshold).measures().map(Some)
        });
        Ok(Self { intervals: MEASURES.into_iter().zip(intervals).collect(), ..scores })
    }
}

fn check(
    truth: &[Vec<bool>],
    probabilities: &[Vec<f32>],
    labels: &[String],
    threshold: f32,
) -> Result<(), ModelError> {
    check_lengths(truth.len(), probabilities.len())?;
    if labels.is_empty() {
        return Err(ModelError::Invalid(
            "a task needs labels, found `0`; name at least one".to_owned(),
        ));
    }
    if !(0.0..=1.0).contains(&threshold) {
        return Err(ModelError::Invalid(format!(
            "a threshold lies between 0 and 1, found `{threshold}`; 0.5 is usual"
        )));
    }
    for (text, (truths, row)) in truth.iter().zip(probabilities).enumerate() {
        if truths.len() != labels.len() || row.len() != labels.len() {
            return Err(ModelError::Invalid(format!(
                "text `{text}` has `{}` truths and `{}` probabilities for `{}` labels; pass one of both for each label",
                truths.len(),
                row.len(),
                labels.len(),
            )));
        }
        if let Some(wrong) = row.iter().find(|probability| !(0.0..=1.0).contains(*probability)) {
            return Err(ModelError::Invalid(format!(
                "probability `{wrong}` of text `{text}` does not lie between 0 and 1; pass the sigmoid of the logits"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::predictions::tests::named;
    use super::*;

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} != {expected}");
    }

    #[test]
    fn agrees_with_scikit_learn() {
        // scikit-learn 1.9.1 on the same 40 texts, `zero_division=0`; no text carries the last label.
        let (mut truth, mut rows) = (Vec::new(), Vec::new());
        for text in 0..40 {
            let step = |label: usize| (17 * text + 29 * label) % 19;
            rows.push((0..4).map(|label| (step(label) as f64 / 20.0 + 0.025) as f32).collect());
            let carries = |label| label < 3 && step(label) + (5 * text + 3 * label) % 7 > 14;
            truth.push((0..4).map(carries).collect());
        }
        let labels = named(&["a", "b", "c", "d"]);
        let scores = MultiLabelScores::of(&truth, &rows, &labels, 0.5).unwrap();
        let supports: Vec<usize> = scores.classes.iter().map(|class| class.support).collect();
        assert_eq!(supports, [14, 13, 13, 0]);
        assert_near(scores.classes[0].precision, 0.736_842_105_263_157_9);
        assert_near(scores.classes[0].recall, 1.0);
        assert_near(scores.classes[0].f1, 0.848_484_848_484_848_5);
        assert_near(scores.classes[1].f1, 0.8125);
        assert_eq!((scores.classes[3].recall, scores.classes[3].auroc), (0.0, None));
        assert_near(scores.micro_f1, 0.689_655_172_413_793_1);
        assert_near(scores.macro_f1, 0.618_371_212_121_212_1);
        assert_near(scores.samples_f1, 0.583_333_333_333_333_3);
        assert_near(scores.subset_accuracy, 0.35);
        assert_near(scores.hamming_loss, 0.225);
        assert!(scores.intervals.is_empty());
        let resampling = Resampling::new(7);
        let sure = MultiLabelScores::resampled(&truth, &rows, &labels, 0.5, &resampling).unwrap();
        // numpy 2.4: the mean of 40 texts of which 0.35 are right spreads by the root of 0.35 × 0.65 / 40 = 0.0754.
        let interval = sure.intervals["subset_accuracy"].unwrap();
        assert!((interval.high - interval.low - 2.0 * 1.96 * 0.0754).abs() < 0.04, "{interval:?}");
        let value = serde_json::to_value(&sure).unwrap();
        for (name, interval) in &sure.intervals {
            let (value, interval) = (value[name].as_f64().unwrap(), interval.unwrap());
            assert!(interval.low < value && value < interval.high, "{name}");
        }
        assert_eq!(sure.intervals.len(), 5);
        assert_eq!(MultiLabelScores { intervals: BTreeMap::new(), ..sure }, scores);
    }

    #[test]
    fn texts_without_labels_follow_scikit_learn() {
        // scikit-learn 1.9.1: f1_score(average="samples", zero_division=0) of [[0, 0], [1, 0]] and [[0, 0], [1, 1]] is 1/3.
        let truth = [vec![false, false], vec![true, false]];
        let rows = [vec![0.1, 0.2], vec![0.9, 0.5]];
        let scores = MultiLabelScores::of(&truth, &rows, &named(&["a", "b"]), 0.5).unwrap();
        assert_near(scores.samples_f1, 1.0 / 3.0);
        assert_eq!((scores.subset_accuracy, scores.hamming_loss), (0.5, 0.25));
        assert_eq!(scores.classes[0].auroc, Some(1.0));
    }

    #[test]
    fn faults_are_named() {
        let labels = named(&["a", "b"]);
        let truth = [vec![true, false]];
        let cases: [(&[Vec<f32>], f32, &str); 4] = [
            (&[], 0.5, "`1` and `0`"),
            (&[vec![0.5]], 0.5, "`2` truths and `1` probabilities"),
            (&[vec![0.5, f32::NAN]], 0.5, "probability `NaN` of text `0`"),
            (&[vec![0.5, 0.5]], 1.5, "found `1.5`"),
        ];
        for (rows, threshold, part) in cases {
            let error = MultiLabelScores::of(&truth, rows, &labels, threshold).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(MultiLabelScores::of(&[vec![]], &[vec![]], &[], 0.5).is_err());
    }
}
