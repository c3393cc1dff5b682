//! Networks that are trained from random weights: what they share, and the one type that is any of them.

use burn::module::{Module, Param, ParamId};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::module::embedding;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::architectures::classifier::{Classifier, ClassifierConfig, TaskLabels};
use crate::architectures::cnn::TextCnn;
use crate::architectures::encoder::{EncoderConfig, WORD_EMBEDDINGS};
use crate::architectures::lstm::BiLstm;
use crate::architectures::network::{Dropout, Network};
use crate::architectures::parameters::{NamedParameter, Slot};
use crate::architectures::weights::Weights;
use crate::error::ModelError;
use crate::word_vectors::WordVectors;

/// Names a kind of network that is trained from scratch.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScratchKind {
    /// [`TextCnn`].
    Cnn,
    /// [`BiLstm`].
    Lstm,
    /// A small Transformer: [`Classifier`] with random weights (Vaswani et al. 2017, arXiv:1706.03762).
    Transformer,
}

/// Describes a network that is trained from scratch.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ScratchConfig {
    /// The kind.
    pub kind: ScratchKind,
    /// The number of pieces in the vocabulary.
    pub vocab_size: usize,
    /// The width of a piece's vector.
    pub dimension: usize,
    /// The number of filters of a width, of states of a direction, or the inner width of a block.
    pub width: usize,
    /// The number of blocks of a Transformer.
    pub layers: usize,
    /// The most tokens a text may have.
    pub longest: usize,
    /// The id of the piece that fills short rows.
    pub pad_token_id: u32,
    /// The tasks, one output layer each.
    pub tasks: Vec<TaskLabels>,
    /// The seed of the first weights.
    pub seed: u64,
}

impl ScratchConfig {
    /// Describes a network of the usual size for some thousand short texts.
    pub fn new(
        kind: ScratchKind,
        vocab_size: usize,
        longest: usize,
        tasks: Vec<TaskLabels>,
    ) -> Self {
        let (dimension, width, layers) = match kind {
            ScratchKind::Cnn => (128, 100, 0),
            ScratchKind::Lstm => (128, 128, 0),
            ScratchKind::Transformer => (128, 256, 2),
        };
        Self {
            kind,
            vocab_size,
            dimension,
            width,
            layers,
            longest,
            pad_token_id: 1,
            tasks,
            seed: 42,
        }
    }

    pub(crate) fn task_names(&self) -> Vec<String> {
        self.tasks.iter().map(|task| task.task.clone()).collect()
    }

    /// Builds an output layer per task.
    pub(crate) fn heads(&self, inner: usize, device: &Device) -> Vec<Linear> {
        self.tasks
            .iter()
            .map(|task| LinearConfig::new(inner, task.labels.len()).init(device))
            .collect()
    }

    /// Describes the Transformer as an encoder with heads.
    fn classifier(&self) -> ClassifierConfig {
        // Word vectors bring a dimension of their own, which the heads must divide.
        let heads =
            (1..=self.dimension / 32).rev().find(|heads| self.dimension.is_multiple_of(*heads));
        let encoder = EncoderConfig {
            vocab_size: self.vocab_size,
            hidden_size: self.dimension,
            num_hidden_layers: self.layers,
            num_attention_heads: heads.unwrap_or(1),
            intermediate_size: self.width,
            max_position_embeddings: self.longest,
            layer_norm_eps: 1e-5,
            pad_token_id: self.pad_token_id,
        };
        ClassifierConfig::new(encoder, self.tasks.clone())
    }
}

/// Is the table of the vectors of pieces.
#[derive(Module, Debug)]
pub(crate) struct PieceVectors {
    table: Param<Tensor<2>>,
    pad_token_id: u32,
}

/// Holds the vectors of the pieces of some texts.
pub(crate) struct PieceBatch {
    /// `[texts, tokens, dimension]`, zero in the padding.
    pub(crate) vectors: Tensor<3>,
    /// `[texts, tokens, 1]`: 1 at a piece, 0 in the padding.
    pub(crate) is_piece: Tensor<3>,
}

