//! The seasonal naive method: the next value is that of a period ago.

/// Repeats the last of the longest period that fits, or the last value.
pub(super) fn forecast(values: &[f64], periods: &[usize], horizon: usize) -> Option<Vec<f64>> {
    let period = periods.last().copied().unwrap_or(1).min(values.len());
    let last = values.get(values.len() - period..)?;
    Some((0..horizon).map(|lead| last[lead % period]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_period_comes_again() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(forecast(&values, &[3], 4).unwrap(), [4.0, 5.0, 6.0, 4.0]);
        assert_eq!(forecast(&values, &[], 2).unwrap(), [6.0, 6.0]);
    }
}
