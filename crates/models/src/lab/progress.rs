//! How far a training is, and how fast it goes.

use std::time::Instant;

use crate::lab::description::CurvePoint;
use crate::train::TrainingProgress;

/// Says how far a training is.
#[derive(Clone, Debug, Default)]
pub struct FitProgress {
    /// The updates so far.
    pub step: usize,
    /// The updates in all, unless the training ends early.
    pub steps: usize,
    /// The mean loss of late.
    pub loss: f64,
    /// The tokens learned from in a second.
    pub tokens_per_second: f64,
    /// The seconds left at this speed.
    pub seconds_left: f64,
    /// What the end of an epoch found.
    pub epoch: Option<CurvePoint>,
}

/// Counts what this run of the training loop has done; a resumed training starts a new count.
pub(crate) struct Pace {
    begun: Instant,
    steps: usize,
    tokens: usize,
    late_loss: f64,
    epoch_loss: f64,
    epoch_steps: usize,
}

impl Default for Pace {
    fn default() -> Self {
        let (steps, tokens, epoch_steps) = (0, 0, 0);
        let begun = Instant::now();
        Self { begun, steps, tokens, late_loss: 0.0, epoch_loss: 0.0, epoch_steps }
    }
}

impl Pace {
    /// Counts an update.
    pub(crate) fn after(&mut self, progress: &TrainingProgress) -> FitProgress {
        self.steps += 1;
        self.tokens += progress.tokens;
        self.epoch_loss += progress.loss;
        self.epoch_steps += 1;
        let weight = if self.steps == 1 { 1.0 } else { 0.05 };
        self.late_loss += weight * (progress.loss - self.late_loss);
        let seconds = self.begun.elapsed().as_secs_f64();
        let left = progress.steps.saturating_sub(progress.step) as f64;
        FitProgress {
            step: progress.step,
            steps: progress.steps,
            loss: self.late_loss,
            tokens_per_second: self.tokens as f64 / seconds.max(1e-9),
            seconds_left: left * seconds / self.steps as f64,
            epoch: None,
        }
    }

    /// Gives the mean loss of the epoch that ends.
    pub(crate) fn end_epoch(&mut self) -> f64 {
        let mean = self.epoch_loss / self.epoch_steps.max(1) as f64;
        (self.epoch_loss, self.epoch_steps) = (0.0, 0);
        mean
    }
}
