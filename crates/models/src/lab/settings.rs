//! The settings of a training in the lab.

use serde::{Deserialize, Serialize};

use crate::architectures::{LabelKind, SparseKind};
use crate::error::ModelError;
use crate::lab::architecture::Architecture;
use crate::runtime::LONGEST_TEXT;
use crate::train::{Example, weigh_by_rarity};

/// The fewest pieces a text may be cut to.
const SHORTEST: usize = 8;
/// The most pieces of a text for a network from scratch.
const LONGEST_FROM_SCRATCH: usize = 512;

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

impl ClassWeights {
    /// Weighs texts by the rarity of their label, so that the mean stays 1.
    pub(crate) fn weigh(self, examples: &mut [Example]) {
        if self == Self::None {
            return;
        }
        weigh_by_rarity(examples, 0);
        if self == Self::Balanced {
            // The weights of the root, squared, are those of the rarity; the mean is brought back to 1.
            let mut total = 0.0;
            for label in examples.iter_mut().filter_map(|example| example.labels[0].as_mut()) {
                label.weight *= label.weight;
                total += label.weight;
            }
            let mean = total / examples.len().max(1) as f32;
            for label in examples.iter_mut().filter_map(|example| example.labels[0].as_mut()) {
                label.weight /= mean;
            }
        }
    }
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
    pub batch_tokens: Option<usize>,
    /// The most pieces of a text.
    pub longest: Option<usize>,
    /// The share of a target's probability that is spread over all labels.
    pub label_smoothing: Option<f32>,
    /// The share of values that are blanked before the last layer.
    pub dropout: Option<f32>,
    /// How the texts of rare labels count.
    pub class_weights: ClassWeights,
    /// How many epochs without a better validation score end the training.
    pub patience: Option<usize>,
    /// The rank of adapters.
    pub adapter_rank: Option<usize>,
    /// How many of the lowest blocks of an encoder stay as they are.
    pub frozen_layers: Option<usize>,
    /// The folder of the checkpoint that an encoder starts from, instead of the shipped one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The folder of word vectors that fastText or a network from scratch starts with.
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
            batch_tokens: None,
            longest: None,
            label_smoothing: None,
            dropout: None,
            class_weights: ClassWeights::default(),
            patience: None,
            adapter_rank: None,
            frozen_layers: None,
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

    /// Gives the most tokens of a batch.
    pub fn batch_tokens(&self) -> usize {
        self.batch_tokens.unwrap_or(1024)
    }

    /// Gives the most pieces of a text.
    pub fn longest(&self) -> usize {
        self.longest.unwrap_or(112)
    }

    /// Gives the share of a target's probability that is spread over all labels.
    pub fn label_smoothing(&self) -> f32 {
        self.label_smoothing.unwrap_or(0.05)
    }

    /// Gives the share of values that are blanked before the last layer.
    pub fn dropout(&self) -> f32 {
        self.dropout.unwrap_or(0.1)
    }

    /// Gives how many epochs without a better validation score end the training.
    pub fn patience(&self) -> usize {
        let is_sparse = matches!(self.architecture, Architecture::Sparse(_));
        self.patience.unwrap_or(if is_sparse { 5 } else { 3 })
    }

    /// Gives the rank of adapters.
    pub fn adapter_rank(&self) -> usize {
        self.adapter_rank.unwrap_or(8)
    }

    /// Gives how many of the lowest blocks stay as they are; those of a network from scratch all learn.
    pub fn frozen_layers(&self) -> usize {
        let is_encoder = self.architecture == Architecture::Encoder;
        self.frozen_layers.unwrap_or(usize::from(is_encoder))
    }

    /// Checks that one can train with these settings for labels of a kind.
    ///
    /// # Errors
    /// Fails if a number is out of its range, or something is set that the architecture does not use.
    pub fn validate(&self, kind: LabelKind) -> Result<(), ModelError> {
        self.refuse_unused(kind)?;
        let at_least_one = [
            ("epochs", self.epochs()),
            ("batch tokens", self.batch_tokens()),
            ("patience", self.patience()),
            ("adapter rank", self.adapter_rank()),
        ];
        if let Some((name, _)) = at_least_one.iter().find(|(_, value)| *value == 0) {
            return Err(ModelError::Invalid(format!(
                "{name} must be at least 1, not `0`; raise it"
            )));
        }
        let most = if self.is_encoder() { LONGEST_TEXT } else { LONGEST_FROM_SCRATCH };
        check_longest(self.longest(), most)?;
        check_rate(self.rates().0)
    }

    fn is_encoder(&self) -> bool {
        matches!(self.architecture, Architecture::Lora | Architecture::Encoder)
    }

