//! The settings of a training.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::train::adamw::AdamWConfig;

/// Sets how a classifier is trained.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TrainingOptions {
    /// How often every example is seen.
    pub epochs: usize,
    /// The most tokens of a batch, with padding.
    pub token_budget: usize,
    /// The highest learning rate of the encoder.
    pub encoder_rate: f64,
    /// The highest learning rate of the heads.
    pub head_rate: f64,
    /// The share of all steps during which the rates rise; then they fall to 0, both along a line.
    pub warmup_share: f64,
    /// The share of a target's probability that is spread over all allowed labels.
    pub label_smoothing: f32,
    /// The largest joint norm of the gradients.
    pub largest_norm: f64,
    /// The share of a text vector's values that training blanks before the heads.
    pub dropout: f32,
    /// How many of the lowest blocks stay as they are.
    pub frozen_layers: usize,
    /// Whether the tables of word and position vectors learn too.
    #[serde(default)]
    pub learns_tables: bool,
    /// Whether only the adapters (LoRA) and heads learn.
    #[serde(default)]
    pub adapters_only: bool,
    /// The task whose head alone learns; none lets all learn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_task: Option<String>,
    /// Into how many parts a batch is cut, one thread each; part of the result, unlike the number of cores.
    pub shards: usize,
    /// The seed of the order, the dropout and the heads.
    pub seed: u64,
    /// The constants of the optimiser.
    pub optimizer: AdamWConfig,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            epochs: 2,
            token_budget: 1024,
            encoder_rate: 1e-4,
            head_rate: 5e-4,
            warmup_share: 0.06,
            label_smoothing: 0.05,
            largest_norm: 1.0,
            dropout: 0.1,
            frozen_layers: 0,
            learns_tables: false,
            adapters_only: false,
            only_task: None,
            shards: 2,
            seed: 42,
            optimizer: AdamWConfig::default(),
        }
    }
}

impl TrainingOptions {
    /// Checks that one can train with these options.
    ///
    /// # Errors
    /// Fails if a batch can hold nothing, has no part, or a share does not lie between 0 and 1.
    pub fn validate(&self) -> Result<(), ModelError> {
        if self.shards == 0 || self.token_budget == 0 {
            return Err(ModelError::Invalid(format!(
                "a batch needs at least one part and one token: `{}` and `{}`; raise them",
                self.shards, self.token_budget
            )));
        }
        let shares = [self.dropout, self.label_smoothing, self.warmup_share as f32];
        if let Some(share) = shares.iter().find(|share| !(0.0..1.0).contains(*share)) {
            return Err(ModelError::Invalid(format!(
                "dropout, label smoothing and warm-up are shares below 1: `{share}`; lower it"
            )));
        }
        Ok(())
    }

    /// Gives the factor of both learning rates at an update, counted from 0: up along a line during the warm-up, then down
    /// along a line to 0 after the last update.
    pub(crate) fn rate_factor(&self, step: usize, steps: usize) -> f64 {
        let (step, steps) = (step as f64, steps as f64);
        let warmup = (steps * self.warmup_share).max(1.0);
        let rise = (step + 1.0) / warmup;
        let fall = (steps - step) / (steps - warmup + 1.0).max(1.0);
        rise.min(fall).clamp(0.0, 1.0)
    }

    /// Gives a seed for each numbered use, so that no two share one.
    pub(crate) fn seed_of(&self, number: usize) -> u64 {
        self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_rise_and_fall_along_lines() {
        let options = TrainingOptions { warmup_share: 0.1, ..TrainingOptions::default() };
        let factors: Vec<f64> = (0..100).map(|step| options.rate_factor(step, 100)).collect();
        assert!((factors[0] - 0.1).abs() < 1e-9 && (factors[9] - 1.0).abs() < 1e-9);
        assert!(factors[..10].is_sorted() && factors[9..].iter().rev().is_sorted());
        assert!(factors[99] > 0.0 && factors[99] < 0.02);
    }

    #[test]
    fn refuses_impossible_options() {
        assert!(TrainingOptions::default().validate().is_ok());
        let options = TrainingOptions { dropout: 1.0, ..TrainingOptions::default() };
        assert!(options.validate().unwrap_err().to_string().contains("`1`"));
        let options = TrainingOptions { shards: 0, ..TrainingOptions::default() };
        assert!(options.validate().is_err());
    }
}
