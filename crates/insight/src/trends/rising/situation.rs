//! What is known of an item at a board, by that board and those before.

use super::board::{HOUR, History};
use std::collections::{HashMap, VecDeque};

/// The hours looked back for ranks.
pub const LAGS: [u32; 5] = [1, 2, 3, 6, 12];
/// After how many hours off the board an item that is there again has come back.
const AWAY: f64 = 1.5;

/// Is what is known of an item at a board. An unknown number is not a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// Seconds since 1970, UTC.
    pub time: i64,
    /// The item.
    pub item: u64,
    /// How many ranks are the top.
    pub top: f64,
    /// How many items are on the board; an item off it has this rank and one.
    pub size: f64,
    /// Its rank, from 1.
    pub rank: f64,
    /// Its ranks so many hours ago as [`LAGS`] says; unknown if there was no board.
    pub ago: [f64; LAGS.len()],
    /// Its rank on the board before, however long ago that was; unknown on the first.
    pub before: f64,
    /// Hours since the board before; unknown on the first.
    pub since_before: f64,
    /// Its best rank so far.
    pub best: f64,
    /// Hours since it had its best rank first.
    pub since_best: f64,
    /// Hours since it was first seen.
    pub age: f64,
    /// Hours since it came to the board, or came back.
    pub stay: f64,
    /// How many boards had it so far, this included.
    pub boards: f64,
    /// How many of those had it at the top.
    pub boards_at_top: f64,
    /// How often it came back after it had been away.
    pub returns: f64,
    /// How many of the items above it are newer on the board than an hour and a half.
    pub new_above: f64,
    /// Which part of the top of 1, 2, 3, 6 and 12 hours ago, as [`LAGS`] says, is still there; unknown if there was no board.
    pub kept_top: [f64; LAGS.len()],
    /// Which part of the items of the board 3 hours ago is still there; unknown if there was no board.
    pub kept: f64,
}

/// Is what is kept of an item.
#[derive(Clone, Debug)]
struct Past {
    first: i64,
    entered: i64,
    last: i64,
    best: f64,
    best_at: i64,
    boards: u32,
    at_top: u32,
    returns: u32,
    recent: VecDeque<(i64, f64)>,
}

/// Walks through a history, and tells of every board what is known of its items.
pub struct Situations<'a> {
    history: &'a History,
    top: usize,
    next: usize,
    known: HashMap<u64, Past>,
}

impl<'a> Situations<'a> {
    /// Begins at the first board; `top` is how many ranks are the top.
    pub fn new(history: &'a History, top: usize) -> Self {
        Self { history, top, next: 0, known: HashMap::new() }
    }

    fn seen(&mut self, item: u64, time: i64, rank: f64) {
        let past = self.known.entry(item).or_insert_with(|| Past {
            first: time,
            entered: time,
            last: time,
            best: rank,
            best_at: time,
            boards: 0,
            at_top: 0,
            returns: 0,
            recent: VecDeque::new(),
        });
        // Boards that are missing do not send an item away: only those seen without it do.
        let missed = self.next > 0 && past.last < self.history.boards()[self.next - 1].time;
        if missed && hours(time - past.last) > AWAY {
            past.entered = time;
            past.returns += 1;
        }
        past.last = time;
        if rank < past.best {
            (past.best, past.best_at) = (rank, time);
        }
        past.boards += 1;
        past.at_top += u32::from(rank <= self.top as f64);
        past.recent.push_back((time, rank));
        let oldest = time - (i64::from(LAGS[LAGS.len() - 1]) + 1) * HOUR;
        while past.recent.front().is_some_and(|(time, _)| *time < oldest) {
            past.recent.pop_front();
        }
    }
}

