//! The numbers of a task whose answer is a rating.

use std::collections::BTreeMap;

use serde::Serialize;

use super::predictions::check_lengths;
use super::resampling::{Interval, Resampling};
use super::scores::mean;
use crate::error::ModelError;

/// Holds the scores of predicted ratings. What is undefined on these texts is nothing; no number is NaN.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RatingScores {
    /// The number of texts.
    pub texts: usize,
    /// The mean squared error, in squared units of the ratings.
    pub mse: f64,
    /// The mean absolute error, in units of the ratings.
    pub mae: f64,
    /// The correlation of Pearson, -1..1; nothing if truth or prediction never changes.
    pub pearson: Option<f64>,
    /// The correlation of Spearman, -1..1: that of Pearson on ranks, equal values sharing their mean rank; nothing likewise.
    pub spearman: Option<f64>,
    /// Cohen's kappa with quadratic weights, -1..1, on ratings brought to the nearest step (Cohen 1968, Psychol. Bull. 70, 213);
    /// nothing if all of them are at one and the same step.
    pub quadratic_weighted_kappa: Option<f64>,
    /// The 95 % intervals by name, if they were asked for.
    pub intervals: BTreeMap<&'static str, Option<Interval>>,
}

/// Names the numbers.
const MEASURES: [&str; 5] = ["mse", "mae", "pearson", "spearman", "quadratic_weighted_kappa"];

impl RatingScores {
    /// Scores predicted ratings against true ones on a scale, the list of its steps in rising order, such as 1, 1.5, 2. Ratings may
    /// lie between the steps, predictions beyond them too; for kappa they are brought to the nearest step, of two to the higher.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when there are no texts, the lengths differ, the scale has fewer than two steps or they do not rise, a
    /// rating is not finite, or a true one lies beyond the scale.
    pub fn of(truth: &[f64], predicted: &[f64], scale: &[f64]) -> Result<Self, ModelError> {
        check(truth, predicted, scale)?;
        let [mse, mae, pearson, spearman, quadratic_weighted_kappa] =
            measures(truth, predicted, scale);
        Ok(Self {
            texts: truth.len(),
            mse: mse.unwrap_or_default(),
            mae: mae.unwrap_or_default(),
            pearson,
            spearman,
            quadratic_weighted_kappa,
            intervals: BTreeMap::new(),
        })
    }

    /// Scores as [`Self::of`], with the interval of every number.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn resampled(
        truth: &[f64],
        predicted: &[f64],
        scale: &[f64],
        resampling: &Resampling,
    ) -> Result<Self, ModelError> {
        let scores = Self::of(truth, predicted, scale)?;
        let intervals = resampling.intervals_of(truth.len(), |drawn| {
            let of = |values: &[f64]| drawn.iter().map(|text| values[*text]).collect::<Vec<_>>();
            measures(&of(truth), &of(predicted), scale)
        });
        Ok(Self { intervals: MEASURES.into_iter().zip(intervals).collect(), ..scores })
    }
}

/// Computes the numbers of at least one text, in the order of [`MEASURES`].
fn measures(truth: &[f64], predicted: &[f64], scale: &[f64]) -> [Option<f64>; MEASURES.len()] {
    let apart: Vec<f64> = truth.iter().zip(predicted).map(|(a, b)| (a - b).abs()).collect();
    let squares: Vec<f64> = apart.iter().map(|distance| distance * distance).collect();
    [
        Some(mean(&squares)),
        Some(mean(&apart)),
        correlation(truth, predicted),
        correlation(&ranks(truth), &ranks(predicted)),
        kappa(&steps(truth, scale), &steps(predicted, scale)),
    ]
}

/// Gives the steps of a scale by the names of its labels.
///
/// # Errors
/// [`ModelError::Invalid`] when a label is no number.
pub fn rating_steps(labels: &[String]) -> Result<Vec<f64>, ModelError> {
    let steps = labels.iter().map(|label| label.trim().parse::<f64>());
    steps.collect::<Result<_, _>>().map_err(|_| {
        let found = labels.join("`, `");
        ModelError::Invalid(format!(
            "the steps of a rating are numbers, found `{found}`; train the model again"
        ))
    })
}

