//! How good probabilities are.

use groundswell_insight::trends::rising::Situation;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fmt;

/// How often days are drawn anew for an interval.
const DRAWS: usize = 2_000;

/// Is a board and what is asked of it.
pub(crate) struct Asked {
    /// Days since 1970.
    pub(crate) day: i64,
    /// The items.
    pub(crate) situations: Vec<Situation>,
    /// Whether the answer is yes, for each.
    pub(crate) answers: Vec<bool>,
}

/// Is what was measured: for each day the sum and the count of average precision, nDCG@10 and squared errors.
pub(crate) struct Measured {
    days: BTreeMap<i64, [(f64, f64); 3]>,
    pooled: f64,
    ece: f64,
}

impl Measured {
    /// Measures. Boards without any yes have neither average precision nor nDCG.
    pub(crate) fn of(boards: &[Asked], told: &[Vec<f64>]) -> Self {
        let mut days: BTreeMap<i64, [(f64, f64); 3]> = BTreeMap::new();
        for (board, told) in boards.iter().zip(told) {
            let day = days.entry(board.day).or_default();
            let order = ordered(told, &board.answers);
            if board.answers.contains(&true) {
                add(&mut day[0], average_precision(&order), 1.0);
                add(&mut day[1], ndcg(&order), 1.0);
            }
            let squared = told
                .iter()
                .zip(&board.answers)
                .map(|(told, yes)| (told - f64::from(u8::from(*yes))).powi(2));
            add(&mut day[2], squared.sum(), told.len() as f64);
        }
        let answers: Vec<bool> =
            boards.iter().flat_map(|board| board.answers.iter().copied()).collect();
        let pooled = average_precision(&ordered(&told.concat(), &answers));
        let bins = reliability(boards, told);
        let items: usize = bins.iter().map(|bin| bin.items).sum();
        let ece =
            bins.iter().map(|bin| bin.items as f64 * (bin.told - bin.came).abs()).sum::<f64>()
                / items as f64;
        Self { days, pooled, ece }
    }

    /// The mean of a measure: average precision, nDCG@10 or the Brier score.
    pub(crate) fn mean(&self, measure: usize) -> f64 {
        let (sum, count) = self
            .days
            .values()
            .fold((0.0, 0.0), |(sum, count), day| (sum + day[measure].0, count + day[measure].1));
        sum / count
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [precision, ndcg, brier] = [0, 1, 2].map(|measure| self.mean(measure));
        write!(
            out,
            "{precision:.4} | {:.4} | {ndcg:.4} | {brier:.4} | {:.4}",
            self.pooled, self.ece
        )
    }
}

/// Is a bin of the table of reliability.
pub(crate) struct Bin {
    /// The least probability told.
    pub(crate) from: f64,
    /// The greatest.
    pub(crate) to: f64,
    /// How many items were told such a one.
    pub(crate) items: usize,
    /// Its mean.
    pub(crate) told: f64,
    /// How often it came true.
    pub(crate) came: f64,
}

/// Gives ten bins of equal width, without empty ones.
pub(crate) fn reliability(boards: &[Asked], told: &[Vec<f64>]) -> Vec<Bin> {
    let mut sums = [(0, 0.0, 0.0); 10];
    for (told, yes) in told.iter().flatten().zip(boards.iter().flat_map(|board| &board.answers)) {
        let sum = &mut sums[((told * 10.0) as usize).min(9)];
        *sum = (sum.0 + 1, sum.1 + told, sum.2 + f64::from(u8::from(*yes)));
    }
    let bin = |(at, (items, told, came)): (usize, &(usize, f64, f64))| Bin {
        from: at as f64 / 10.0,
        to: (at + 1) as f64 / 10.0,
        items: *items,
        told: told / *items as f64,
        came: came / *items as f64,
    };
    sums.iter().enumerate().filter(|(_, sum)| sum.0 > 0).map(bin).collect()
}

/// Gives the difference of the means of a measure, and its 95 % interval, by drawing days with replacement for both alike.
pub(crate) fn difference(one: &Measured, other: &Measured, measure: usize) -> (f64, f64, f64) {
    let both: Vec<[f64; 3]> = (one.days.values().zip(other.days.values()))
        .map(|(one, other)| [one[measure].0, other[measure].0, one[measure].1])
        .collect();
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..both.len()).map(|_| both[random.random_range(0..both.len())]);
            let sums = drawn.fold([0.0; 3], |sums, day| [0, 1, 2].map(|at| sums[at] + day[at]));
            (sums[0] - sums[1]) / sums[2]
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let middle = one.mean(measure) - other.mean(measure);
    (middle, draws[DRAWS / 40], draws[DRAWS - DRAWS / 40])
}

fn add(of: &mut (f64, f64), sum: f64, count: f64) {
    *of = (of.0 + sum, of.1 + count);
}

/// Gives groups of equal probabilities, the greatest first: how many are in it, and how many of them are yes.
fn ordered(told: &[f64], answers: &[bool]) -> Vec<(f64, f64)> {
    let mut both: Vec<(f64, bool)> = told.iter().copied().zip(answers.iter().copied()).collect();
    both.sort_by(|one, other| other.0.total_cmp(&one.0));
    let group = |equal: &[(f64, bool)]| {
        (equal.len() as f64, equal.iter().filter(|(_, yes)| *yes).count() as f64)
    };
    both.chunk_by(|one, other| one.0 == other.0).map(group).collect()
}

/// The area under steps of precision over recall; ties count as one step.
fn average_precision(order: &[(f64, f64)]) -> f64 {
    let all: f64 = order.iter().map(|(_, yes)| yes).sum();
    let (mut seen, mut found, mut area) = (0.0, 0.0, 0.0);
    for (items, yes) in order {
        (seen, found) = (seen + items, found + yes);
        area += yes / all * found / seen;
    }
    area
}

/// The discounted gain of the first ten, as a part of the best possible; ties share what their places give.
fn ndcg(order: &[(f64, f64)]) -> f64 {
    let weight = |place: usize| if place < 10 { 1.0 / (place as f64 + 2.0).log2() } else { 0.0 };
    let all: f64 = order.iter().map(|(_, yes)| yes).sum();
    let (mut place, mut gain) = (0, 0.0);
    for (items, yes) in order {
        let places = place..place + *items as usize;
        gain += yes / items * places.clone().map(weight).sum::<f64>();
        place = places.end;
    }
    gain / (0..all as usize).map(weight).sum::<f64>()
}
