//! The level has risen: the cheapest cut into segments as of each bucket.
//!
//! PELT (Killick et al. 2012) goes from left to right, so the best last segment is known at every bucket. Here it looks back over a bounded
//! time, in logarithms, so that a step from 10 to 20 is as great as one from 100 to 200. A level that was there in that time already is no
//! news: mornings are steps, too.

use super::{Detector, Seen, score};
use crate::trends::Point;
use std::collections::VecDeque;

/// How many buckets it looks back.
const BACK: usize = 400;
/// How many buckets old the beginning of a segment may be to be news.
const NEW: usize = 6;
/// How many buckets a segment has at least; one alone is a spike, no level.
const LEAST: usize = 2;
/// The share of earlier buckets that may reach the new level.
const REACHED: f64 = 0.02;
/// How much cheaper, in penalties, two levels must be than one for a score of a half.
const HALF_PENALTIES: f64 = 2.0;
/// Up to how many penalties a step is none.
const QUIET: f64 = 0.2;
/// Buckets before which nothing is said.
const WARM_UP: usize = 20;

/// Finds steps upwards.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Sum and sum of squares of the logarithms up to each kept bucket, the oldest first.
    sums: VecDeque<[f64; 2]>,
    /// The usual square of the difference of two neighbours, halved: the noise without the levels.
    noise: f64,
    last: f64,
    seen: usize,
}

impl Changes {
    /// Tells what a segment costs: the squares of the distances from its mean.
    fn cost(&self, from: usize, to: usize) -> f64 {
        let [sum, squares] = [0, 1].map(|at| self.sums[to][at] - self.sums[from][at]);
        squares - sum * sum / (to - from) as f64
    }

    fn mean(&self, from: usize, to: usize) -> f64 {
        (self.sums[to][0] - self.sums[from][0]) / (to - from) as f64
    }
}

impl Detector for Changes {
    fn observe(&mut self, Point { value, .. }: Point) -> Seen {
        let logarithm = value.max(0.0).ln_1p();
        let before = self.sums.back().copied().unwrap_or_default();
        if self.sums.is_empty() {
            self.sums.push_back(before);
        }
        self.sums.push_back([before[0] + logarithm, before[1] + logarithm * logarithm]);
        if self.sums.len() > BACK + 1 {
            self.sums.pop_front();
        }
        self.seen += 1;
        if self.seen > 1 {
            let square = (logarithm - self.last).powi(2) / 2.0;
            // A step is no noise.
            let square = if self.seen > WARM_UP { square.min(9.0 * self.noise) } else { square };
            self.noise += (square - self.noise) / (self.seen as f64 - 1.0).min(BACK as f64);
        }
        self.last = logarithm;
        let end = self.sums.len() - 1;
        let quiet = Seen { score: 0.0, expected: value, spread: 0.0 };
        if self.seen < WARM_UP {
            return quiet;
        }
        // Counts scatter; a bucket of a few posts tells little.
        let noise = self.noise.max(0.01 + 0.25 / (1.0 + self.mean(0, end).exp_m1()));
        let penalty = 2.0 * noise * (end as f64).ln();
        let whole = self.cost(0, end);
        let gain = |cut: usize| whole - self.cost(0, cut) - self.cost(cut, end);
        let cuts = end.saturating_sub(NEW).max(1)..=end.saturating_sub(LEAST).max(1);
        let Some(cut) = cuts.max_by(|a, b| gain(*a).total_cmp(&gain(*b))) else { return quiet };
        let (low, high) = (self.mean(0, cut), self.mean(cut, end));
        let value_of = |at: usize| self.sums[at + 1][0] - self.sums[at][0];
        let is_new = || {
            let reached = (0..cut).filter(|at| value_of(*at) >= high).count();
            reached as f64 <= REACHED * cut as f64
        };
        let steps_up = gain(cut) / penalty;
        let evidence = if high > low && steps_up > QUIET && is_new() { steps_up } else { 0.0 };
        let spread = (self.noise.sqrt().exp() - 1.0) * low.exp();
        Seen { score: score(evidence, HALF_PENALTIES), expected: low.exp_m1(), spread }
    }
}
