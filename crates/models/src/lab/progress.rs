//! How far a training is, how fast it goes, and whether it still gets better.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::lab::description::CurvePoint;
use crate::train::TrainingProgress;

/// How much the last update counts in a mean of late.
const LATE: f64 = 0.05;

/// Says how far a training is.
#[derive(Clone, Debug, Default)]
pub struct FitProgress {
    /// The updates so far; of models over n-grams the passes.
    pub step: usize,
    /// The updates in all, unless the training ends early.
    pub steps: usize,
    /// The mean loss of late.
    pub loss: f64,
    /// The mean share of labels of late that were found before they were learned; none unless a text has one label.
    pub accuracy: Option<f64>,
    /// The tokens learned from in a second.
    pub tokens_per_second: f64,
    /// The seconds left at this speed.
    pub seconds_left: f64,
    /// The name of the validation score.
    pub measure: &'static str,
    /// The last validation score.
    pub score: Option<f64>,
    /// What the end of an epoch found.
    pub epoch: Option<CurvePoint>,
}

/// Counts what this run of a training has done and keeps the curve of all its runs.
pub(crate) struct Pace {
    measure: &'static str,
    begun: Instant,
    steps: usize,
    tokens: usize,
    late_loss: Option<f64>,
    late_accuracy: Option<f64>,
    epoch_loss: f64,
    epoch_steps: usize,
    curve: Vec<CurvePoint>,
}

/// Is what a checkpoint keeps of a pace. Floats are kept as their bits: out of JSON they may come a rounding off.
#[derive(Default, Deserialize, Serialize)]
struct Notes {
    /// The sum of the losses of the epoch under way, and how many.
    epoch: (u64, usize),
    /// The loss and the score of every epoch that ended.
    curve: Vec<(u64, u64)>,
}

impl Pace {
    /// Starts to count; `measure` names the validation score.
    pub(crate) fn new(measure: &'static str) -> Self {
        Self {
            measure,
            begun: Instant::now(),
            steps: 0,
            tokens: 0,
            late_loss: None,
            late_accuracy: None,
            epoch_loss: 0.0,
            epoch_steps: 0,
            curve: Vec::new(),
        }
    }

    /// Goes on with the epoch and the curve of a checkpoint, if its notes are any.
    pub(crate) fn resumed(measure: &'static str, notes: &serde_json::Value) -> Self {
        let notes: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        let point = |(index, (loss, score)): (usize, &(u64, u64))| CurvePoint {
            epoch: index + 1,
            loss: f64::from_bits(*loss),
            score: f64::from_bits(*score),
        };
        Self {
            epoch_loss: f64::from_bits(notes.epoch.0),
            epoch_steps: notes.epoch.1,
            curve: notes.curve.iter().enumerate().map(point).collect(),
            ..Self::new(measure)
        }
    }

    /// Gives what [`Pace::resumed`] goes on with.
    pub(crate) fn notes(&self) -> serde_json::Value {
        let bits = |point: &CurvePoint| (point.loss.to_bits(), point.score.to_bits());
        let notes = Notes {
            epoch: (self.epoch_loss.to_bits(), self.epoch_steps),
            curve: self.curve.iter().map(bits).collect(),
        };
        serde_json::to_value(notes).unwrap_or_default()
    }

