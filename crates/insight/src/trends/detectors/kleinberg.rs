//! Kleinberg's automaton, read as the series comes.
//!
//! Kleinberg 2002, "Bursty and Hierarchical Structure in Streams": states send posts at rates that grow by a factor, to climb to a higher
//! state costs, and the cheapest path through the states says when a burst was. Here the counts of buckets are Poisson, the base rate is
//! the mean of what was seen, and the evidence is how much dearer it is to explain the series so far by the base state than by a higher
//! one. [`bursts`](crate::trends::bursts) has the automata of the paper for a whole stream.

use super::{Detector, Seen, score};
use crate::trends::Point;

/// How the rates grow from state to state.
const FACTOR: f64 = 2.0;
/// What it costs to climb a state, in logarithms of the number of buckets seen.
const GAMMA: f64 = 1.0;
/// The number of states.
const STATES: usize = 5;
/// How much dearer the base state must be, in nats, for a score of a half.
const HALF_NATS: f64 = 10.0;
/// Buckets before which nothing is said.
const WARM_UP: f64 = 20.0;

/// Reads counts by the automaton.
#[derive(Clone, Debug, Default)]
pub struct Kleinberg {
    seen: f64,
    total: f64,
    /// The cost of the cheapest path to each state, less that of the cheapest of all.
    costs: [f64; STATES],
}

impl Detector for Kleinberg {
    fn observe(&mut self, Point { value, .. }: Point) -> Seen {
        let value = value.max(0.0);
        let rate = if self.seen > 0.0 { self.total / self.seen } else { value };
        self.seen += 1.0;
        self.total += value;
        if rate <= 0.0 || self.seen < WARM_UP {
            return Seen { score: 0.0, expected: rate, spread: rate.sqrt() };
        }
        let climb = GAMMA * self.seen.ln();
        let mut costs = [f64::INFINITY; STATES];
        for (to, cost) in costs.iter_mut().enumerate() {
            let rate = rate * FACTOR.powi(to as i32);
            // The factorial of the count is the same in every state.
            let emission = rate - value * rate.ln();
            for (from, before) in self.costs.iter().enumerate() {
                let step = to.saturating_sub(from) as f64 * climb;
                *cost = cost.min(before + step + emission);
            }
        }
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        self.costs = costs.map(|cost| cost - least);
        // The base state is cheapest, or a higher one is by so many nats; what it costs to come down is nothing.
        let evidence = self.costs[0].min(climb * 10.0);
        let score = score(evidence, HALF_NATS);
        Seen { score, expected: rate, spread: rate.sqrt() }
    }
}