impl PieceVectors {
    pub(crate) fn new(config: &ScratchConfig, device: &Device) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(config.seed);
        let values = random_table(config.vocab_size * config.dimension, 0.1, &mut random);
        let table = Tensor::from_data(
            TensorData::new(values, [config.vocab_size, config.dimension]),
            device,
        );
        Self { table: Param::initialized(ParamId::new(), table), pad_token_id: config.pad_token_id }
    }

    pub(crate) fn parameter(&mut self) -> NamedParameter<'_> {
        NamedParameter::new(PIECE_VECTORS.to_owned(), Slot::Matrix(&mut self.table))
    }

    /// Gives the vectors of the pieces of rows, filled up to `beyond` pieces more than the longest.
    pub(crate) fn look_up(&self, rows: &[&[u32]], beyond: usize, device: &Device) -> PieceBatch {
        let tokens = rows.iter().map(|row| row.len()).max().unwrap_or(0) + beyond;
        let mut ids = Vec::with_capacity(rows.len() * tokens);
        let mut is_piece = Vec::with_capacity(rows.len() * tokens);
        for row in rows {
            ids.extend(row.iter().map(|id| *id as i32));
            ids.extend(std::iter::repeat_n(self.pad_token_id as i32, tokens - row.len()));
            is_piece.extend(std::iter::repeat_n(1.0f32, row.len()));
            is_piece.extend(std::iter::repeat_n(0.0f32, tokens - row.len()));
        }
        let ids = Tensor::from_data(TensorData::new(ids, [rows.len(), tokens]), device);
        let is_piece: Tensor<3> =
            Tensor::from_data(TensorData::new(is_piece, [rows.len(), tokens, 1]), device);
        PieceBatch { vectors: embedding(self.table.val(), ids) * is_piece.clone(), is_piece }
    }
}

/// The name of the table of the vectors of pieces.
pub(crate) const PIECE_VECTORS: &str = "words.weight";

fn random_table(count: usize, limit: f32, random: &mut ChaCha8Rng) -> Vec<f32> {
    (0..count).map(|_| random.random_range(-limit..limit)).collect()
}

/// Is any network that is trained from scratch.
#[derive(Clone, Debug)]
pub enum ScratchNetwork {
    /// A convolutional network.
    Cnn(Box<TextCnn>),
    /// A recurrent network.
    Lstm(Box<BiLstm>),
    /// A Transformer.
    Transformer(Box<Classifier>),
}

impl ScratchNetwork {
    /// Builds a network with random weights, always the same for a seed.
    ///
    /// # Errors
    /// Fails if the config is impossible.
    pub fn new(config: &ScratchConfig, device: &Device) -> Result<Self, ModelError> {
        let mut network = match config.kind {
            ScratchKind::Cnn => Self::Cnn(Box::new(TextCnn::new(config, device))),
            ScratchKind::Lstm => Self::Lstm(Box::new(BiLstm::new(config, device))),
            ScratchKind::Transformer => {
                Self::Transformer(Box::new(Classifier::new(&config.classifier(), device)?))
            }
        };
        // Every matrix by our own generator: that of the library is one for the whole process.
        let mut random = ChaCha8Rng::seed_from_u64(config.seed);
        for mut parameter in network.parameters_mut() {
            let shape = parameter.shape();
            if let [rows, columns] = shape[..] {
                let is_table =
                    parameter.name == PIECE_VECTORS || parameter.name.starts_with("embeddings.");
                let limit = if is_table { 0.1 } else { (6.0 / (rows + columns) as f32).sqrt() };
                parameter.assign(random_table(rows * columns, limit, &mut random), false, device);
            } else if !parameter.name.contains("LayerNorm") {
                parameter.assign(vec![0.0; shape.iter().product()], false, device);
            }
        }
        Ok(network)
    }

