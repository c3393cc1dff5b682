//! What a model says about a text.

use serde::{Deserialize, Serialize};

/// Names one class of a task, e.g. `negative`.
pub type Label = &'static str;

/// Holds a number in 0 … 1: a probability, a confidence, a similarity.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Score(f32);

impl Score {
    /// Accepts a number from 0 to 1.
    ///
    /// # Errors
    /// [`ScoreError`] for anything else, not-a-number included.
    pub fn new(value: f32) -> Result<Self, ScoreError> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(ScoreError(value)) }
    }

    /// Returns the number.
    pub fn value(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for Score {
    type Error = ScoreError;
    fn try_from(value: f32) -> Result<Self, ScoreError> {
        Self::new(value)
    }
}

impl From<Score> for f32 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// Says that a number is no score.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("score `{0}` lies outside 0 to 1")]
pub struct ScoreError(f32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zero_to_one_is_a_score() {
        assert_eq!(Score::new(0.25).map(Score::value), Ok(0.25));
        assert!(Score::new(1.01).is_err());
        assert!(Score::new(f32::NAN).is_err());
    }
}
