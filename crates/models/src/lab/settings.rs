//! The settings of a training in the lab.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::lab::architecture::Architecture;

/// Says how the texts of labels that are rare count.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// Every text counts alike.
    None,
    /// By the root of the rarity of the label.
    #[default]
    Root,
    /// By the rarity: all labels count alike.
    Balanced,
}

/// Sets how a model is trained; what is not set follows the architecture.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TrainSettings {
    /// The architecture.
    pub architecture: Architecture,
    /// The most passes over the data.
    pub epochs: Option<usize>,
    /// The highest learning rate.
    pub rate: Option<f64>,
    /// The most tokens of a batch.
    pub batch_tokens: usize,
    /// The most pieces of a text.
    pub longest: usize,
    /// The share of a target's probability that is spread over all labels.
    pub label_smoothing: f32,
    /// The share of values that are blanked before the last layer.
    pub dropout: f32,
    /// How the texts of rare labels count.
    pub class_weights: ClassWeights,
    /// How many epochs without a better validation score end the training.
    pub patience: usize,
    /// The rank of adapters.
    pub adapter_rank: usize,
    /// How many of the lowest blocks of an encoder stay as they are.
    pub frozen_layers: usize,
    /// The folder of the checkpoint that an encoder starts from, instead of the shipped one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The folder of word vectors that a network from scratch starts with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<String>,
    /// The seed of everything random.
    pub seed: u64,
}

impl TrainSettings {
    /// Chooses the settings that serve most sets.
    pub fn new(architecture: Architecture) -> Self {
        Self {
            architecture,
            epochs: None,
            rate: None,
            batch_tokens: 1024,
            longest: 112,
            label_smoothing: 0.05,
            dropout: 0.1,
            class_weights: ClassWeights::default(),
            patience: 3,
            adapter_rank: 8,
            frozen_layers: 1,
            base: None,
            vectors: None,
            seed: 42,
        }
    }

    /// Gives the most passes over the data.
    pub fn epochs(&self) -> usize {
        self.epochs.unwrap_or(match self.architecture {
            Architecture::Sparse(kind) => kind.default_options().epochs,
            Architecture::Scratch(_) => 12,
            Architecture::Static | Architecture::Heads => 40,
            Architecture::Lora => 6,
            Architecture::Encoder => 4,
            Architecture::Cascade => 1,
        })
    }

    /// Gives the highest learning rate of the body and of the head.
    pub fn rates(&self) -> (f64, f64) {
        match self.architecture {
            Architecture::Sparse(kind) => {
                let rate = self.rate.unwrap_or(f64::from(kind.default_options().rate));
                (rate, rate)
            }
            Architecture::Encoder => {
                let rate = self.rate.unwrap_or(1e-4);
                (rate, 5.0 * rate)
            }
            _ => {
                let rate = self.rate.unwrap_or(1e-3);
                (rate, rate)
            }
        }
    }

    /// Checks that one can train with these settings.
    ///
    /// # Errors
    /// Fails if a number is out of its range.
    pub fn validate(&self) -> Result<(), ModelError> {
        let at_least_one = [
            ("epochs", self.epochs()),
            ("batch tokens", self.batch_tokens),
            ("patience", self.patience),
            ("adapter rank", self.adapter_rank),
        ];
        if let Some((name, _)) = at_least_one.iter().find(|(_, value)| *value == 0) {
            return Err(ModelError::Invalid(format!(
                "{name} must be at least 1, not `0`; raise it"
            )));
        }
        if !(8..=512).contains(&self.longest) {
            return Err(ModelError::Invalid(format!(
                "a text may have 8 to 512 pieces, not `{}`; change it",
                self.longest
            )));
        }
        let (rate, _) = self.rates();
        if !(rate > 0.0 && rate.is_finite()) {
            return Err(ModelError::Invalid(format!(
                "the learning rate must be above 0, not `{rate}`; raise it"
            )));
        }
        Ok(())
    }
}
