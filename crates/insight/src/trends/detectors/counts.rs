//! Counts with the rhythm of the week.
//!
//! A negative binomial, as surveillance of diseases uses it (Noufaily et al. 2013, "An improved algorithm for outbreak detection in multiple
//! surveillance systems"): its mean is a level times the factor of the hour of the week, its dispersion follows the series, and what is far
//! out counts less than it would (Huber 1964). How unlikely so many posts or more are, in a bucket or in three together, is the evidence.

use super::{DAY, Detector, Seen, buckets, score};
use crate::trends::Point;
use statrs::function::beta::beta_reg;

/// Hours of a week, each with its own factor.
const HOURS: usize = 168;
/// The days over which the level follows.
const DAYS: f64 = 7.0;
/// How many visits a factor needs until it counts for half of what it says.
const PRIOR: f64 = 3.0;
/// How many standard deviations a single bucket may pull.
const CLIP: f64 = 3.0;
/// How many times a factor may a single bucket make of it.
const AT_ONCE: f64 = 4.0;
/// How many buckets are weighed together beside the last alone: a rise of hours tells more than any of them.
const TOGETHER: f64 = 3.0;
/// The evidence, in powers of ten, at which a score is a half.
const HALF: f64 = 2.5;
/// Up to how many standard deviations over the mean nothing stands out.
const NEAR: f64 = 1.5;
/// Buckets before which nothing is said.
const WARM_UP: f64 = 20.0;

/// Says how unlikely a count is.
#[derive(Clone, Debug)]
pub struct Counts {
    level_buckets: f64,
    seen: f64,
    level: f64,
    factors: Vec<f64>,
    visits: Vec<f64>,
    /// The variance is mean + dispersion · mean².
    dispersion: f64,
    /// Of the two buckets before, what was counted and what was expected.
    before: [[f64; 2]; TOGETHER as usize - 1],
}

impl Counts {
    /// Knows nothing yet of a series with buckets of `step` seconds.
    pub fn new(step: i64) -> Self {
        Self {
            level_buckets: buckets(DAYS, step, 50.0),
            seen: 0.0,
            level: 0.0,
            factors: vec![1.0; HOURS],
            visits: vec![0.0; HOURS],
            dispersion: 0.1,
            before: [[0.0; 2]; TOGETHER as usize - 1],
        }
    }
}

impl Detector for Counts {
    fn observe(&mut self, Point { time, value }: Point) -> Seen {
        let value = value.max(0.0);
        self.seen += 1.0;
        if self.seen == 1.0 {
            self.level = value;
            return Seen { score: 0.0, expected: value, spread: value.sqrt() };
        }
        let hour = ((time as f64).rem_euclid(7.0 * DAY) / 3600.0) as usize % HOURS;
        let trust = self.visits[hour] / (self.visits[hour] + PRIOR);
        let factor = 1.0 + trust * (self.factors[hour] - 1.0);
        let expected = (self.level * factor).max(0.01);
        let variance = expected + self.dispersion * expected * expected;
        let spread = variance.sqrt();
        let evidence = match self.seen < WARM_UP {
            true => 0.0,
            false => {
                let alone = -log10_tail(value, expected, self.dispersion);
                let [posts, mean] = self.before.iter().fold([value, expected], |sum, before| {
                    [sum[0] + before[0], sum[1] + before[1]]
                });
                // Three counts of like means, independent, have a third of the dispersion together.
                alone.max(-log10_tail(posts, mean, self.dispersion / TOGETHER))
            }
        };
        self.before = [self.before[1], [value, expected]];
        let rate = 1.0 / self.level_buckets.min(self.seen);
        let bounded = if self.seen > 10.0 {
            value.clamp(expected - CLIP * spread, expected + CLIP * spread)
        } else {
            value
        };
        self.level += rate * (bounded - expected) / factor;
        self.level = self.level.max(0.0);
        self.visits[hour] += 1.0;
        let ratio = (value / self.level.max(0.01)).min(AT_ONCE * factor.max(0.1));
        self.factors[hour] += (ratio - self.factors[hour]) / (self.visits[hour] + 1.0).min(100.0);
        let over = ((bounded - expected).powi(2) - expected) / (expected * expected).max(0.1);
        self.dispersion = (self.dispersion + rate * (over - self.dispersion)).clamp(1e-4, 10.0);
        Seen { score: score(evidence, HALF), expected, spread }
    }
}

/// Gives the logarithm of how likely `count` and more are, to base 10; 0 if it is near the mean.
///
/// The tail of a negative binomial of size r = 1 / dispersion and mean m is the regularised incomplete beta function at m / (m + r), of the
/// count and r.
fn log10_tail(count: f64, mean: f64, dispersion: f64) -> f64 {
    // Near the mean nothing stands out, and most counts need no costly function.
    if count < 1.0 || count <= mean + NEAR * (mean + dispersion * mean * mean).sqrt() {
        return 0.0;
    }
    let size = 1.0 / dispersion;
    let tail = beta_reg(count, size, mean / (mean + size));
    // Where floats end, a normal tail goes on.
    if tail > 1e-290 { tail.log10() } else { -290.0 - (count / mean).log10() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_a_negative_binomial() {
        // Mean 2, size 4: P(0) = (4/6)^4, P(1) = 4 · (4/6)^4 · (2/6).
        let zero = (4.0f64 / 6.0).powi(4);
        let one = 4.0 * zero * (2.0 / 6.0);
        let two = one * 2.5 / 3.0;
        let three = two * 2.0 / 3.0;
        let four = three * 7.0 / 4.0 / 3.0;
        let expected = 1.0 - zero - one - two - three - four;
        assert!((10f64.powf(log10_tail(5.0, 2.0, 0.25)) - expected).abs() < 1e-9);
        assert_eq!(log10_tail(4.0, 2.0, 0.25), 0.0, "less than 2 and 1.5 times the root of 3");
        assert_eq!(log10_tail(0.0, 2.0, 0.25), 0.0);
        // Nearly without dispersion it is that of a Poisson: of mean 1, P(3 and more) = 1 − 2.5 / e.
        let poisson = 1.0 - 2.5 / std::f64::consts::E;
        assert!((10f64.powf(log10_tail(3.0, 1.0, 1e-4)) - poisson).abs() < 1e-3);
        assert!(log10_tail(1e6, 1.0, 0.01) < -200.0);
    }

    #[test]
    fn the_rhythm_of_the_week_is_expected() {
        let mut detector = Counts::new(3600);
        let value = |hour: i64| if hour % 168 == 100 { 50.0 } else { 10.0 + (hour % 3) as f64 };
        let scores: Vec<f64> = (0..168 * 13)
            .map(|hour| detector.observe(Point { time: hour * 3600, value: value(hour) }).score)
            .collect();
        assert!(scores[100] > 0.5, "the first time is a surprise: {}", scores[100]);
        assert!(scores[168 * 12 + 100] < 0.5, "the thirteenth is none: {}", scores[168 * 12 + 100]);
    }
}
