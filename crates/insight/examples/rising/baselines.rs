//! What a forecast must beat: simple rules, each made a probability by how often it came true in the time learned from.

use crate::measures::Asked;
use groundswell_insight::trends::rising::Situation;
use std::collections::HashMap;

/// Is a rule: it puts situations into classes, and a class is as probable as it was often true.
pub(crate) struct Kind {
    /// Its name.
    pub(crate) name: &'static str,
    /// The class of a situation.
    class: fn(&Situation) -> i64,
}

/// All rules.
pub(crate) const ALL: &[Kind] = &[
    Kind { name: "persistence: top or not", class: |now| i64::from(now.rank <= now.top) },
    Kind { name: "persistence: rank", class: |now| now.rank as i64 },
    Kind { name: "trend of an hour", class: |now| trend(now, 1.0) },
    Kind { name: "trend of 3 hours", class: |now| trend(now, 3.0) },
    Kind { name: "rank and rank before", class: |now| now.rank as i64 * 100 + before(now) as i64 },
];

/// Is a rule with what it learned.
pub(crate) struct Baseline {
    class: fn(&Situation) -> i64,
    rates: HashMap<i64, f64>,
    rate: f64,
}

impl Baseline {
    /// Learns how often each class came true.
    pub(crate) fn fit(kind: &Kind, boards: &[Asked]) -> Self {
        let mut counts: HashMap<i64, (f64, f64)> = HashMap::new();
        let mut all = (0.0, 0.0);
        for board in boards {
            for (now, answer) in board.situations.iter().zip(&board.answers) {
                let yes = f64::from(u8::from(*answer));
                let of = counts.entry((kind.class)(now)).or_default();
                *of = (of.0 + yes, of.1 + 1.0);
                all = (all.0 + yes, all.1 + 1.0);
            }
        }
        let rate = all.0 / all.1;
        // Ten mean rows hold a rare class back.
        let rates = counts
            .into_iter()
            .map(|(class, (yes, all))| (class, (yes + 10.0 * rate) / (all + 10.0)));
        Self { class: kind.class, rates: rates.collect(), rate }
    }

    /// Gives the probability.
    pub(crate) fn chance(&self, now: &Situation) -> f64 {
        self.rates.get(&(self.class)(now)).copied().unwrap_or(self.rate)
    }
}

/// The rank before, as if unchanged where no board is known.
fn before(now: &Situation) -> f64 {
    if now.before.is_nan() { now.rank } else { now.before }
}

/// The rank in so many hours if the last step went on.
fn trend(now: &Situation, hours: f64) -> i64 {
    let velocity = (before(now) - now.rank) / now.since_before.max(0.5);
    (now.rank - hours * velocity).clamp(-99.0, 99.0).round() as i64
}