    /// Refuses what is set although the architecture does not use it.
    fn refuse_unused(&self, kind: LabelKind) -> Result<(), ModelError> {
        let architecture = self.architecture;
        let is_scratch = matches!(architecture, Architecture::Scratch(_));
        let reads_pieces = is_scratch || self.is_encoder();
        let is_network = !matches!(architecture, Architecture::Sparse(_));
        let is_smoothed = is_network && kind == LabelKind::Single;
        let is_lora = architecture == Architecture::Lora;
        let is_whole = architecture == Architecture::Encoder;
        let pieces = "cnn, lstm, transformer, lora or encoder";
        let options = [
            ("--base", self.base.is_some(), self.is_encoder(), "lora or encoder"),
            (
                "--vectors",
                self.vectors.is_some(),
                is_scratch || architecture == Architecture::Sparse(SparseKind::FastText),
                "fasttext, cnn, lstm or transformer",
            ),
            ("--batch-tokens", self.batch_tokens.is_some(), reads_pieces, pieces),
            ("--longest", self.longest.is_some(), reads_pieces, pieces),
            ("--dropout", self.dropout.is_some(), is_network, "a neural network"),
            (
                "--label-smoothing",
                self.label_smoothing.is_some(),
                is_smoothed,
                "a neural network and single labels",
            ),
            ("--adapter-rank", self.adapter_rank.is_some(), is_lora, "lora"),
            ("--frozen-layers", self.frozen_layers.is_some(), is_whole, "encoder"),
        ];
        for (option, is_set, is_used, users) in options {
            if is_set && !is_used {
                return Err(ModelError::Invalid(format!(
                    "{option} is for {users}, it changes nothing for `{}`; leave it out, or choose another --architecture",
                    architecture.name()
                )));
            }
        }
        Ok(())
    }
}

/// Checks the most pieces of a text.
pub(crate) fn check_longest(longest: usize, most: usize) -> Result<(), ModelError> {
    if (SHORTEST..=most).contains(&longest) {
        return Ok(());
    }
    Err(ModelError::Invalid(format!(
        "a text may have {SHORTEST} to {most} pieces, not `{longest}`; change --longest"
    )))
}

/// Checks a learning rate.
pub(crate) fn check_rate(rate: f64) -> Result<(), ModelError> {
    if rate > 0.0 && rate.is_finite() {
        return Ok(());
    }
    Err(ModelError::Invalid(format!(
        "the learning rate must be a number above 0, not `{rate}`; change --rate"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::architecture::{ARCHITECTURES, find_architecture};

    type Change = fn(&mut TrainSettings);

    fn refused(architecture: &str, kind: LabelKind, set: Change) -> String {
        let mut settings = TrainSettings::new(find_architecture(architecture).unwrap());
        set(&mut settings);
        settings.validate(kind).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_an_architecture_does_not_use_is_refused() {
        let changes: [(Change, &str, &[&str]); 8] = [
            (|s| s.base = Some("mine".into()), "--base", &["lora", "encoder"]),
            (
                |s| s.vectors = Some("words".into()),
                "--vectors",
                &["fasttext", "cnn", "lstm", "transformer"],
            ),
            (
                |s| s.batch_tokens = Some(512),
                "--batch-tokens",
                &["cnn", "lstm", "transformer", "lora", "encoder"],
            ),
            (
                |s| s.longest = Some(64),
                "--longest",
                &["cnn", "lstm", "transformer", "lora", "encoder"],
            ),
            (
                |s| s.dropout = Some(0.2),
                "--dropout",
                &["cnn", "lstm", "transformer", "static", "heads", "lora", "encoder"],
            ),
            (
                |s| s.label_smoothing = Some(0.1),
                "--label-smoothing",
                &["cnn", "lstm", "transformer", "static", "heads", "lora", "encoder"],
            ),
            (|s| s.adapter_rank = Some(4), "--adapter-rank", &["lora"]),
            (|s| s.frozen_layers = Some(2), "--frozen-layers", &["encoder"]),
        ];
        for (set, option, users) in changes {
            for entry in ARCHITECTURES {
                let said = refused(entry.name, LabelKind::Single, set);
                let is_named = said.contains(option) && said.contains(&format!("`{}`", entry.name));
                assert_eq!(
                    is_named,
                    !users.contains(&entry.name),
                    "{option} {}: {said}",
                    entry.name
                );
                assert!(is_named || said.is_empty(), "{said}");
            }
        }
        let said = refused("cnn", LabelKind::Ordinal, |s| s.label_smoothing = Some(0.1));
        assert!(said.contains("single labels"), "{said}");
    }

    #[test]
    fn numbers_out_of_their_range_are_refused() {
        let single = LabelKind::Single;
        assert_eq!(refused("encoder", single, |s| s.longest = Some(256)), "");
        assert!(refused("encoder", single, |s| s.longest = Some(257)).contains("8 to 256"));
        assert_eq!(refused("lstm", single, |s| s.longest = Some(512)), "");
        assert!(refused("lstm", single, |s| s.longest = Some(513)).contains("`513`"));
        assert!(refused("lora", single, |s| s.longest = Some(2)).contains("`2`"));
        assert!(refused("heads", single, |s| s.rate = Some(f64::NAN)).contains("`NaN`"));
        assert!(refused("linear", single, |s| s.patience = Some(0)).contains("patience"));
    }
}
