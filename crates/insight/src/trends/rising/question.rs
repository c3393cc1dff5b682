//! What is asked of the future of a board.

use super::board::{HOUR, History};
use super::situation::Situation;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Says when an item must be at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At the end of the hours, wherever it is now.
    At,
    /// Once within the hours; asked of items that are not at the top now.
    Within,
}

/// Asks whether an item will be among the first `top` in so many hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// How many ranks are the top.
    pub top: usize,
    /// How many hours ahead, 1 and more.
    pub hours: u32,
    /// At their end, or within them.
    pub when: When,
}

impl Question {
    /// Tells whether it is asked of an item in such a situation.
    pub fn is_asked(&self, situation: &Situation) -> bool {
        self.when == When::At || situation.rank > self.top as f64
    }

    /// Gives the items whose answer is yes, as asked at a board; none if the future was not observed: the last hour for [`When::At`], any of
    /// the hours for [`When::Within`].
    pub fn answers(&self, history: &History, board: usize) -> Option<HashSet<u64>> {
        let boards = history.boards();
        let later = |hours: u32| {
            history.near(boards[board].time + i64::from(hours) * HOUR).filter(|at| *at > board)
        };
        let last = later(self.hours)?;
        let first = match self.when {
            When::At => last,
            When::Within if (1..self.hours).all(|hours| later(hours).is_some()) => board + 1,
            When::Within => return None,
        };
        let reached = boards[first..=last].iter().flat_map(|board| board.top(self.top));
        Some(reached.copied().collect())
    }

    /// Gives the time after which its answer is known, asked at `time`.
    pub fn known_by(&self, time: i64) -> i64 {
        time + i64::from(self.hours) * HOUR + History::TOLERANCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trends::rising::Observation;

    /// Boards of one item each, at these hours.
    fn history(items: &[(i64, u64)]) -> History {
        let seen =
            |(hour, item): &(i64, u64)| Observation { time: hour * HOUR, item: *item, value: 1.0 };
        History::new(items.iter().map(seen).collect()).unwrap()
    }

    fn answers(history: &History, when: When) -> Option<Vec<u64>> {
        let question = Question { top: 1, hours: 3, when };
        question.answers(history, 0).map(|items| {
            let mut items: Vec<u64> = items.into_iter().collect();
            items.sort_unstable();
            items
        })
    }

    #[test]
    fn the_end_and_the_way_there_are_different_questions() {
        let whole = history(&[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]);
        assert_eq!(answers(&whole, When::At), Some(vec![4]));
        assert_eq!(answers(&whole, When::Within), Some(vec![2, 3, 4]));
    }

    #[test]
    fn what_was_not_observed_has_no_answer() {
        let without_second = history(&[(0, 1), (1, 2), (3, 4)]);
        assert_eq!(answers(&without_second, When::At), Some(vec![4]));
        assert_eq!(answers(&without_second, When::Within), None);
        let without_last = history(&[(0, 1), (1, 2), (2, 3), (5, 4)]);
        assert_eq!(answers(&without_last, When::At), None);
    }
}
