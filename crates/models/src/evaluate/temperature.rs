//! The one number that makes the confidence of a trained model honest.

use serde::{Deserialize, Serialize};

use super::predictions::check_lengths;
use crate::error::ModelError;

/// The lowest temperature: logits are multiplied by 20 at most.
const LOWEST: f64 = 0.05;
/// The highest temperature.
const HIGHEST: f64 = 20.0;
/// Halvings of the interval of ln T, which is 6 wide: enough to leave nothing between two neighbouring numbers.
const HALVINGS: usize = 60;

/// Divides logits before the softmax (Platt scaling with one parameter; Guo et al. 2017, arXiv:1706.04599, section 4.2). It
/// changes how sure a model says it is, never which label it predicts. In JSON it is the plain number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Temperature(f64);

/// Is a text to fit a temperature on: what the head returns for it, and what would have been right.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationText<'a> {
    /// The logits, one per label.
    pub logits: &'a [f32],
    /// The labels that would be right, at least one: the probability that counts is their sum.
    pub accepted: &'a [usize],
    /// The labels that the data set uses, the accepted ones among them: the softmax is over these alone.
    pub allowed: &'a [usize],
    /// How much the text counts.
    pub weight: f64,
}

impl Temperature {
    /// Takes a temperature as it stands.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when it does not lie between 0.05 and 20.
    pub fn new(value: f64) -> Result<Self, ModelError> {
        if !(LOWEST..=HIGHEST).contains(&value) {
            return Err(ModelError::Invalid(format!(
                "a temperature lies between {LOWEST} and {HIGHEST}, found `{value}`; fit it on validation texts"
            )));
        }
        Ok(Self(value))
    }

    /// Fits the temperature on logits of validation texts (one row per text, one column per label) and their true classes: the
    /// one of least negative log-likelihood between 0.05 and 20, as [`Self::fit_texts`] counts it. Log-probabilities do as well as
    /// logits, for they differ by one number per text, which the softmax takes out.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when there are no texts, the lengths differ, a true class is no column, or a logit is not finite.
    pub fn fit(logits: &[Vec<f32>], truth: &[usize]) -> Result<Self, ModelError> {
        check_lengths(truth.len(), logits.len())?;
        let columns: Vec<usize> = (0..logits.iter().map(Vec::len).max().unwrap_or(0)).collect();
        let mut texts = Vec::with_capacity(truth.len());
        for (row, class) in logits.iter().zip(truth) {
            texts.push(CalibrationText {
                logits: row,
                accepted: std::slice::from_ref(class),
                allowed: &columns[..row.len()],
                weight: 1.0,
            });
        }
        Self::fit_texts(&texts)
    }

    /// Fits the temperature on texts of which several labels may be right, or whose data set uses only some of the labels.
    ///
    /// With one right label a text, the log-likelihood is concave in 1/T, so its slope crosses 0 once; halving the interval of ln T
    /// finds the place to the precision of the numbers, with the same steps on every machine.
    ///
    /// Of N texts, the label of each counts as right with a probability of (N + 1) / (N + 2) (Platt 1999, section 2.2): a few texts
    /// that happen to be all right do not prove a model that is never wrong.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when there are no texts, one accepts no label, a label has no logit, or a logit is not finite.
    pub fn fit_texts(texts: &[CalibrationText<'_>]) -> Result<Self, ModelError> {
        check_lengths(texts.len(), texts.len())?;
        for (number, text) in texts.iter().enumerate() {
            check(number, text)?;
        }
        let trust = (texts.len() as f64 + 1.0) / (texts.len() as f64 + 2.0);
        let (mut low, mut high) = (LOWEST.ln(), HIGHEST.ln());
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            let slope = slope(texts, (-middle).exp(), trust);
            if slope == 0.0 {
                return Self::new(middle.exp());
            }
            // A rising loss in 1/T asks for a smaller 1/T.
            if slope > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self::new(f64::midpoint(low, high).exp().clamp(LOWEST, HIGHEST))
    }

    /// Returns the number; 1 changes nothing, above 1 makes a model less sure.
    pub fn value(self) -> f64 {
        self.0
    }

    /// Turns the logits or log-probabilities of one text into probabilities.
    pub fn apply(self, logits: &[f32]) -> Vec<f32> {
        let scaled = softmax(logits, 1.0 / self.0);
        scaled.into_iter().map(|probability| probability as f32).collect()
    }
}

impl TryFrom<f64> for Temperature {
    type Error = ModelError;

