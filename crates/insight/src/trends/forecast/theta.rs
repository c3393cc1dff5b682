//! The Theta method: Assimakopoulos and Nikolopoulos 2000, as Hyndman and Billah 2003 write it: simple exponential smoothing, and a drift of
//! half the slope of the straight line through the values. The season is taken out before.

use super::season::{Adjusted, is_seasonal};
use super::simplex::minimum;

/// Least values of it.
const LEAST: usize = 4;

/// Forecasts with the shortest period, if the values have it.
pub(super) fn forecast(values: &[f64], periods: &[usize], horizon: usize) -> Option<Vec<f64>> {
    if values.len() < LEAST {
        return None;
    }
    let period = periods.first().copied().filter(|period| is_seasonal(values, *period));
    let adjusted = Adjusted::new(values, period.unwrap_or(1));
    let x = &adjusted.values;
    let n = x.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = x.iter().sum::<f64>() / n;
    let spread = n * (n * n - 1.0) / 12.0;
    let slope =
        x.iter().enumerate().map(|(at, value)| (at as f64 - middle) * (value - mean)).sum::<f64>()
            / spread;
    let smoothed = |alpha: f64| {
        let (mut level, mut errors) = (x[0], 0.0);
        for value in &x[1..] {
            errors += (value - level).powi(2);
            level += alpha * (value - level);
        }
        (level, errors)
    };
    let [alpha] = minimum([0.3], [0.02], [0.99], |[alpha]| smoothed(alpha).1);
    let level = smoothed(alpha).0;
    let drift = slope / 2.0;
    let start = (1.0 - (1.0 - alpha).powf(n)) / alpha;
    let next: Vec<f64> = (0..horizon).map(|lead| level + drift * (lead as f64 + start)).collect();
    Some(adjusted.back(&next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_trend_goes_on() {
        let line: Vec<f64> = (0..50).map(|at| 10.0 + 2.0 * at as f64).collect();
        let next = forecast(&line, &[], 10).unwrap();
        // A drift of half the slope.
        assert!((next[9] - next[8] - 1.0).abs() < 1e-6, "{next:?}");
        assert!((next[0] - 110.0).abs() < 2.5, "{next:?}");
        assert_eq!(forecast(&line[..3], &[], 1), None);
    }
}
