//! The architectures of the lab: one visible list.

use serde::{Deserialize, Serialize};

use crate::architectures::{ScratchKind, SparseKind};
use crate::error::ModelError;

/// Names a way to build and fit a model.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// A model over hashed n-grams.
    Sparse(SparseKind),
    /// A network from random weights.
    Scratch(ScratchKind),
    /// A head on the mean of the word vectors of the shipped encoder, whose blocks do not run.
    Static,
    /// A head on the vectors of the shipped encoder, which stays as it is.
    Heads,
    /// An encoder whose low-rank adapters learn.
    Lora,
    /// An encoder that learns in full.
    Encoder,
    /// A cheap model that asks a dear one when it is not sure.
    Cascade,
}

/// Describes an architecture to people.
#[derive(Debug)]
pub struct ArchitectureEntry {
    /// The name on the command line.
    pub name: &'static str,
    /// The architecture.
    pub architecture: Architecture,
    /// What it is and when to choose it.
    pub about: &'static str,
}

/// Lists the architectures that `train` knows, from the cheapest to the best.
pub static ARCHITECTURES: &[ArchitectureEntry] = &[
    ArchitectureEntry {
        name: "linear",
        architecture: Architecture::Sparse(SparseKind::Linear),
        about: "logistic regression over TF-IDF of n-grams: seconds to train, hard to beat on keywords",
    },
    ArchitectureEntry {
        name: "fasttext",
        architecture: Architecture::Sparse(SparseKind::FastText),
        about: "mean of n-gram vectors (Joulin et al. 2016): small and fast, for many labels",
    },
    ArchitectureEntry {
        name: "cnn",
        architecture: Architecture::Scratch(ScratchKind::Cnn),
        about: "TextCNN (Kim 2014) from random weights: phrases, some thousand texts and more",
    },
    ArchitectureEntry {
        name: "lstm",
        architecture: Architecture::Scratch(ScratchKind::Lstm),
        about: "bidirectional LSTM (Hochreiter and Schmidhuber 1997) from random weights: order of words",
    },
    ArchitectureEntry {
        name: "transformer",
        architecture: Architecture::Scratch(ScratchKind::Transformer),
        about: "two-block Transformer (Vaswani et al. 2017) from random weights: for large sets",
    },
    ArchitectureEntry {
        name: "static",
        architecture: Architecture::Static,
        about: "a head on the mean of word vectors: knows words it was not taught, at the speed of a linear model",
    },
    ArchitectureEntry {
        name: "heads",
        architecture: Architecture::Heads,
        about: "a head on the shipped encoder: the default; good from some hundred texts, scores at no extra cost",
    },
    ArchitectureEntry {
        name: "lora",
        architecture: Architecture::Lora,
        about: "low-rank adapters (Hu et al. 2021) in the encoder: less memory than learning in full",
    },
    ArchitectureEntry {
        name: "encoder",
        architecture: Architecture::Encoder,
        about: "the encoder learns in full (Devlin et al. 2018): the best of them from some thousand texts",
    },
];

/// Finds an architecture by its name.
///
/// # Errors
/// Fails if there is none; the error lists all.
pub fn find_architecture(name: &str) -> Result<Architecture, ModelError> {
    let found = ARCHITECTURES.iter().find(|entry| entry.name == name);
    found.map(|entry| entry.architecture).ok_or_else(|| {
        let names: Vec<&str> = ARCHITECTURES.iter().map(|entry| entry.name).collect();
        ModelError::Invalid(format!(
            "unknown architecture `{name}`; use one of `{}`",
            names.join("`, `")
        ))
    })
}

impl Architecture {
    /// Gives the name on the command line.
    pub fn name(self) -> &'static str {
        let found = ARCHITECTURES.iter().find(|entry| entry.architecture == self);
        found.map_or("cascade", |entry| entry.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_others_answered() {
        for entry in ARCHITECTURES {
            assert_eq!(find_architecture(entry.name).unwrap().name(), entry.name);
        }
        let error = find_architecture("gpt").unwrap_err().to_string();
        assert!(error.contains("`gpt`") && error.contains("`heads`"), "{error}");
    }
}
