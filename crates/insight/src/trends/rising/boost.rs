//! Fits a sum of functions by cyclic boosting.
//!
//! Part after part takes a damped Newton step of the log-loss in each of its cells, round after round, until rows that are held out stop
//! gaining (Lou, Caruana & Gehrke 2012; the steps as in Friedman, Hastie & Tibshirani 2000). No chance is in it.

use super::additive::{Additive, Part, probability};
use super::bins::Bins;

/// Is a table of rows and what became of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// The features of each row.
    pub(super) values: Vec<Vec<f64>>,
    /// Whether the answer was yes.
    pub(super) answers: Vec<bool>,
}

impl Rows {
    /// Adds a row.
    pub(super) fn push(&mut self, values: Vec<f64>, answer: bool) {
        self.values.push(values);
        self.answers.push(answer);
    }

    /// How many answers were yes.
    pub(super) fn yes(&self) -> usize {
        self.answers.iter().filter(|answer| **answer).count()
    }
}

/// Says how to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The bins of a feature.
    pub bins: usize,
    /// The bins of each of two features together.
    pub pair_bins: usize,
    /// The part of a Newton step that is taken, over 0 to 1.
    pub rate: f64,
    /// How much holds a cell with few rows at 0, in units of the variance of a row's answer.
    pub ridge: f64,
    /// How many rounds there are at most.
    pub rounds: usize,
    /// After how many rounds without gain it ends.
    pub patience: usize,
}

impl Default for Fit {
    fn default() -> Self {
        Self { bins: 64, pair_bins: 32, rate: 0.05, ridge: 200.0, rounds: 400, patience: 4 }
    }
}

/// Fits functions of every feature and of these pairs to `rows`; `held_out` says when to end.
pub(super) fn boost(rows: &Rows, held_out: &Rows, pairs: &[[usize; 2]], fit: &Fit) -> Additive {
    let width = rows.values.first().map_or(0, Vec::len);
    let bins = |feature: usize, most| Bins::of(rows.values.iter().map(|row| row[feature]), most);
    let coarse: Vec<Bins> = (0..width).map(|feature| bins(feature, fit.pair_bins)).collect();
    let single = (0..width).map(|feature| Part::new(vec![feature], vec![bins(feature, fit.bins)]));
    let double = pairs.iter().map(|pair| {
        Part::new(pair.to_vec(), pair.iter().map(|feature| coarse[*feature].clone()).collect())
    });
    let rate = rows.yes() as f64 / rows.answers.len().max(1) as f64;
    let base = (rate / (1.0 - rate)).ln();
    let mut model = Additive { base, parts: single.chain(double).collect() };
    let mut train = State::new(&model, rows);
    let mut check = State::new(&model, held_out);
    let (mut best, mut loss, mut waited) = (model.clone(), check.loss(), 0);
    for _ in 0..fit.rounds {
        for at in 0..model.parts.len() {
            let steps = train.steps(at, model.parts[at].adds.len(), fit);
            train.take(at, &steps);
            check.take(at, &steps);
            model.parts[at].adds.iter_mut().zip(&steps).for_each(|(add, step)| *add += step);
        }
        let now = check.loss();
        if now < loss - 1e-6 {
            (best, loss, waited) = (model.clone(), now, 0);
        } else {
            waited += 1;
            if waited >= fit.patience {
                break;
            }
        }
    }
    let counts: Vec<Vec<f64>> =
        (0..best.parts.len()).map(|at| train.counts(at, best.parts[at].adds.len())).collect();
    best.center(&counts);
    best
}

/// Is where the rows of a table stand while a model is fitted.
struct State<'a> {
    /// The cell of each row, for each part.
    cells: Vec<Vec<u32>>,
    log_odds: Vec<f64>,
    answers: &'a [bool],
}

impl<'a> State<'a> {
    fn new(model: &Additive, rows: &'a Rows) -> Self {
        let of = |part: &Part| rows.values.iter().map(|row| part.cell(row) as u32).collect();
        Self {
            cells: model.parts.iter().map(of).collect(),
            log_odds: vec![model.base; rows.answers.len()],
            answers: &rows.answers,
        }
    }

