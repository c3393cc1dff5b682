//! Forecasts: what the next buckets of a series hold, and how sure that is.
//!
//! [`FORECASTERS`] lists the methods. The ensemble asks each of them at several moments of the past what came next ("rolling origin",
//! Tashman 2000), and counts on those that were near. The same errors make the intervals: conformal prediction (Vovk et al. 2005; for
//! series Xu and Xie 2021, arXiv:2010.09107) takes them as they were, whatever their distribution.

mod conformal;
mod ensemble;
mod ets;
mod mstl;
mod naive;
mod season;
mod simplex;
mod theta;

pub use season::periods_of;

use crate::InsightError;
use conformal::Errors;

/// Gives the next values, given values, the periods that fit into them, the shortest first, and how many values are wanted; none if the
/// values are too few for it.
type Method = fn(&[f64], &[usize], usize) -> Option<Vec<f64>>;

/// Is a way to forecast.
pub struct ForecasterKind {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    method: Method,
}

/// All methods but the ensemble, which is made of them.
pub const FORECASTERS: &[ForecasterKind] = &[
    ForecasterKind {
        name: "seasonal_naive",
        about: "what was a period ago",
        method: naive::forecast,
    },
    ForecasterKind {
        name: "theta",
        about: "half the trend and simple exponential smoothing, of what is left without the season",
        method: theta::forecast,
    },
    ForecasterKind {
        name: "ets",
        about: "exponential smoothing with a damped trend and a season",
        method: ets::forecast,
    },
    ForecasterKind {
        name: "mstl",
        about: "several seasons taken apart, and exponential smoothing of the rest",
        method: mstl::forecast,
    },
    ForecasterKind {
        name: "mstl_log",
        about: "as mstl, for seasons that grow with the level",
        method: mstl::forecast_log,
    },
];

/// The name of the ensemble.
pub const ENSEMBLE: &str = "ensemble";

/// How many of the latest values are learnt from, in the longest period, and at least.
const PERIODS_KEPT: usize = 8;
const VALUES_KEPT: usize = 2_000;

/// Says what is forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastOptions {
    /// How many values are wanted.
    pub horizon: usize,
    /// Percentages of the intervals, over 0 and under 100.
    pub levels: Vec<f64>,
    /// The periods that may be in the values, in buckets.
    pub periods: Vec<usize>,
    /// The method, or the ensemble of all.
    pub method: String,
}

/// Is an interval in which the value lies with a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The probability in percent.
    pub level: f64,
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

/// Says what comes next.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The values.
    pub values: Vec<f64>,
    /// The intervals of every value; none if the series is too short to have erred.
    pub intervals: Vec<Vec<Interval>>,
    /// How much each method counts.
    pub weights: Vec<(&'static str, f64)>,
    /// At how many moments of the past the methods were asked.
    pub origins: usize,
}

