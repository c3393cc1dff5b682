//! Exponential smoothing in its state space form with additive errors: Hyndman et al. 2008, "Forecasting with Exponential Smoothing".
//!
//! The trend is none or damped, the season none or additive; the corrected criterion of Akaike chooses.

use super::season::Adjusted;
use super::simplex::minimum;

/// Least values of it.
const LEAST: usize = 6;
/// Longest season; what is longer has too many states to start from.
const LONGEST: usize = 60;
/// How much of a trend is left after a bucket, at least and at most.
const LEAST_DAMPING: f64 = 0.8;
const MOST_DAMPING: f64 = 0.98;

/// Forecasts with the shortest period, or without one where that is better.
pub(super) fn forecast(values: &[f64], periods: &[usize], horizon: usize) -> Option<Vec<f64>> {
    let seasonal = periods.first().copied().filter(|period| *period <= LONGEST);
    best(values, [Some(1), seasonal], horizon)
}

/// Forecasts without a season.
pub(super) fn forecast_level(values: &[f64], horizon: usize) -> Option<Vec<f64>> {
    best(values, [Some(1), None], horizon)
}

fn best(values: &[f64], periods: [Option<usize>; 2], horizon: usize) -> Option<Vec<f64>> {
    if values.len() < LEAST {
        return None;
    }
    let fits = periods
        .into_iter()
        .flatten()
        .flat_map(|period| [false, true].map(|has_trend| Fit::new(values, period, has_trend)));
    let best = fits.min_by(|a, b| a.criterion.total_cmp(&b.criterion))?;
    Some(best.forecast(horizon))
}

/// The states after the values, and the sum of the squares of the errors.
struct States {
    level: f64,
    trend: f64,
    season: Vec<f64>,
    errors: f64,
}

struct Fit {
    damping: f64,
    states: States,
    values: usize,
    criterion: f64,
}

impl Fit {
    fn new(values: &[f64], period: usize, has_trend: bool) -> Self {
        let start = Start::new(values, period, has_trend);
        let after = |alpha: f64, beta: f64, gamma: f64, phi: f64| {
            run(values, &start, [alpha, alpha * beta, gamma * (1.0 - alpha), phi])
        };
        let errors = |alpha, beta, gamma, phi| after(alpha, beta, gamma, phi).errors;
        // What the model does not have stays 0.
        let (least, most) = (1e-4, 0.9999);
        let (alpha, beta, gamma, phi) = match (has_trend, period > 1) {
            (false, false) => {
                let [alpha] = minimum([0.3], [least], [most], |[a]| errors(a, 0.0, 0.0, 0.0));
                (alpha, 0.0, 0.0, 0.0)
            }
            (true, false) => {
                let (from, to) = ([least, least, LEAST_DAMPING], [most, most, MOST_DAMPING]);
                let of = |[a, b, p]: [f64; 3]| errors(a, b, 0.0, p);
                let [alpha, beta, phi] = minimum([0.3, 0.1, 0.95], from, to, of);
                (alpha, beta, 0.0, phi)
            }
            (false, true) => {
                let of = |[a, g]: [f64; 2]| errors(a, 0.0, g, 0.0);
                let [alpha, gamma] = minimum([0.3, 0.1], [least; 2], [most; 2], of);
                (alpha, 0.0, gamma, 0.0)
            }
            (true, true) => {
                let from = [least, least, least, LEAST_DAMPING];
                let to = [most, most, most, MOST_DAMPING];
                let of = |[a, b, g, p]: [f64; 4]| errors(a, b, g, p);
                let [alpha, beta, gamma, phi] = minimum([0.3, 0.1, 0.1, 0.95], from, to, of);
                (alpha, beta, gamma, phi)
            }
        };
        let states = after(alpha, beta, gamma, phi);
        let n = values.len() as f64;
        let numbers =
            2.0 + if has_trend { 3.0 } else { 0.0 } + if period > 1 { period as f64 } else { 0.0 };
        let rest = n - numbers - 1.0;
        let criterion = match rest > 0.0 {
            true => {
                n * (states.errors / n).max(1e-300).ln()
                    + 2.0 * numbers
                    + 2.0 * numbers * (numbers + 1.0) / rest
            }
            false => f64::INFINITY,
        };
        Self { damping: phi, states, values: values.len(), criterion }
    }

    fn forecast(&self, horizon: usize) -> Vec<f64> {
        let (mut level, mut trend) = (self.states.level, self.states.trend);
        let mut next = Vec::with_capacity(horizon);
        for lead in 0..horizon {
            trend *= self.damping;
            level += trend;
            next.push(level + self.states.season[(self.values + lead) % self.states.season.len()]);
        }
        next
    }
}

/// The states before the first value.
struct Start {
    level: f64,
    trend: f64,
    season: Vec<f64>,
}

impl Start {
    fn new(values: &[f64], period: usize, has_trend: bool) -> Self {
        let adjusted = Adjusted::new(values, period);
        let mut season = vec![0.0; period];
        if period > 1 {
            // The mean of the first periods at each place, less their level.
            let firsts = &values[..values.len().min(4 * period) / period * period];
            let mean = firsts.iter().sum::<f64>() / firsts.len() as f64;
            for (place, part) in season.iter_mut().enumerate() {
                let there = firsts.iter().skip(place).step_by(period);
                *part = there.sum::<f64>() / (firsts.len() / period) as f64 - mean;
            }
        }
        let head = &adjusted.values[..adjusted.values.len().min(10.max(period))];
        let half = head.len() / 2;
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let trend = if has_trend && half > 0 {
            (mean(&head[half..]) - mean(&head[..half])) / half as f64
        } else {
            0.0
        };
        Self { level: mean(head), trend, season }
    }
}

/// Goes through the values: the errors, and the states behind them.
fn run(values: &[f64], start: &Start, [alpha, beta, gamma, phi]: [f64; 4]) -> States {
    let (mut level, mut trend, mut season) = (start.level, start.trend, start.season.clone());
    let period = season.len();
    let mut errors = 0.0;
    let mut place = 0;
    for value in values {
        let damped = phi * trend;
        let error = value - (level + damped + season[place]);
        errors += error * error;
        level += damped + alpha * error;
        trend = damped + beta * error;
        season[place] += gamma * error;
        place += 1;
        if place == period {
            place = 0;
        }
    }
    States { level, trend, season, errors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_a_trend_and_a_season_are_followed() {
        let flat = forecast(&[7.0; 30], &[], 3).unwrap();
        assert!(flat.iter().all(|value| (value - 7.0).abs() < 1e-6), "{flat:?}");
        let line: Vec<f64> = (0..40).map(|at| 5.0 + 3.0 * at as f64).collect();
        let next = forecast(&line, &[], 2).unwrap();
        assert!((next[0] - 125.0).abs() < 1.0 && next[1] > next[0], "{next:?}");
        let season: Vec<f64> = (0..48).map(|at| 10.0 + [4.0, 0.0, -4.0, 0.0][at % 4]).collect();
        let next = forecast(&season, &[4], 4).unwrap();
        for (found, expected) in next.iter().zip([14.0, 10.0, 6.0, 10.0]) {
            assert!((found - expected).abs() < 0.2, "{next:?}");
        }
        assert_eq!(forecast(&[1.0; 5], &[], 1), None);
    }
}
