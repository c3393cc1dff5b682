//! Periods, and series without them.

/// Gives the periods that posts usually have in buckets of so many seconds: the day, the week, the year; the shortest first.
pub fn periods_of(step: i64) -> Vec<usize> {
    const PERIODS: [i64; 3] = [86_400, 604_800, 31_557_600];
    // Buckets of a year's period are a day long at least: its shape in hours is nothing a forecast of days needs.
    let fits = |period: &i64| *period >= 2 * step && (*period < 31_557_600 || step >= 86_400);
    let in_buckets = |period: i64| ((period as f64 / step.max(1) as f64).round()) as usize;
    PERIODS.into_iter().filter(fits).map(in_buckets).collect()
}

/// Keeps the periods that are there twice in so many values.
pub(super) fn fitting(periods: &[usize], values: usize) -> Vec<usize> {
    periods.iter().copied().filter(|period| *period > 1 && 2 * period < values).collect()
}

/// Tells whether a period is in values: its autocorrelation is beyond what chance gives in one of ten series (Makridakis et al. 2020, as in
/// the M4 competition).
pub(super) fn is_seasonal(values: &[f64], period: usize) -> bool {
    if values.len() < 3 * period {
        return false;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let variance: f64 = centred.iter().map(|value| value * value).sum();
    if variance <= 0.0 {
        return false;
    }
    let correlation = |lag: usize| {
        centred[lag..].iter().zip(&centred).map(|(a, b)| a * b).sum::<f64>() / variance
    };
    let before: f64 = (1..period).map(|lag| correlation(lag).powi(2)).sum();
    correlation(period).abs() > 1.645 * ((1.0 + 2.0 * before) / n).sqrt()
}

/// Takes a season out of values by classical decomposition: as a factor if all are above 0, else as a summand.
pub(super) struct Adjusted {
    /// The values without it.
    pub(super) values: Vec<f64>,
    season: Vec<f64>,
    is_factor: bool,
}

impl Adjusted {
    /// Finds the season of values that hold the period twice; a period of 1 is none.
    pub(super) fn new(values: &[f64], period: usize) -> Self {
        let is_factor = values.iter().all(|value| *value > 0.0);
        let mut season = vec![if is_factor { 1.0 } else { 0.0 }; period];
        if period > 1 {
            let (mut sums, mut counts) = (vec![0.0; period], vec![0.0; period]);
            for (at, level) in centred_means(values, period) {
                let part = if is_factor { values[at] / level } else { values[at] - level };
                sums[at % period] += part;
                counts[at % period] += 1.0;
            }
            let seen = |place: usize| counts[place] > 0.0;
            for place in (0..period).filter(|place| seen(*place)) {
                season[place] = sums[place] / counts[place];
            }
            let mean = season.iter().sum::<f64>() / period as f64;
            season
                .iter_mut()
                .for_each(|part| *part = if is_factor { *part / mean } else { *part - mean });
        }
        let part = |at: usize| season[at % period];
        let without = |(at, value): (usize, &f64)| {
            if is_factor { value / part(at) } else { value - part(at) }
        };
        Self { values: values.iter().enumerate().map(without).collect(), season, is_factor }
    }

    /// Puts the season back into the values that follow.
    pub(super) fn back(&self, next: &[f64]) -> Vec<f64> {
        let part = |lead: usize| self.season[(self.values.len() + lead) % self.season.len()];
        let with = |(lead, value): (usize, &f64)| {
            if self.is_factor { value * part(lead) } else { value + part(lead) }
        };
        next.iter().enumerate().map(with).collect()
    }
}

/// Gives centred moving averages over a period, with their places.
fn centred_means(values: &[f64], period: usize) -> Vec<(usize, f64)> {
    let half = period / 2;
    let mut sums = vec![0.0];
    for value in values {
        sums.push(sums[sums.len() - 1] + value);
    }
    let window = |from: usize| (sums[from + period] - sums[from]) / period as f64;
    let mean = |at: usize| match period % 2 {
        1 => window(at - half),
        _ => (window(at - half) + window(at - half + 1)) / 2.0,
    };
    let last = values.len() - half - usize::from(period % 2 == 1);
    (half..last).map(|at| (at, mean(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_of_days_weeks_and_years() {
        assert_eq!(periods_of(3600), [24, 168]);
        assert_eq!(periods_of(300), [288, 2016]);
        assert_eq!(periods_of(86_400), [7, 365]);
        assert_eq!(periods_of(604_800), [52]);
        assert_eq!(fitting(&[24, 168], 200), [24]);
    }

    #[test]
    fn a_season_is_taken_out_and_put_back() {
        let season = [1.5, 0.5, 1.0, 1.0];
        let values: Vec<f64> = (0..40).map(|at| (100.0 + at as f64) * season[at % 4]).collect();
        assert!(is_seasonal(&values, 4) && !is_seasonal(&values[..11], 4));
        let adjusted = Adjusted::new(&values, 4);
        assert!((adjusted.values[20] - 120.0).abs() < 1.0, "{}", adjusted.values[20]);
        assert!((adjusted.back(&[140.0])[0] - 210.0).abs() < 2.0);
        let low: Vec<f64> = (0..40).map(|at| [3.0, -3.0, 0.0][at % 3]).collect();
        let adjusted = Adjusted::new(&low, 3);
        assert!(adjusted.values.iter().all(|value| value.abs() < 1e-9));
        // The forty-first is the second of its period.
        assert!((adjusted.back(&[0.0])[0] + 3.0).abs() < 1e-9);
    }
}