/// Forecasts a series of values. Values that were never negative are forecast as such.
///
/// # Errors
/// Fails without values, if one is not finite, if the horizon is 0, if a level is impossible, and if there is no such method.
pub fn forecast(values: &[f64], options: &ForecastOptions) -> Result<Forecast, InsightError> {
    if values.is_empty() {
        return Err(InsightError::NoBuckets);
    }
    if let Some(bucket) = values.iter().position(|value| !value.is_finite()) {
        return Err(InsightError::BucketNotFinite { bucket, value: values[bucket] });
    }
    if options.horizon == 0 {
        return Err(InsightError::Horizon);
    }
    if let Some(level) = options.levels.iter().find(|level| !(**level > 0.0 && **level < 100.0)) {
        return Err(InsightError::Level(*level));
    }
    let kinds: Vec<&ForecasterKind> = FORECASTERS
        .iter()
        .filter(|kind| options.method == ENSEMBLE || options.method == kind.name)
        .collect();
    if kinds.is_empty() {
        let known: Vec<&str> = FORECASTERS.iter().map(|kind| kind.name).chain([ENSEMBLE]).collect();
        let name = options.method.clone();
        return Err(InsightError::UnknownForecaster { name, known: known.join(", ") });
    }
    let longest = options.periods.iter().copied().max().unwrap_or(1);
    let kept = (PERIODS_KEPT * longest).max(VALUES_KEPT).min(values.len());
    let values = &values[values.len() - kept..];
    let past = ensemble::ask(values, &kinds, &options.periods, options.horizon);
    let weights = ensemble::weights(&past, None, kinds.len());
    let now = ensemble::of_all(values, &kinds, &options.periods, options.horizon);
    let is_count = values.iter().all(|value| *value >= 0.0);
    let bounded = |value: f64| if is_count { value.max(0.0) } else { value };
    let combined = ensemble::combined(&now, &weights, options.horizon);
    let errors = Errors::of(&past, kinds.len(), options.horizon, bounded);
    let intervals = (0..options.horizon).map(|lead| {
        let at = |level: &f64| {
            let reach = errors.reach(lead, *level);
            let (lower, upper) = (bounded(combined[lead] - reach), combined[lead] + reach);
            Interval { level: *level, lower, upper: bounded(upper) }
        };
        if errors.is_empty() { Vec::new() } else { options.levels.iter().map(at).collect() }
    });
    let names = kinds.iter().map(|kind| kind.name);
    Ok(Forecast {
        intervals: intervals.collect(),
        values: combined.iter().copied().map(bounded).collect(),
        weights: names.zip(weights).filter(|(_, weight)| *weight > 0.0).collect(),
        origins: past.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn options(horizon: usize, periods: &[usize], method: &str) -> ForecastOptions {
        let levels = vec![80.0, 95.0];
        ForecastOptions { horizon, levels, periods: periods.to_vec(), method: method.to_owned() }
    }

    /// A rhythm of the day on a level that grows, with noise.
    fn daily(days: usize, noise: f64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let value = |hour: usize| {
            let rhythm = 30.0 * (hour as f64 * std::f64::consts::TAU / 24.0).sin();
            100.0 + hour as f64 * 0.05 + rhythm + random.random_range(-1.0..1.0) * noise
        };
        (0..days * 24).map(value).collect()
    }

    #[test]
    fn every_method_follows_a_rhythm() {
        let all = daily(22, 2.0);
        let (past, next) = all.split_at(20 * 24);
        for name in FORECASTERS.iter().map(|kind| kind.name).chain([ENSEMBLE]) {
            let found = forecast(past, &options(48, &[24], name)).unwrap();
            let error: f64 =
                found.values.iter().zip(next).map(|(a, b)| (a - b).abs()).sum::<f64>() / 48.0;
            assert!(error < 4.0, "{name}: {error}");
            assert!((found.weights.iter().map(|weight| weight.1).sum::<f64>() - 1.0).abs() < 1e-9);
            let inside = |at: usize| {
                let interval = found.intervals[at][1];
                (interval.lower..=interval.upper).contains(&next[at])
            };
            assert!((0..48).filter(|at| inside(*at)).count() >= 40, "{name}");
            assert!(
                found
                    .intervals
                    .iter()
                    .all(|at| at[0].upper - at[0].lower <= at[1].upper - at[1].lower)
            );
        }
    }

    #[test]
    fn short_and_odd_series_are_forecast() {
        for values in [
            vec![5.0],
            vec![5.0, 7.0],
            vec![0.0; 300],
            vec![3.0; 40],
            vec![-2.0, -3.0, -4.0, -3.0, -2.0],
        ] {
            let found = forecast(&values, &options(6, &[24, 168], ENSEMBLE)).unwrap();
            assert_eq!(found.values.len(), 6, "{values:?}");
            assert!(found.values.iter().all(|value| value.is_finite()), "{found:?}");
        }
        let falling: Vec<f64> = (0..60).map(|at| f64::from((60 - at) / 2)).collect();
        let found = forecast(&falling, &options(20, &[], ENSEMBLE)).unwrap();
        assert!(found.values.iter().all(|value| *value >= 0.0));
        assert!(found.intervals.iter().flatten().all(|interval| interval.lower >= 0.0));
    }

    #[test]
    fn impossible_wishes_are_refused() {
        let refused = |values: &[f64], options: ForecastOptions| {
            forecast(values, &options).unwrap_err().to_string()
        };
        assert!(refused(&[], options(3, &[], ENSEMBLE)).contains("no bucket"));
        assert!(refused(&[1.0, f64::INFINITY], options(3, &[], ENSEMBLE)).contains("bucket `1`"));
        assert!(refused(&[1.0], options(0, &[], ENSEMBLE)).contains("horizon"));
        assert!(refused(&[1.0], options(3, &[], "oracle")).contains("seasonal_naive"));
        let mut far = options(3, &[], ENSEMBLE);
        far.levels = vec![100.0];
        assert!(refused(&[1.0], far).contains("`100`"));
    }
}