impl Iterator for Situations<'_> {
    type Item = Vec<Situation>;

    fn next(&mut self) -> Option<Vec<Situation>> {
        let board = self.history.boards().get(self.next)?;
        for (at, item) in board.items.iter().enumerate() {
            self.seen(*item, board.time, (at + 1) as f64);
        }
        let earlier = |at: usize| &self.history.boards()[at];
        let ago = LAGS.map(|lag| {
            let near = self.history.near(board.time - i64::from(lag) * HOUR);
            near.filter(|at| *at < self.next).map(earlier)
        });
        let before = self.next.checked_sub(1).map(earlier);
        let top = board.top(self.top);
        let kept_top = ago.map(|ago| ago.map_or(f64::NAN, |ago| part_in(ago.top(self.top), top)));
        let kept = ago[2].map_or(f64::NAN, |ago| part_in(&ago.items, &board.items));
        let mut new_above = 0.0;
        let mut all = Vec::with_capacity(board.items.len());
        for (at, item) in board.items.iter().enumerate() {
            let past = &self.known[item];
            // The rank on an earlier board, which lies within what is kept or more than a day ago.
            let rank_on = |board: &super::Board| {
                let there = past.recent.iter().find(|(time, _)| *time == board.time);
                there.map_or(board.items.len() as f64 + 1.0, |(_, rank)| *rank)
            };
            let stay = hours(board.time - past.entered);
            all.push(Situation {
                time: board.time,
                item: *item,
                top: self.top as f64,
                size: board.items.len() as f64,
                rank: (at + 1) as f64,
                ago: ago.map(|board| board.map_or(f64::NAN, rank_on)),
                before: before.map_or(f64::NAN, rank_on),
                since_before: before.map_or(f64::NAN, |before| hours(board.time - before.time)),
                best: past.best,
                since_best: hours(board.time - past.best_at),
                age: hours(board.time - past.first),
                stay,
                boards: f64::from(past.boards),
                boards_at_top: f64::from(past.at_top),
                returns: f64::from(past.returns),
                new_above,
                kept_top,
                kept,
            });
            new_above += f64::from(u8::from(stay < AWAY));
        }
        self.next += 1;
        Some(all)
    }
}

/// Which part of `items` is among `others`.
fn part_in(items: &[u64], others: &[u64]) -> f64 {
    items.iter().filter(|item| others.contains(item)).count() as f64 / items.len() as f64
}

fn hours(seconds: i64) -> f64 {
    seconds as f64 / HOUR as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trends::rising::Observation;

    /// Boards at hours, each with its items from the best.
    fn history(boards: &[(i64, &[u64])]) -> History {
        let seen = |(hour, items): &(i64, &[u64])| {
            let time = hour * HOUR;
            let at =
                |(at, item): (usize, &u64)| Observation { time, item: *item, value: -(at as f64) };
            items.iter().enumerate().map(at).collect::<Vec<_>>()
        };
        History::new(boards.iter().flat_map(seen).collect()).unwrap()
    }

    fn last(history: &History, item: u64) -> Situation {
        let all = Situations::new(history, 1).last().unwrap();
        all.into_iter().find(|situation| situation.item == item).unwrap()
    }

    #[test]
    fn an_item_has_a_past() {
        let history = history(&[(0, &[1, 2, 7]), (1, &[7, 1]), (2, &[1, 2]), (4, &[2, 7, 1])]);
        let seven = last(&history, 7);
        assert_eq!((seven.rank, seven.best, seven.since_best, seven.age), (2.0, 1.0, 3.0, 4.0));
        assert_eq!((seven.returns, seven.stay), (1.0, 0.0));
        assert_eq!((seven.boards, seven.boards_at_top, seven.size), (3.0, 1.0, 3.0));
        // Off the board two hours ago, first three hours ago; an hour ago there was no board.
        assert!(seven.ago[0].is_nan() && seven.ago[3].is_nan());
        assert_eq!((seven.ago[1], seven.ago[2], seven.before), (3.0, 1.0, 3.0));
        // Of the top of 2 and 3 hours ago nothing is left there; of the board 3 hours ago, which had items 7 and 1, all is.
        assert_eq!((seven.kept_top[1], seven.kept_top[2], seven.kept), (0.0, 0.0, 1.0));
        // Item 2 is above, and came back at hour 2, not just now.
        assert_eq!((seven.new_above, last(&history, 1).new_above), (0.0, 1.0));
    }

    #[test]
    fn hours_without_a_board_send_nobody_away() {
        let history = history(&[(0, &[1, 2]), (9, &[2, 1])]);
        let two = last(&history, 2);
        assert_eq!((two.returns, two.stay, two.before, two.since_before), (0.0, 9.0, 2.0, 9.0));
    }

    #[test]
    fn what_comes_after_changes_nothing() {
        let boards: [(i64, &[u64]); 4] = [(0, &[1, 2]), (1, &[2, 3]), (2, &[3, 1]), (3, &[1, 2])];
        let (all, start) = (history(&boards), history(&boards[..3]));
        let told = |history| Situations::new(history, 1).take(3).map(|all| format!("{all:?}"));
        assert!(told(&all).eq(told(&start)));
    }
}
