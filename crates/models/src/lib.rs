//! Language models for social posts: tokenizer, encoder, training; text in, labels and vectors out.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod architectures;
mod error;
pub mod evaluate;
pub mod lab;
pub mod lexicon;
pub mod onnx;
mod parallel;
mod prepare;
mod runtime;
pub mod tasks;
pub mod train;
mod vocabulary;
pub mod word_vectors;

pub use error::ModelError;
pub use parallel::on_all_cores;
pub use prepare::prepare_text;
pub use runtime::{
    Agreement, EncoderForm, GraphEncoder, LONGEST_TEXT, ModelDescription, Prediction, Runtime,
    Statistics, export, write_shipped,
};
pub use vocabulary::{PrunedVocabulary, prune_vocabulary};
