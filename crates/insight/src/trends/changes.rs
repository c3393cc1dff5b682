//! Change points of a whole series.

/// Cuts a series where its mean changes, by the exact search PELT (Killick et al. 2012, arXiv:1101.1438), and gives where segments begin,
/// but for the first.
///
/// A segment costs the sum of the squares of the distances from its mean, in units of the variance of the noise, which is taken from the
/// differences of neighbours; each cut costs `penalty`, by default twice the logarithm of the number of values (Schwarz 1978), of which the
/// mean and the place of the cut are the two numbers.
pub fn change_points(values: &[f64], penalty: Option<f64>) -> Vec<usize> {
    let n = values.len();
    if n < 2 {
        return Vec::new();
    }
    let penalty = penalty.unwrap_or(2.0 * (n as f64).ln());
    let noise = noise(values);
    let mut sums = vec![[0.0f64; 2]; n + 1];
    for (at, value) in values.iter().enumerate() {
        let value = value / noise;
        sums[at + 1] = [sums[at][0] + value, sums[at][1] + value * value];
    }
    let cost = |from: usize, to: usize| {
        let [sum, squares] = [0, 1].map(|at| sums[to][at] - sums[from][at]);
        (squares - sum * sum / (to - from) as f64).max(0.0)
    };
    let mut best = vec![0.0; n + 1];
    let mut last = vec![0; n + 1];
    best[0] = -penalty;
    let mut candidates = vec![0];
    for to in 1..=n {
        let total = |from: usize| best[from] + cost(from, to) + penalty;
        let chosen = candidates.iter().copied().min_by(|a, b| total(*a).total_cmp(&total(*b)));
        last[to] = chosen.unwrap_or(0);
        best[to] = total(last[to]);
        // What is dearer than the best even without a further penalty never gets cheaper.
        let (reached, all) = (best[to], &best);
        candidates.retain(|from| all[*from] + cost(*from, to) <= reached);
        candidates.push(to);
    }
    let mut cuts = Vec::new();
    let mut at = last[n];
    while at > 0 {
        cuts.push(at);
        at = last[at];
    }
    cuts.reverse();
    cuts
}

/// Gives the standard deviation of the noise: the median difference of neighbours is 0.954 of it where it is normal.
fn noise(values: &[f64]) -> f64 {
    let mut steps: Vec<f64> = values.windows(2).map(|two| (two[1] - two[0]).abs()).collect();
    let middle = steps.len() / 2;
    let median = *steps.select_nth_unstable_by(middle, f64::total_cmp).1;
    if median > 0.0 {
        return median / 0.954;
    }
    // Most neighbours are equal: the mean of the differences is all there is.
    let mean = steps.iter().sum::<f64>() / steps.len() as f64;
    if mean > 0.0 { mean } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Tries every way to cut.
    fn by_hand(values: &[f64], penalty: f64) -> f64 {
        let n = values.len();
        let noise = noise(values);
        (0..1u32 << (n - 1))
            .map(|cuts| {
                let mut total = -penalty;
                let mut from = 0;
                for to in 1..=n {
                    if to == n || cuts & (1 << (to - 1)) != 0 {
                        total += penalty + cost(&values[from..to], noise);
                        from = to;
                    }
                }
                total
            })
            .fold(f64::INFINITY, f64::min)
    }

    fn cost(segment: &[f64], noise: f64) -> f64 {
        let mean = segment.iter().sum::<f64>() / segment.len() as f64;
        segment.iter().map(|value| ((value - mean) / noise).powi(2)).sum()
    }

    #[test]
    fn steps_are_found() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let level = |at: usize| [0.0, 5.0, 2.0][at / 40];
        let values: Vec<f64> =
            (0..120).map(|at| level(at) + random.random_range(0.0..1.0)).collect();
        assert_eq!(change_points(&values, None), [40, 80]);
        assert_eq!(change_points(&values[..40], None), [0usize; 0]);
        assert_eq!(change_points(&[3.0; 50], None), [0usize; 0]);
        assert_eq!(change_points(&[1.0], None), [0usize; 0]);
    }

    proptest! {
        #[test]
        fn no_other_way_to_cut_is_cheaper(values in prop::collection::vec(0.0..10.0f64, 2..10), penalty in 0.5..8.0f64) {
            let cuts = change_points(&values, Some(penalty));
            let noise = noise(&values);
            let mut bounds = vec![0];
            bounds.extend(&cuts);
            bounds.push(values.len());
            let segments = bounds.windows(2).map(|two| cost(&values[two[0]..two[1]], noise));
            let total = segments.sum::<f64>() + penalty * cuts.len() as f64;
            prop_assert!((total - by_hand(&values, penalty)).abs() < 1e-6);
        }
    }
}
