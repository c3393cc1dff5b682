//! Several seasons at once: MSTL, Bandara et al. 2021, arXiv:2107.13462. Each season goes on as its last period was, what is left by
//! exponential smoothing.

use super::ets;
use stlrs::Mstl;

/// Forecasts with all periods that fit; without one it is exponential smoothing.
pub(super) fn forecast(values: &[f64], periods: &[usize], horizon: usize) -> Option<Vec<f64>> {
    if periods.is_empty() {
        return ets::forecast_level(values, horizon);
    }
    let (seasons, trend, rest) = Mstl::fit(values, periods).ok()?.into_parts();
    let level: Vec<f64> = trend.iter().zip(&rest).map(|(trend, rest)| trend + rest).collect();
    let mut next = ets::forecast_level(&level, horizon)?;
    for (season, period) in seasons.iter().zip(periods) {
        let last = &season[season.len() - period..];
        next.iter_mut().enumerate().for_each(|(lead, value)| *value += last[lead % period]);
    }
    Some(next)
}

/// The same of logarithms, for values that are all above 0.
pub(super) fn forecast_log(values: &[f64], periods: &[usize], horizon: usize) -> Option<Vec<f64>> {
    if values.iter().any(|value| *value <= 0.0) {
        return None;
    }
    let logarithms: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let next = forecast(&logarithms, periods, horizon)?;
    let next: Vec<f64> = next.iter().map(|value| value.exp()).collect();
    next.iter().all(|value| value.is_finite()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seasons_are_told_apart() {
        let value =
            |at: usize| 50.0 + [5.0, 0.0, -5.0][at % 3] + [8.0, 0.0, 0.0, -8.0, 0.0][at % 5];
        let values: Vec<f64> = (0..90).map(value).collect();
        let next = forecast(&values, &[3, 5], 15).unwrap();
        for (lead, found) in next.iter().enumerate() {
            assert!((found - value(90 + lead)).abs() < 1.0, "{lead}: {found}");
        }
        let grows: Vec<f64> =
            (0..60).map(|at| 1.05f64.powi(at) * [2.0, 1.0][at as usize % 2]).collect();
        let next = forecast_log(&grows, &[2], 2).unwrap();
        assert!((next[0] / (1.05f64.powi(60) * 2.0) - 1.0).abs() < 0.1, "{next:?}");
        assert_eq!(forecast_log(&[0.0; 9], &[], 1), None);
    }
}
