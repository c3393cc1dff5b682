//! All methods together, each as far as it was right before.

use super::ForecasterKind;
use super::season::fitting;

/// At how many moments of the past the methods are asked, more for short horizons, until so many errors are known.
const ORIGINS: usize = 6;
const ERRORS: usize = 60;
/// Least values before the first of them.
const LEAST: usize = 8;
/// How many times the error of the best one may be for a method to count.
const TOLERANCE: f64 = 1.5;

/// What the methods said at a moment of the past, and what came.
pub(super) struct Past {
    /// Of every method, if it had values enough.
    pub(super) said: Vec<Option<Vec<f64>>>,
    /// As far as it is known: the last moments know less than the horizon.
    pub(super) came: Vec<f64>,
}

/// Asks all methods.
pub(super) fn of_all(
    values: &[f64],
    kinds: &[&ForecasterKind],
    periods: &[usize],
    horizon: usize,
) -> Vec<Option<Vec<f64>>> {
    let periods = fitting(periods, values.len());
    let finite = |next: &Vec<f64>| next.iter().all(|value| value.is_finite());
    kinds.iter().map(|kind| (kind.method)(values, &periods, horizon).filter(finite)).collect()
}

/// Asks all methods at moments of the past, a horizon apart, less if the series is short.
pub(super) fn ask(
    values: &[f64],
    kinds: &[&ForecasterKind],
    periods: &[usize],
    horizon: usize,
) -> Vec<Past> {
    let n = values.len();
    let least = LEAST.max(horizon).max(
        periods
            .iter()
            .copied()
            .filter(|period| 4 * period < n)
            .max()
            .map_or(0, |period| 2 * period + 1),
    );
    let Some(room) = n.checked_sub(least).filter(|room| *room > 0) else { return Vec::new() };
    let lead = horizon.min(room);
    let origins = ORIGINS.max(ERRORS / horizon).min(room / lead + usize::from(room > lead)).max(1);
    let apart = if origins > 1 { ((room - lead) / (origins - 1)).clamp(1, horizon) } else { 0 };
    let past = |origin: usize| {
        let end = n - lead - origin * apart;
        Past {
            said: of_all(&values[..end], kinds, periods, lead),
            came: values[end..end + lead].to_vec(),
        }
    };
    (0..origins).map(past).collect()
}

/// Weighs the methods by the inverse of the square of their error; those that are far from the best count nothing. A moment can be left out.
pub(super) fn weights(past: &[Past], without: Option<usize>, methods: usize) -> Vec<f64> {
    let error = |method: usize| {
        let mut total = (0.0, 0.0);
        for (_, one) in past.iter().enumerate().filter(|(at, _)| Some(*at) != without) {
            let said = one.said[method].as_ref()?;
            for (said, came) in said.iter().zip(&one.came) {
                total = (total.0 + (said - came).abs(), total.1 + 1.0);
            }
        }
        (total.1 > 0.0).then(|| total.0 / total.1)
    };
    let errors: Vec<Option<f64>> = (0..methods).map(error).collect();
    let best = errors.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let weight = |error: &Option<f64>| match error {
        Some(error) if *error <= TOLERANCE * best => ((best + 1e-12) / (error + 1e-12)).powi(2),
        _ => 0.0,
    };
    let weights: Vec<f64> = errors.iter().map(weight).collect();
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 {
        return weights.iter().map(|weight| weight / sum).collect();
    }
    // Nothing is known of the past: all alike.
    vec![1.0 / methods as f64; methods]
}

/// Adds up what the methods say, each by its weight; those that said nothing leave theirs to the others.
pub(super) fn combined(said: &[Option<Vec<f64>>], weights: &[f64], horizon: usize) -> Vec<f64> {
    let speaking = |use_all: bool| {
        said.iter().zip(weights).filter_map(move |(said, weight)| {
            let weight = if use_all { 1.0 } else { *weight };
            said.as_ref().filter(|_| weight > 0.0).map(|said| (said, weight))
        })
    };
    // The first method always speaks, if only without weight.
    let use_all = speaking(false).next().is_none();
    let total: f64 = speaking(use_all).map(|(_, weight)| weight).sum();
    let value = |lead: usize| {
        speaking(use_all).map(|(said, weight)| said[lead] * weight).sum::<f64>() / total
    };
    (0..horizon).map(value).collect()
}