    fn try_from(value: f64) -> Result<Self, ModelError> {
        Self::new(value)
    }
}

impl From<Temperature> for f64 {
    fn from(temperature: Temperature) -> Self {
        temperature.0
    }
}

/// Computes the softmax of logits times a factor.
fn softmax(logits: &[f32], factor: f64) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut powers: Vec<f64> =
        logits.iter().map(|z| (factor * (f64::from(*z) - f64::from(largest))).exp()).collect();
    let sum: f64 = powers.iter().sum();
    for power in &mut powers {
        *power /= sum;
    }
    powers
}

/// Checks a text to fit on; `number` is its place among all.
fn check(number: usize, text: &CalibrationText<'_>) -> Result<(), ModelError> {
    let labels = text.logits.len();
    if let Some(wrong) = text.accepted.iter().chain(text.allowed).find(|label| **label >= labels) {
        return Err(ModelError::Invalid(format!(
            "label `{wrong}` of text `{number}` names no logit; use an index below `{labels}`"
        )));
    }
    if text.accepted.is_empty() {
        return Err(ModelError::Invalid(format!(
            "text `{number}` has `0` labels that would be right; leave it out"
        )));
    }
    if let Some(logit) = text.logits.iter().find(|logit| !logit.is_finite()) {
        return Err(ModelError::Invalid(format!(
            "logit `{logit}` of text `{number}` is not finite; pass what the head returns, or logs of probabilities above 0"
        )));
    }
    Ok(())
}