    /// Puts word vectors in the place of the random vectors of the pieces that are words, scaled to their size.
    pub(crate) fn start_with(&mut self, vectors: &WordVectors, pieces: &[String]) {
        let width = vectors.dimension();
        for mut parameter in self.parameters_mut() {
            if parameter.name != PIECE_VECTORS && parameter.name != WORD_EMBEDDINGS {
                continue;
            }
            let mut values = parameter.values();
            for (row, piece) in values.chunks_exact_mut(width).zip(pieces) {
                let Some(vector) = vectors.get(piece) else { continue };
                let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
                // A random vector has values up to 0.1, and so a length of about 0.1 √(width / 3).
                let factor = 0.1 * (width as f32 / 3.0).sqrt() / length.max(f32::MIN_POSITIVE);
                for (value, other) in row.iter_mut().zip(vector) {
                    *value = other * factor;
                }
            }
            parameter.assign(values, false, &Device::flex());
        }
    }

    /// Builds a network from its weights.
    ///
    /// # Errors
    /// Fails if a tensor is missing or of another shape.
    pub fn from_weights(config: &ScratchConfig, weights: &Weights) -> Result<Self, ModelError> {
        let device = Device::flex();
        let mut network = Self::new(config, &device)?;
        for mut parameter in network.parameters_mut() {
            parameter.load(weights, &device)?;
        }
        Ok(network)
    }
}

impl Network for ScratchNetwork {
    fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        match self {
            Self::Cnn(network) => network.parameters_mut(),
            Self::Lstm(network) => network.parameters_mut(),
            Self::Transformer(network) => network.parameters_mut(),
        }
    }

    fn logits(&self, rows: &[&[u32]], dropout: Option<Dropout>, device: &Device) -> Vec<Tensor<2>> {
        match self {
            Self::Cnn(network) => network.logits(rows, dropout, device),
            Self::Lstm(network) => network.logits(rows, dropout, device),
            Self::Transformer(network) => network.logits(rows, dropout, device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::floats;
    use crate::train::tiny::{tiny_config, tiny_examples, tiny_options};
    use crate::train::{Trainer, predict};

    const KINDS: [ScratchKind; 3] = [ScratchKind::Cnn, ScratchKind::Lstm, ScratchKind::Transformer];

    fn tiny(kind: ScratchKind) -> ScratchConfig {
        let tasks = tiny_config().tasks;
        ScratchConfig {
            dimension: 32,
            width: 16,
            layers: 1,
            ..ScratchConfig::new(kind, 20, 12, tasks)
        }
    }

    #[test]
    fn every_kind_learns_and_reads_back_what_it_wrote() {
        for kind in KINDS {
            let config = tiny(kind);
            let network = ScratchNetwork::new(&config, &Device::flex()).unwrap();
            let options = crate::train::TrainingOptions { learns_tables: true, ..tiny_options() };
            let mut trainer = Trainer::new(network, options).unwrap();
            let (mut first, mut last) = (None, 0.0);
            let examples = tiny_examples();
            trainer
                .run(&examples, |_, progress| {
                    first.get_or_insert(progress.loss);
                    last = progress.loss;
                    Ok(true)
                })
                .unwrap();
            assert!(last < first.unwrap() / 2.0, "{kind:?} {first:?} {last}");
            let mut network = trainer.network();
            let mut weights = Weights::default();
            for parameter in network.parameters_mut() {
                weights.insert(parameter.name.clone(), parameter.stored());
            }
            let read = ScratchNetwork::from_weights(&config, &weights).unwrap();
            let rows: Vec<&[u32]> = examples.iter().map(|example| example.ids.as_slice()).collect();
            assert_eq!(predict(&network, &rows, 64), predict(&read, &rows, 64), "{kind:?}");
        }
    }

    #[test]
    fn padding_does_not_change_a_text() {
        let device = Device::flex();
        for kind in KINDS {
            let network = ScratchNetwork::new(&tiny(kind), &device).unwrap();
            let short: &[u32] = &[0, 5, 6, 7, 2];
            let logits = |rows: &[&[u32]]| floats(network.logits(rows, None, &device).remove(0));
            let alone = logits(&[short]);
            let together = logits(&[&[0, 3, 4, 5, 6, 7, 8, 2], short]);
            for (alone, together) in alone.iter().zip(&together[3..]) {
                assert!((alone - together).abs() < 1e-5, "{kind:?} {alone} {together}");
            }
        }
    }
}
