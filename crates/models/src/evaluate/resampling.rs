//! How sure a measured number is: intervals by drawing the texts again.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::named::Measure;
use super::predictions::Predictions;
use super::scores::Scores;
use crate::error::ModelError;

/// The share that each end of an interval leaves out.
const TAIL: f64 = 0.025;
/// The share of draws in which a measure may be undefined before its interval is.
const UNDEFINED: f64 = 0.05;

/// Holds the ends of a 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Holds a measure of two models on the same texts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The number of the first model; nothing where it is undefined.
    pub first: Option<f64>,
    /// The number of the second model; nothing where it is undefined.
    pub second: Option<f64>,
    /// The interval of first minus second; one that holds 0 tells no difference.
    pub interval: Option<Interval>,
}

/// Draws as many texts as there are, with replacement, again and again (the bootstrap; Efron 1979, Ann. Stat. 7, 1) and takes the
/// percentiles of what a measure says. Equal seeds draw equal texts on every machine, through ChaCha with 8 rounds.
#[derive(Clone, Copy, Debug)]
pub struct Resampling {
    /// How often all texts are drawn.
    pub resamples: usize,
    /// The seed of the draws.
    pub seed: u64,
}

impl Resampling {
    /// Draws 1000 times.
    pub fn new(seed: u64) -> Self {
        Self { resamples: 1000, seed }
    }

    /// Computes the 95 % interval of any number over texts: `statistic` gets the indexes of the drawn texts. Nothing comes back
    /// without texts or draws, or if the number is undefined in more than 5 % of the draws.
    pub fn interval(
        &self,
        texts: usize,
        mut statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        let mut values = Vec::with_capacity(self.resamples);
        self.each_draw(texts, |drawn| values.push(statistic(drawn)));
        percentiles(&values)
    }

    /// Computes the 95 % intervals of several numbers over texts, all on the same draws.
    pub(crate) fn intervals_of<const N: usize>(
        &self,
        texts: usize,
        mut statistics: impl FnMut(&[usize]) -> [Option<f64>; N],
    ) -> [Option<Interval>; N] {
        let mut values = [const { Vec::new() }; N];
        self.each_draw(texts, |drawn| {
            for (values, value) in values.iter_mut().zip(statistics(drawn)) {
                values.push(value);
            }
        });
        values.map(|values| percentiles(&values))
    }

    /// Computes the 95 % intervals of measures, all on the same draws.
    pub fn intervals(
        &self,
        predictions: &Predictions,
        measures: &[&Measure],
    ) -> Vec<Option<Interval>> {
        let mut values = vec![Vec::with_capacity(self.resamples); measures.len()];
        self.each_draw(predictions.texts(), |drawn| {
            let scores = Scores::repeated(predictions, &counts(drawn));
            for (values, measure) in values.iter_mut().zip(measures) {
                values.push((measure.of)(&scores));
            }
        });
        values.iter().map(|values| percentiles(values)).collect()
    }

    /// Compares a measure of two models, text by text: both are scored on the same draws.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when the two were not asked about the same texts with the same labels.
    pub fn difference(
        &self,
        first: &Predictions,
        second: &Predictions,
        measure: &Measure,
    ) -> Result<Difference, ModelError> {
        first.check_same_texts(second)?;
        let interval = self.interval(first.texts(), |drawn| {
            let counts = counts(drawn);
            let value = |predictions| (measure.of)(&Scores::repeated(predictions, &counts));
            Some(value(first)? - value(second)?)
        });
        let value = |predictions| (measure.of)(&Scores::of(predictions));
        Ok(Difference { first: value(first), second: value(second), interval })
    }

    /// Shows every draw.
    fn each_draw(&self, texts: usize, mut show: impl FnMut(&[usize])) {
        if texts == 0 {
            return;
        }
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut drawn = vec![0; texts];
        for _ in 0..self.resamples {
            for text in &mut drawn {
                *text = random.random_range(0..texts);
            }
            show(&drawn);
        }
    }
}

/// Counts how often each text was drawn; there are as many draws as texts.
fn counts(drawn: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; drawn.len()];
    for text in drawn {
        counts[*text] += 1;
    }
    counts
}

fn percentiles(values: &[Option<f64>]) -> Option<Interval> {
    let mut defined: Vec<f64> =
        values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    let missing = values.len() - defined.len();
    if defined.is_empty() || missing as f64 > UNDEFINED * values.len() as f64 {
        return None;
    }
    defined.sort_by(f64::total_cmp);
    Some(Interval { low: quantile(&defined, TAIL), high: quantile(&defined, 1.0 - TAIL) })
}