/// Computes the derivative of the summed negative log-likelihood by the factor 1/T: the logit that is expected among the allowed
/// labels minus those that are expected among the accepted ones and the others, weighed by the trust in the former.
fn slope(texts: &[CalibrationText<'_>], factor: f64, trust: f64) -> f64 {
    let mut sum = 0.0;
    for text in texts {
        let origin = f64::from(text.logits[text.accepted[0]]);
        let expected = |labels: &[usize]| {
            let logits: Vec<f32> = labels.iter().map(|label| text.logits[*label]).collect();
            let shares = softmax(&logits, factor);
            let pairs = shares.iter().zip(&logits);
            pairs.map(|(share, logit)| share * (f64::from(*logit) - origin)).sum::<f64>()
        };
        let others: Vec<usize> =
            text.allowed.iter().copied().filter(|label| !text.accepted.contains(label)).collect();
        if !others.is_empty() {
            let wanted = trust * expected(text.accepted) + (1.0 - trust) * expected(&others);
            sum += text.weight * (expected(text.allowed) - wanted);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns log-probabilities of the predictions that other tests use, with the truth.
    fn sixty(shift: usize) -> (Vec<Vec<f32>>, Vec<usize>) {
        let (mut rows, mut truth) = (Vec::new(), Vec::new());
        for text in 0..60 {
            let class = (7 * text + text / 5) % 3;
            let bonus = |label| if label == class { 12 } else { 0 };
            let weight = |label| (37 * text + 53 * label + shift) % 23 + 1 + bonus(label);
            rows.push((0..3).map(|label| (weight(label) as f32).ln()).collect());
            truth.push(class);
        }
        (rows, truth)
    }

    fn loss(logits: &[Vec<f32>], truth: &[usize], temperature: Temperature) -> f64 {
        let pairs = logits.iter().zip(truth);
        let sum: f64 =
            pairs.map(|(row, class)| -softmax(row, 1.0 / temperature.0)[*class].ln()).sum();
        sum / truth.len() as f64
    }

    #[test]
    fn fit_agrees_with_numpy() {
        // numpy 2.4, golden section search over ln T; `least` is the loss without Platt's share for the other labels.
        let expected = [(0, 0.380_105_477, 0.756_889_478), (5, 0.285_968_474, 0.746_715_124)];
        for (shift, value, least) in expected {
            let (logits, truth) = sixty(shift);
            let temperature = Temperature::fit(&logits, &truth).unwrap();
            assert!((temperature.value() - value).abs() < 1e-6, "{temperature:?}");
            assert!((loss(&logits, &truth, temperature) - least).abs() < 1e-6);
        }
    }

    #[test]
    fn larger_logits_ask_for_a_larger_temperature() {
        let (logits, truth) = sixty(0);
        let scaled: Vec<Vec<f32>> =
            logits.iter().map(|row| row.iter().map(|z| 8.0 * z + 3.0).collect()).collect();
        let (one, eight) = (
            Temperature::fit(&logits, &truth).unwrap(),
            Temperature::fit(&scaled, &truth).unwrap(),
        );
        assert!((eight.value() / one.value() - 8.0).abs() < 1e-4, "{eight:?}");
        let (plain, shifted) = (one.apply(&logits[3]), eight.apply(&scaled[3]));
        for (a, b) in plain.iter().zip(&shifted) {
            assert!((a - b).abs() < 1e-5);
        }
        assert!((plain.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn bounds_hold_and_silence_changes_nothing() {
        // One text that is right: a probability of 2/3.
        let right = Temperature::fit(&[vec![1.0, 0.0]], &[0]).unwrap();
        assert!((right.value() - 1.0 / 2f64.ln()).abs() < 1e-9);
        let wrong = Temperature::fit(&[vec![1.0, 0.0]], &[1]).unwrap();
        assert!((wrong.value() - HIGHEST).abs() < 1e-9);
        let silent = Temperature::fit(&[vec![2.0, 2.0]], &[1]).unwrap();
        assert!((silent.value() - 1.0).abs() < 1e-12);
        assert_eq!(Temperature::new(1.0).unwrap().apply(&[0.0, 0.0]), [0.5, 0.5]);
    }

    #[test]
    fn labels_that_would_be_right_count_together() {
        // Nearly always one of two labels with logit 1 is right, in a `share` of cases: 2 exp(1 / T) / (2 exp(1 / T) + 1) = share at
        // T = 1 / ln(share / (2 - 2 share)). The logit of 9 is that of a label that the data set does not use.
        let logits = [1.0, 1.0, 0.0, 9.0];
        let text = |accepted: &'static [usize], weight: f64| CalibrationText {
            logits: &logits,
            accepted,
            allowed: &[0, 1, 2],
            weight,
        };
        let texts = [text(&[0, 1], 31.0), text(&[2], 1.0)];
        let share: f64 = (31.0 * 0.75 + 0.25) / 32.0;
        let expected = 1.0 / (share / (2.0 - 2.0 * share)).ln();
        let temperature = Temperature::fit_texts(&texts).unwrap();
        assert!((temperature.value() - expected).abs() < 1e-9, "{temperature:?}");
        let error = Temperature::fit_texts(&[text(&[], 1.0)]).unwrap_err().to_string();
        assert!(error.contains("text `0`"), "{error}");
    }

    #[test]
    fn wrong_values_are_refused() {
        let cases = [
            (Temperature::new(0.0), "`0`"),
            (Temperature::new(f64::NAN), "`NaN`"),
            (Temperature::fit(&[], &[]), "`0` texts"),
            (Temperature::fit(&[vec![0.0, 1.0]], &[2]), "label `2` of text `0`"),
            (Temperature::fit(&[vec![0.0, f32::NEG_INFINITY]], &[0]), "logit `-inf`"),
        ];
        for (result, part) in cases {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(serde_json::from_str::<Temperature>("21").is_err());
        let json = serde_json::to_string(&Temperature::new(1.5).unwrap()).unwrap();
        assert_eq!(json, "1.5");
    }
}
