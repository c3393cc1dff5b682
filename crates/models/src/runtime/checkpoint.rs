//! A runtime straight from a checkpoint of floats, and the checkpoint of a runtime.

use std::collections::BTreeMap;
use std::path::Path;

use crate::architectures::{ClassifierConfig, EncoderConfig, TaskLabels, Weights};
use crate::error::ModelError;
use crate::onnx::{EncoderParameters, Heads, heads_from_weights, read_encoder};
use crate::runtime::encoder::Encoder;
use crate::runtime::export::LONGEST_TEXT;
use crate::runtime::folder::{ENCODER, FORMAT, ModelDescription, ModelFiles, TOKENIZER};
use crate::runtime::pieces::PieceCutter;
use crate::runtime::projection::Projection;
use crate::runtime::wide::Wide;
use crate::runtime::{Counters, Memo, Runtime, Workers, remembered};

impl Runtime {
    /// Rounds a checkpoint to bytes and makes it ready to run.
    ///
    /// # Errors
    /// Fails if a tensor is missing or of another shape, or the tokenizer does not fit the vocabulary.
    pub(crate) fn from_weights(
        version: &str,
        config: &ClassifierConfig,
        weights: &Weights,
        tokenizer: (&Path, &[u8]),
    ) -> Result<Self, ModelError> {
        let floats = EncoderParameters::from_weights(config, weights, LONGEST_TEXT)?;
        let encoder = Encoder::new(floats.quantized())?;
        let (path, bytes) = tokenizer;
        let cutter = PieceCutter::new(path, bytes, encoder.vocabulary(), encoder.longest())?;
        let Heads { tasks: mut heads, projection } = heads_from_weights(config, weights)?;
        let description = ModelDescription {
            format: FORMAT,
            name: version.to_owned(),
            version: version.to_owned(),
            dimension: projection.as_ref().map_or(encoder.width(), |layer| layer.outputs),
            longest: encoder.longest(),
            tasks: config.tasks.clone(),
            files: BTreeMap::new(),
            agreement: None,
        };
        Ok(Runtime {
            description,
            cutter,
            encoder,
            wide: Wide::take_from(&mut heads),
            heads,
            projection: projection.as_ref().map(Projection::new),
            memo: Memo::new(remembered()),
            workers: Workers::default(),
            counters: Counters::default(),
        })
    }
}

/// Gives the encoder that is part of the program as floats under the names of a checkpoint, and its tokenizer: where the
/// training of an encoder starts.
///
/// # Errors
/// Fails if the weights are damaged.
pub(crate) fn shipped_checkpoint(
    tasks: Vec<TaskLabels>,
) -> Result<(ClassifierConfig, Weights, Vec<u8>), ModelError> {
    let files = ModelFiles::shipped();
    let floats = read_encoder(&files.path(ENCODER), files.bytes(ENCODER))?.dequantized();
    let first = floats.layers.first();
    let encoder = EncoderConfig {
        vocab_size: floats.words_len() / floats.width,
        hidden_size: floats.width,
        num_hidden_layers: floats.layers.len(),
        num_attention_heads: floats.heads,
        intermediate_size: first.map_or(0, |layer| layer.intermediate.outputs),
        max_position_embeddings: floats.positions.len() / floats.width,
        layer_norm_eps: f64::from(floats.epsilon),
        pad_token_id: 1,
    };
    let config = ClassifierConfig::new(encoder, tasks);
    Ok((config, floats.to_weights(), files.bytes(TOKENIZER).to_vec()))
}
