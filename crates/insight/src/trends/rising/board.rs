//! The history of a board: who stood where, and when.

use crate::InsightError;

/// Seconds of an hour.
pub(super) const HOUR: i64 = 3600;

/// Is the value of an item at a time, such as its count, or its rank turned round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Seconds since 1970, UTC; all observations of one board have the same.
    pub time: i64,
    /// The item: a topic, a hashtag, a term.
    pub item: u64,
    /// Its value, finite; higher is better.
    pub value: f64,
}

/// Is a board at a time: its items, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Seconds since 1970, UTC.
    pub time: i64,
    /// The items; the first has rank 1.
    pub items: Vec<u64>,
}

impl Board {
    /// Gives the items of the first `top` ranks.
    pub fn top(&self, top: usize) -> &[u64] {
        &self.items[..top.min(self.items.len())]
    }
}

/// Is a history of boards, the earliest first. Hours without a board are unknown, not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    boards: Vec<Board>,
}

impl History {
    /// How many seconds a board may lie from the hour it stands for.
    pub const TOLERANCE: i64 = HOUR / 2;

    /// Puts observations in order. Equal values stand in the order of their items; of an item that is twice on a board, the better value
    /// counts.
    ///
    /// # Errors
    /// Fails without observations, and if a value is not finite.
    pub fn new(mut observations: Vec<Observation>) -> Result<Self, InsightError> {
        if observations.is_empty() {
            return Err(InsightError::NoBuckets);
        }
        if let Some(at) = observations.iter().position(|seen| !seen.value.is_finite()) {
            let value = observations[at].value;
            return Err(InsightError::BucketNotFinite { bucket: at, value });
        }
        observations.sort_by(|one, other| {
            let by_value = other.value.total_cmp(&one.value);
            one.time.cmp(&other.time).then(by_value).then(one.item.cmp(&other.item))
        });
        let boards = observations.chunk_by(|one, other| one.time == other.time).map(|seen| {
            let mut known = std::collections::HashSet::with_capacity(seen.len());
            let items = seen.iter().map(|one| one.item).filter(|item| known.insert(*item));
            Board { time: seen[0].time, items: items.collect() }
        });
        Ok(Self { boards: boards.collect() })
    }

    /// The boards.
    pub fn boards(&self) -> &[Board] {
        &self.boards
    }

    /// Finds the place of the board nearest to a time, the earlier of two as near; none if it is off by more than
    /// [`History::TOLERANCE`].
    pub fn near(&self, time: i64) -> Option<usize> {
        let after = self.boards.partition_point(|board| board.time < time);
        let distance = |at: &usize| (self.boards[*at].time - time).abs();
        [after.checked_sub(1), Some(after)]
            .into_iter()
            .flatten()
            .filter(|at| *at < self.boards.len() && distance(at) <= Self::TOLERANCE)
            .min_by_key(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(time: i64, item: u64, value: f64) -> Observation {
        Observation { time, item, value }
    }

    #[test]
    fn boards_are_put_in_order() {
        let observations =
            vec![seen(HOUR, 3, 5.0), seen(0, 1, 1.0), seen(0, 2, 9.0), seen(0, 1, 10.0)];
        let history = History::new(observations).unwrap();
        let [first, second] = history.boards() else { panic!("{history:?}") };
        // Item 1 is there twice, once better than item 2.
        assert_eq!((first.time, first.items.as_slice()), (0, [1, 2].as_slice()));
        assert_eq!((second.time, second.top(10)), (HOUR, [3].as_slice()));
    }

    #[test]
    fn an_hour_that_was_not_seen_is_not_known() {
        let history = History::new(vec![seen(0, 1, 1.0), seen(4000, 1, 1.0)]).unwrap();
        assert_eq!(
            [history.near(0), history.near(HOUR), history.near(1900)],
            [Some(0), Some(1), None]
        );
        assert_eq!([history.near(4000 + 1800), history.near(4000 + 1801)], [Some(1), None]);
    }

    #[test]
    fn what_is_no_history_is_refused() {
        assert_eq!(History::new(Vec::new()), Err(InsightError::NoBuckets));
        let broken = History::new(vec![seen(0, 1, f64::INFINITY)]);
        assert!(matches!(broken, Err(InsightError::BucketNotFinite { bucket: 0, .. })));
    }
}
