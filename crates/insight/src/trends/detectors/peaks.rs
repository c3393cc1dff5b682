//! Peaks over a threshold that the series sets itself.
//!
//! Siffer et al. 2017, "Anomaly Detection in Streams with Extreme Value Theory" (DSPOT): how far values lie from what is expected has a
//! tail, and the tail says how rare a peak is. Here the distance counts in spreads and as a logarithm, so the tail is exponential (that of a
//! power law): a threshold at its 99.5th percentile follows the series, the mean of what lies above gives the slope. What is expected is a
//! level and a rhythm of the day. A peak that is no rarer than one of the last hours adds nothing: a spike is said once, and again as it grows.

use super::{DAY, Detector, Seen, buckets, clipped, score};
use crate::trends::Point;

/// Hours of a day, each with its own part of the rhythm.
const HOURS: usize = 24;
/// The days over which level and spread follow the series.
const DAYS: f64 = 7.0;
/// The days after which most of a peak is forgotten, 100 buckets at least.
const REFRACTORY_DAYS: f64 = 0.5;
/// The share of the buckets that lie under the threshold.
const QUANTILE: f64 = 0.995;
/// How many spreads over what is expected a peak is at least.
const LEAST_SPREADS: f64 = 3.0;
/// How many spreads a single bucket may pull level and spread.
const CLIP: f64 = 3.75;
/// How fast the rhythm follows.
const RHYTHM: f64 = 0.1;
/// What a bucket counts for in the threshold at least, as a part of all buckets seen, and at most.
const SLOWEST: f64 = 0.001;
const FASTEST: f64 = 0.01;
/// Buckets before which nothing is said.
const WARM_UP: f64 = 20.0;
/// By how many powers of ten a bucket must be rarer than any of late for a score of a half.
const HALF_NEWS: f64 = 1.3;
/// The rarity, in powers of ten, that is taken for usual even after a long quiet.
const USUAL: f64 = 1.0;

/// Says how rare a peak is among those of the series.
#[derive(Clone, Debug)]
pub struct Peaks {
    level_buckets: f64,
    refractory_buckets: f64,
    first: i64,
    seen: f64,
    level: f64,
    spread: f64,
    rhythm: [f64; HOURS],
    visits: [f64; HOURS],
    /// The logarithmic distance that all but one in two hundred buckets lie under.
    threshold: f64,
    /// The mean of what lies above.
    excess: f64,
    /// The evidence of the rarest peak of late.
    rarest: f64,
    are_counts: bool,
}

impl Peaks {
    /// Knows nothing yet of a series with buckets of `step` seconds.
    pub fn new(step: i64) -> Self {
        Self {
            level_buckets: buckets(DAYS, step, 200.0),
            refractory_buckets: buckets(REFRACTORY_DAYS, step, 100.0),
            first: 0,
            seen: 0.0,
            level: 0.0,
            spread: 0.0,
            rhythm: [0.0; HOURS],
            visits: [0.0; HOURS],
            threshold: LEAST_SPREADS.ln_1p(),
            excess: 1.0,
            // As if there had been a peak already: the first is no news.
            rarest: 2.0,
            are_counts: true,
        }
    }

    /// Says how rare such a distance is, in powers of ten.
    fn rarity(&self, distance: f64) -> f64 {
        if self.seen < WARM_UP || distance <= self.threshold {
            return 0.0;
        }
        let above = (distance - self.threshold) / self.excess.max(1e-3);
        -(1.0 - QUANTILE).log10() + above / std::f64::consts::LN_10
    }

    /// Lets the threshold and the slope of the tail follow.
    fn learn_tail(&mut self, distance: f64) {
        // Robbins and Monro 1951: a step is one over the number of buckets and over the density at the quantile, that of the tail.
        let step = (1.0 / self.seen).clamp(SLOWEST, FASTEST) * self.excess / (1.0 - QUANTILE);
        let is_above = distance > self.threshold;
        self.threshold += step * if is_above { QUANTILE } else { QUANTILE - 1.0 };
        self.threshold = self.threshold.max(LEAST_SPREADS.ln_1p());
        if is_above {
            self.excess += 0.05 * (distance - self.threshold - self.excess);
        }
    }

    /// Lets level, rhythm and spread follow, `distance` being in spreads.
    fn learn_rhythm(&mut self, time: i64, hour: usize, residual: f64, distance: f64, spread: f64) {
        let is_young = self.seen <= 11.0;
        let residual = if is_young { residual } else { clipped(residual, CLIP * spread) };
        self.level += residual / self.level_buckets.min(self.seen);
        self.visits[hour] += 1.0;
        if (time - self.first) as f64 > DAY {
            let rate = RHYTHM.max(1.0 / (self.visits[hour] + 1.0));
            self.rhythm[hour] += rate * residual / 2.0;
        }
        if is_young {
            self.spread += 0.3 * (residual.abs() - self.spread);
        } else {
            let distance = distance.abs().min(CLIP * 1.2);
            self.spread += (distance * spread - self.spread) / self.level_buckets.min(self.seen);
        }
    }
}

impl Detector for Peaks {
    fn observe(&mut self, Point { time, value }: Point) -> Seen {
        self.are_counts &= value >= 0.0 && value.fract() == 0.0;
        self.seen += 1.0;
        if self.seen == 1.0 {
            (self.first, self.level, self.spread) = (time, value, value.abs() * 0.1);
            return Seen { score: 0.0, expected: value, spread: self.spread };
        }
        let hour = (time as f64).rem_euclid(DAY) as usize * HOURS / DAY as usize;
        let expected = self.level + self.rhythm[hour];
        let residual = value - expected;
        // Counts scatter by their root at least, even where none were seen to.
        let least = if self.are_counts { (expected.max(0.0) + 0.25).sqrt() } else { 0.0 };
        let spread = self.spread.max(least).max(1e-9 * (1.0 + self.level.abs()));
        let distance = residual / spread;
        let logarithmic = distance.max(0.0).ln_1p();
        let rarity = self.rarity(logarithmic);
        self.rarest *= 1.0 - 1.0 / self.refractory_buckets;
        let news = rarity - self.rarest.max(USUAL);
        self.rarest = self.rarest.max(rarity);
        self.learn_tail(logarithmic);
        self.learn_rhythm(time, hour, residual, distance, spread);
        Seen { score: score(news, HALF_NEWS), expected, spread }
    }
}