    fn steps(&self, part: usize, cells: usize, fit: &Fit) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); cells];
        for ((cell, log_odds), answer) in
            self.cells[part].iter().zip(&self.log_odds).zip(self.answers)
        {
            let probability = probability(*log_odds);
            let (slope, bend) = &mut sums[*cell as usize];
            *slope += f64::from(u8::from(*answer)) - probability;
            *bend += probability * (1.0 - probability);
        }
        // The mean variance makes the ridge mean as much for rare answers as for frequent ones.
        let variance: f64 = sums.iter().map(|(_, bend)| bend).sum::<f64>();
        let ridge = fit.ridge * variance / self.answers.len().max(1) as f64 + 1e-9;
        sums.iter().map(|(slope, bend)| fit.rate * slope / (bend + ridge)).collect()
    }

    fn take(&mut self, part: usize, steps: &[f64]) {
        for (cell, log_odds) in self.cells[part].iter().zip(&mut self.log_odds) {
            *log_odds += steps[*cell as usize];
        }
    }

    fn counts(&self, part: usize, cells: usize) -> Vec<f64> {
        let mut counts = vec![0.0; cells];
        self.cells[part].iter().for_each(|cell| counts[*cell as usize] += 1.0);
        counts
    }

    /// The mean log-loss.
    fn loss(&self) -> f64 {
        let of = |(log_odds, answer): (&f64, &bool)| {
            let wrong = if *answer { -log_odds } else { *log_odds };
            // ln(1 + e^x), for large x too.
            wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
        };
        self.log_odds.iter().zip(self.answers).map(of).sum::<f64>()
            / self.answers.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Rows of three features: the first adds, the first two together decide by their signs, the third is noise.
    fn rows(seed: u64, count: usize, truth: fn(&[f64]) -> f64) -> Rows {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = Rows::default();
        for _ in 0..count {
            let row: Vec<f64> = (0..3).map(|_| random.random_range(-1.0..1.0)).collect();
            let answer = random.random::<f64>() < probability(truth(&row));
            rows.push(row, answer);
        }
        rows
    }

    fn together(row: &[f64]) -> f64 {
        row[0] + 2.0 * (row[0] * row[1]).signum() - 1.0
    }

    #[test]
    fn it_finds_what_made_the_answers() {
        let (train, check) = (rows(1, 20_000, together), rows(2, 5_000, together));
        let fit = Fit { bins: 16, pair_bins: 4, ridge: 10.0, ..Fit::default() };
        let model = boost(&train, &check, &[[0, 1]], &fit);
        for row in [[0.5, 0.5, 0.0], [-0.5, 0.5, 0.9], [-0.5, -0.5, -0.9], [0.5, -0.5, 0.0]] {
            let (found, truth) = (model.log_odds(&row), together(&row));
            assert!((found - truth).abs() < 0.4, "{row:?}: {found}, not {truth}");
        }
        let noise = model.parts[2].adds.iter().fold(0.0_f64, |most, add| most.max(add.abs()));
        assert!(noise < 0.3, "{noise}");
        // Without the pair the signs cannot be seen.
        let alone = boost(&train, &check, &[], &fit);
        assert!((alone.log_odds(&[0.5, -0.5, 0.0]) - together(&[0.5, -0.5, 0.0])).abs() > 1.0);
    }

    #[test]
    fn the_mean_probability_is_the_rate_of_yes() {
        let (train, check) = (rows(3, 5_000, together), rows(4, 2_000, together));
        let model = boost(&train, &check, &[[0, 1]], &Fit::default());
        let mean =
            train.values.iter().map(|row| probability(model.log_odds(row))).sum::<f64>() / 5e3;
        assert!((mean - train.yes() as f64 / 5e3).abs() < 0.005, "{mean}");
    }

    #[test]
    fn noise_ends_it_early() {
        let (train, check) = (rows(5, 500, |_| 0.0), rows(6, 500, |_| 0.0));
        let model = boost(&train, &check, &[[0, 1]], &Fit::default());
        let most = check.values.iter().map(|row| model.log_odds(row).abs()).fold(0.0, f64::max);
        assert!(most < 1.0, "{most}");
    }
}