/// Reads a quantile of sorted values, linear between two of them (Hyndman and Fan 1996, type 7, the default of numpy and R).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::super::named::{MEASURES, measure};
    use super::super::predictions::tests::{named, sixty};
    use super::*;

    #[test]
    fn quantiles_agree_with_numpy() {
        // numpy 2.4.6: quantile([1, 2, 3, 4, 10], [0.025, 0.975]).
        let values = [10.0, 1.0, 3.0, 2.0, 4.0].map(Some);
        let interval = percentiles(&values).unwrap();
        assert!((interval.low - 1.1).abs() < 1e-12 && (interval.high - 9.4).abs() < 1e-12);
    }

    #[test]
    fn accuracy_has_the_width_of_its_binomial() {
        // 800 of 1000 right: the normal interval is 0.8 ± 1.96 √(0.8 · 0.2 / 1000) = 0.7752 … 0.8248.
        let interval = Resampling::new(7).interval(1000, |drawn| {
            Some(drawn.iter().filter(|text| **text < 800).count() as f64 / drawn.len() as f64)
        });
        let interval = interval.unwrap();
        assert!((interval.low - 0.7752).abs() < 0.004, "{interval:?}");
        assert!((interval.high - 0.8248).abs() < 0.004, "{interval:?}");
    }

    #[test]
    fn equal_seeds_give_equal_intervals_around_the_value() {
        let predictions = sixty(0);
        let all: Vec<&Measure> = MEASURES.iter().collect();
        let first = Resampling::new(1).intervals(&predictions, &all);
        assert_eq!(first, Resampling::new(1).intervals(&predictions, &all));
        assert_ne!(first, Resampling::new(2).intervals(&predictions, &all));
        let scores = Scores::of(&predictions);
        for (measure, interval) in MEASURES.iter().zip(first) {
            let (value, interval) = ((measure.of)(&scores).unwrap(), interval.unwrap());
            assert!(interval.low <= value && value <= interval.high, "{}", measure.name);
        }
    }

    #[test]
    fn undefined_draws_take_the_interval_away() {
        let resampling = Resampling { resamples: 100, seed: 3 };
        assert_eq!(resampling.interval(10, |drawn| (drawn[0] != 0).then_some(1.0)), None);
        assert_eq!(resampling.interval(0, |_| Some(1.0)), None);
        assert_eq!(Resampling { resamples: 0, seed: 3 }.interval(10, |_| Some(1.0)), None);
        let rows = vec![vec![0.5, 0.5]; 3];
        let one = Predictions::new(&[0, 0, 0], &rows, &named(&["a", "b"])).unwrap();
        assert_eq!(resampling.intervals(&one, &[measure("mcc").unwrap()]), [None]);
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let accuracy = measure("accuracy").unwrap();
        let resampling = Resampling::new(5);
        let same = resampling.difference(&sixty(0), &sixty(0), accuracy).unwrap();
        assert_eq!(same.interval, Some(Interval { low: 0.0, high: 0.0 }));
        // scikit-learn 1.9.1: accuracies 0.38333 and 0.51667; 15 texts only the first has right, 23 only the second. The
        // variance of the paired difference is (38 - 8² / 60) / 60², so the normal interval is -0.1333 ± 0.1985.
        let other = resampling.difference(&sixty(0), &sixty(5), accuracy).unwrap();
        let interval = other.interval.unwrap();
        assert!((interval.low + 0.3318).abs() < 0.03, "{interval:?}");
        assert!((interval.high - 0.0652).abs() < 0.03, "{interval:?}");
        assert!((other.first.unwrap() - 23.0 / 60.0).abs() < 1e-12);
    }

    #[test]
    fn other_texts_are_refused() {
        let accuracy = measure("accuracy").unwrap();
        let labels = named(&["negative", "neutral", "positive"]);
        let rows = vec![vec![0.5, 0.25, 0.25]; 60];
        let other = Predictions::new(&[0; 60], &rows, &labels).unwrap();
        let error = Resampling::new(0).difference(&sixty(0), &other, accuracy).unwrap_err();
        assert!(error.to_string().contains("text `1` differs"), "{error}");
        let other = Predictions::new(&[0], &[vec![0.5, 0.5]], &named(&["a", "b"])).unwrap();
        let error = Resampling::new(0).difference(&sixty(0), &other, accuracy).unwrap_err();
        assert!(error.to_string().contains("`a, b`"), "{error}");
    }
}