/// Gives the rating that is expected when the steps have these probabilities.
pub fn expected_rating(steps: &[f64], probabilities: &[f32]) -> f64 {
    steps.iter().zip(probabilities).map(|(step, share)| step * f64::from(*share)).sum()
}

fn check(truth: &[f64], predicted: &[f64], scale: &[f64]) -> Result<(), ModelError> {
    check_lengths(truth.len(), predicted.len())?;
    let rises = scale.windows(2).all(|pair| pair[0] < pair[1]);
    let (lowest, highest) = match scale {
        [lowest, .., highest] if rises => (*lowest, *highest),
        _ => {
            return Err(ModelError::Invalid(format!(
                "a scale has at least two steps in rising order, found `{scale:?}`; list each rating once"
            )));
        }
    };
    for (text, (truth, predicted)) in truth.iter().zip(predicted).enumerate() {
        if !(lowest..=highest).contains(truth) {
            return Err(ModelError::Invalid(format!(
                "the rating `{truth}` of text `{text}` does not lie on the scale `{lowest}..={highest}`; correct either"
            )));
        }
        if !predicted.is_finite() {
            return Err(ModelError::Invalid(format!(
                "the predicted rating `{predicted}` of text `{text}` is not finite; check the model"
            )));
        }
    }
    Ok(())
}

/// Brings ratings to the nearest step of the scale, of two equally near to the higher.
fn steps(ratings: &[f64], scale: &[f64]) -> Vec<f64> {
    let mut nearest = Vec::with_capacity(ratings.len());
    for rating in ratings {
        let mut best = scale[0];
        for step in scale {
            if (rating - step).abs() <= (rating - best).abs() {
                best = *step;
            }
        }
        nearest.push(best);
    }
    nearest
}

fn never_changes(values: &[f64]) -> bool {
    values.iter().all(|value| *value == values[0])
}

/// Computes the correlation of Pearson.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    if never_changes(a) || never_changes(b) {
        return None;
    }
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut squares_a, mut squares_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        both += (a - mean_a) * (b - mean_b);
        squares_a += (a - mean_a).powi(2);
        squares_b += (b - mean_b).powi(2);
    }
    let scale = squares_a.sqrt() * squares_b.sqrt();
    (scale > 0.0 && scale.is_finite()).then(|| (both / scale).clamp(-1.0, 1.0))
}

/// Ranks values from 1; equal ones share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        for index in &order[start..end] {
            ranks[*index] = (start + 1 + end) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

