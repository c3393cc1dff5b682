//! Word vectors learned from a corpus: skip-gram with negative sampling and GloVe.
//!
//! Both read the same [`Corpus`], give the same [`WordVectors`], and repeat byte for byte: one thread, one seed. How a text
//! is cut into words is the caller's choice, so English and Chinese are treated alike.

mod alias;
mod cooccurrence;
mod corpus;
mod files;
mod glove;
mod lanes;
mod skip_gram;
mod vectors;

pub use corpus::{Corpus, Vocabulary, VocabularyOptions};
pub use glove::{GloveOptions, train_glove};
pub use skip_gram::{SkipGramOptions, train_skip_gram};
pub use vectors::{Neighbour, WordVectors};

#[cfg(test)]
mod topics;