    /// Counts an update.
    pub(crate) fn after(&mut self, progress: &TrainingProgress) -> FitProgress {
        self.steps += 1;
        self.tokens += progress.tokens;
        self.epoch_loss += progress.loss;
        self.epoch_steps += 1;
        let late =
            |mean: Option<f64>, last: f64| mean.map_or(last, |mean| mean + LATE * (last - mean));
        let loss = late(self.late_loss, progress.loss);
        self.late_loss = Some(loss);
        if let Some(accuracy) = progress.accuracy {
            self.late_accuracy = Some(late(self.late_accuracy, accuracy));
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        let left = progress.steps.saturating_sub(progress.step) as f64;
        FitProgress {
            step: progress.step,
            steps: progress.steps,
            loss,
            accuracy: self.late_accuracy,
            tokens_per_second: self.tokens as f64 / seconds.max(1e-9),
            seconds_left: left * seconds / self.steps as f64,
            measure: self.measure,
            score: self.curve.last().map(|point| point.score),
            epoch: None,
        }
    }

    /// Ends an epoch with its validation score.
    pub(crate) fn end_epoch(&mut self, score: f64, progress: &mut FitProgress) {
        let loss = self.epoch_loss / self.epoch_steps.max(1) as f64;
        (self.epoch_loss, self.epoch_steps) = (0.0, 0);
        let point = CurvePoint { epoch: self.curve.len() + 1, loss, score };
        self.curve.push(point);
        (progress.score, progress.epoch) = (Some(score), Some(point));
    }

    /// Counts the epochs that ended since the best one; none if none ended. Of equal scores, which a few validation texts give easily, the
    /// one of less loss is the best.
    fn epochs_since_best(&self) -> Option<usize> {
        let is_better = |point: &CurvePoint, best: &CurvePoint| {
            point.score > best.score || (point.score == best.score && point.loss < best.loss)
        };
        let mut best: Option<(usize, &CurvePoint)> = None;
        for (index, point) in self.curve.iter().enumerate() {
            if best.is_none_or(|(_, best)| is_better(point, best)) {
                best = Some((index, point));
            }
        }
        best.map(|(index, _)| self.curve.len() - 1 - index)
    }

    /// Tells whether the epoch that ended last is the best so far.
    pub(crate) fn is_best(&self) -> bool {
        self.epochs_since_best() == Some(0)
    }

    /// Tells whether so many epochs have ended since the best one that the training ends.
    pub(crate) fn is_over(&self, patience: usize) -> bool {
        self.epochs_since_best().is_some_and(|epochs| epochs >= patience)
    }

    /// Gives the curve.
    pub(crate) fn into_curve(self) -> Vec<CurvePoint> {
        self.curve
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: usize, loss: f64) -> TrainingProgress {
        TrainingProgress {
            step: number,
            steps: 10,
            loss,
            accuracy: Some(0.5),
            norm: 1.0,
            tokens: 7,
            ends_epoch: false,
        }
    }

    #[test]
    fn a_resumed_pace_ends_the_epoch_with_the_same_loss() {
        let losses = [0.1, 1.0 / 3.0, 0.7, 2.0f64.sqrt(), 0.9, 1e-9];
        let mut whole = Pace::new("macro-F1");
        let mut part = Pace::new("macro-F1");
        for (number, loss) in losses.into_iter().enumerate() {
            if number == 4 {
                let notes = part.notes().to_string();
                part = Pace::resumed("macro-F1", &serde_json::from_str(&notes).unwrap());
            }
            for pace in [&mut whole, &mut part] {
                let mut shown = pace.after(&step(number + 1, loss));
                if number == 2 || number == 5 {
                    pace.end_epoch(1.0 / (number as f64 + 1.0), &mut shown);
                    assert_eq!(shown.epoch.unwrap().epoch, number / 2);
                }
            }
        }
        let shown = part.after(&step(7, 0.2));
        assert_eq!((shown.score, shown.accuracy), (Some(1.0 / 6.0), Some(0.5)));
        assert_eq!((shown.measure, shown.step, shown.steps), ("macro-F1", 7, 10));
        assert!(shown.tokens_per_second > 0.0 && shown.seconds_left >= 0.0);
        assert_eq!(whole.into_curve(), part.into_curve());
    }

    #[test]
    fn a_training_ends_when_the_score_no_longer_grows() {
        let mut pace = Pace::new("macro-F1");
        assert!(!pace.is_best() && !pace.is_over(1));
        let scores = [0.5, 0.7, 0.7, 0.6, 0.8];
        let mut seen = Vec::new();
        for score in scores {
            pace.end_epoch(score, &mut FitProgress::default());
            seen.push((pace.is_best(), pace.is_over(2)));
        }
        let expected = [(true, false), (true, false), (false, false), (false, true), (true, false)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn of_equal_scores_the_one_of_less_loss_is_the_best() {
        let mut pace = Pace::new("macro-F1");
        let mut seen = Vec::new();
        for loss in [0.7, 0.5, 0.3, 0.4, 0.2] {
            (pace.epoch_loss, pace.epoch_steps) = (loss, 1);
            pace.end_epoch(0.95, &mut FitProgress::default());
            seen.push(pace.is_best());
        }
        assert_eq!(seen, [true, true, true, false, true]);
    }
}