/// Computes kappa with quadratic weights: 1 minus the squared distances by those that independent ratings would have. The expected
/// squared distance of independent ratings needs no table: it is the sum of both variances and the squared gap of the means.
fn kappa(truth: &[f64], predicted: &[f64]) -> Option<f64> {
    let (mean_truth, mean_predicted) = (mean(truth), mean(predicted));
    let mut observed = 0.0;
    let mut expected = truth.len() as f64 * (mean_truth - mean_predicted).powi(2);
    for (truth, predicted) in truth.iter().zip(predicted) {
        observed += (truth - predicted).powi(2);
        expected += (truth - mean_truth).powi(2) + (predicted - mean_predicted).powi(2);
    }
    let is_one_rating =
        never_changes(truth) && never_changes(predicted) && truth[0] == predicted[0];
    (!is_one_rating).then(|| 1.0 - observed / expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scale of most tests.
    const STARS: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

    #[test]
    fn agrees_with_scikit_learn_and_scipy() {
        // scikit-learn 1.9.1 (errors, kappa) and scipy 1.17.1 (correlations) on the same 30 ratings.
        let (mut truth, mut predicted) = (Vec::new(), Vec::new());
        for text in 0..30_i32 {
            let rating = f64::from((3 * text + text / 4) % 5 + 1);
            truth.push(rating);
            predicted.push(rating + f64::from((7 * text) % 11 - 5) / 4.0);
        }
        let scores = RatingScores::of(&truth, &predicted, &STARS).unwrap();
        let pairs = [
            (scores.mse, 0.633_333_333_333_333_3),
            (scores.mae, 0.683_333_333_333_333_3),
            (scores.pearson.unwrap(), 0.908_670_273_125_628_4),
            (scores.spearman.unwrap(), 0.907_622_834_851_726),
            (scores.quadratic_weighted_kappa.unwrap(), 0.905_808_477_237_048_9),
        ];
        for (found, expected) in pairs {
            assert!((found - expected).abs() < 1e-12, "{found} != {expected}");
        }
        assert!(scores.intervals.is_empty());
        let sure =
            RatingScores::resampled(&truth, &predicted, &STARS, &Resampling::new(7)).unwrap();
        // The distances are -5/4 … 5/4 in quarters, nearly evenly: their mean spreads by 0.4067 / √30, normally 0.0743.
        let interval = sure.intervals["mae"].unwrap();
        assert!((interval.high - interval.low - 2.0 * 1.96 * 0.0743).abs() < 0.04, "{interval:?}");
        let value = serde_json::to_value(&sure).unwrap();
        for (name, interval) in &sure.intervals {
            let (value, interval) = (value[name].as_f64().unwrap(), interval.unwrap());
            assert!(interval.low < value && value < interval.high, "{name}");
        }
        assert_eq!(sure.intervals.len(), 5);
        assert_eq!(RatingScores { intervals: BTreeMap::new(), ..sure }, scores);
    }

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
    }

    #[test]
    fn perfect_and_reversed_ratings_are_the_ends() {
        let truth = [1.0, 2.0, 3.0, 4.0, 5.0];
        let perfect = RatingScores::of(&truth, &truth, &STARS).unwrap();
        assert_eq!((perfect.mse, perfect.quadratic_weighted_kappa), (0.0, Some(1.0)));
        let reversed = RatingScores::of(&truth, &[5.0, 4.0, 3.0, 2.0, 1.0], &STARS).unwrap();
        assert!((reversed.spearman.unwrap() + 1.0).abs() < 1e-12);
        assert!((reversed.quadratic_weighted_kappa.unwrap() + 1.0).abs() < 1e-12);
    }

    #[test]
    fn half_steps_are_steps() {
        let scale = [0.5, 1.0, 1.5, 2.0];
        assert_eq!(steps(&[-3.0, 0.7, 1.25, 1.6, 9.0], &scale), [0.5, 0.5, 1.5, 1.5, 2.0]);
        let truth = [0.5, 1.5, 2.0, 1.0];
        let perfect = RatingScores::of(&truth, &truth, &scale).unwrap();
        assert_eq!((perfect.mse, perfect.quadratic_weighted_kappa), (0.0, Some(1.0)));
    }

    #[test]
    fn what_never_changes_has_no_correlation() {
        let scores = RatingScores::of(&[0.1, 0.1, 0.1], &[0.1, 0.1, 0.1], &[0.0, 1.0]).unwrap();
        assert_eq!((scores.pearson, scores.spearman), (None, None));
        assert_eq!(scores.quadratic_weighted_kappa, None);
        let scores = RatingScores::of(&[1.0, 2.0], &[9.0, 9.0], &STARS).unwrap();
        assert_eq!((scores.pearson, scores.quadratic_weighted_kappa), (None, Some(0.0)));
    }

    #[test]
    fn faults_are_named() {
        let cases = [
            (RatingScores::of(&[1.0], &[], &STARS), "`1` and `0`"),
            (RatingScores::of(&[1.0], &[1.0], &[5.0]), "`[5.0]`"),
            (RatingScores::of(&[1.0], &[1.0], &[1.0, 1.0]), "`[1.0, 1.0]`"),
            (RatingScores::of(&[6.0], &[1.0], &STARS), "rating `6` of text `0`"),
            (RatingScores::of(&[f64::NAN], &[1.0], &STARS), "rating `NaN`"),
            (RatingScores::of(&[1.0], &[f64::INFINITY], &STARS), "predicted rating `inf`"),
        ];
        for (result, part) in cases {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
