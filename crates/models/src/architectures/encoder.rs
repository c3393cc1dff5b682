//! A bidirectional Transformer encoder with normalisation after each block.
//!
//! BERT: Devlin et al. 2018, arXiv:1810.04805. The tokenizer of the shipped weights is that of XLM-R (Conneau et al. 2019,
//! arXiv:1911.02116), their start is multilingual E5 small (Wang et al. 2024, arXiv:2402.05672): absolute positions from
//! 0, one segment, GELU by the error function, the mean over the tokens as the vector of a text.

use burn::module::{Module, Param, ParamId};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::module::embedding;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::architectures::adapter::Adapter;
use crate::architectures::gelu::gelu;
use crate::architectures::parameters::{NamedParameter, Slot};
use crate::error::ModelError;

/// Describes the size of an encoder, with the keys of a Hugging Face `config.json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct EncoderConfig {
    /// The number of pieces in the vocabulary.
    pub vocab_size: usize,
    /// The width of a token's vector.
    pub hidden_size: usize,
    /// The number of blocks.
    pub num_hidden_layers: usize,
    /// The number of attention heads of a block; divides the width.
    pub num_attention_heads: usize,
    /// The width inside the feed-forward part.
    pub intermediate_size: usize,
    /// The most tokens a text may have.
    pub max_position_embeddings: usize,
    /// The small number added to the variance in a normalisation.
    pub layer_norm_eps: f64,
    /// The id of the piece that fills short rows of a batch.
    pub pad_token_id: u32,
}

impl EncoderConfig {
    /// Checks that such an encoder can be built.
    ///
    /// # Errors
    /// Fails if a size is zero, or the heads do not divide the width.
    pub fn validate(&self) -> Result<(), ModelError> {
        let heads = self.num_attention_heads;
        if heads == 0 || !self.hidden_size.is_multiple_of(heads) || self.hidden_size == 0 {
            return Err(ModelError::Invalid(format!(
                "the heads must divide the width: `{heads}` heads, width `{}`; correct the config",
                self.hidden_size
            )));
        }
        if self.vocab_size <= self.pad_token_id as usize || self.max_position_embeddings == 0 {
            return Err(ModelError::Invalid(format!(
                "the vocabulary must hold the padding piece `{}` and a text at least one position; correct the config",
                self.pad_token_id
            )));
        }
        Ok(())
    }
}

/// Holds the token ids of some texts, filled up to the longest.
#[derive(Clone, Debug)]
pub struct TokenBatch {
    ids: Tensor<2, Int>,
    /// `[texts, 1, 1, tokens]`: 0 at a token, a large negative number at padding; absent if nothing is padded.
    attention_bias: Option<Tensor<4>>,
    /// `[texts, tokens, 1]`: the share of a token in the mean of its text.
    shares: Tensor<3>,
}

/// What attention adds to the score of padding: its share becomes 0 in 32-bit floats.
const PADDING_BIAS: f32 = -1.0e4;

impl TokenBatch {
    /// Joins the ids of texts; every text has at least one token.
    pub fn new(rows: &[&[u32]], pad_token_id: u32, device: &Device) -> Self {
        let texts = rows.len();
        let tokens = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(texts * tokens);
        let mut bias = Vec::with_capacity(texts * tokens);
        let mut shares = Vec::with_capacity(texts * tokens);
        for row in rows {
            let padding = tokens - row.len();
            ids.extend(row.iter().map(|id| *id as i32));
            ids.extend(std::iter::repeat_n(pad_token_id as i32, padding));
            bias.extend(std::iter::repeat_n(0.0f32, row.len()));
            bias.extend(std::iter::repeat_n(PADDING_BIAS, padding));
            shares.extend(std::iter::repeat_n(1.0 / row.len() as f32, row.len()));
            shares.extend(std::iter::repeat_n(0.0f32, padding));
        }
        let is_padded = rows.iter().any(|row| row.len() < tokens);
        let attention_bias = is_padded
            .then(|| Tensor::from_data(TensorData::new(bias, [texts, 1, 1, tokens]), device));
        Self {
            ids: Tensor::from_data(TensorData::new(ids, [texts, tokens]), device),
            attention_bias,
            shares: Tensor::from_data(TensorData::new(shares, [texts, tokens, 1]), device),
        }
    }
}

/// Is one block: attention and feed-forward, each added to its input and normalised.
#[derive(Module, Debug)]
pub struct EncoderLayer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    query_adapter: Option<Adapter>,
    value_adapter: Option<Adapter>,
    heads: usize,
}

impl EncoderLayer {
    fn new(config: &EncoderConfig, device: &Device) -> Self {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let square = LinearConfig::new(width, width);
        let norm = LayerNormConfig::new(width).with_epsilon(config.layer_norm_eps);
        Self {
            query: square.init(device),
            key: square.init(device),
            value: square.init(device),
            attention_output: square.init(device),
            attention_norm: norm.init(device),
            intermediate: LinearConfig::new(width, inner).init(device),
            output: LinearConfig::new(inner, width).init(device),
            output_norm: norm.init(device),
            query_adapter: None,
            value_adapter: None,
            heads: config.num_attention_heads,
        }
    }

    /// Transforms the vectors of tokens: `[texts, tokens, width]` to the same shape.
    fn forward(&self, hidden: Tensor<3>, attention_bias: Option<&Tensor<4>>) -> Tensor<3> {
        let attended = self.attend(hidden.clone(), attention_bias);
        let hidden = self.attention_norm.forward(hidden + attended);
        let inner = gelu(self.intermediate.forward(hidden.clone()));
        self.output_norm.forward(hidden + self.output.forward(inner))
    }

    fn attend(&self, hidden: Tensor<3>, attention_bias: Option<&Tensor<4>>) -> Tensor<3> {
        let [texts, tokens, width] = hidden.dims();
        let head_width = width / self.heads;
        let split = |vectors: Tensor<3>| {
            vectors.reshape([texts, tokens, self.heads, head_width]).swap_dims(1, 2)
        };
        let scale = (head_width as f32).sqrt().recip();
        let mut query = self.query.forward(hidden.clone());
        let key = split(self.key.forward(hidden.clone()));
        let mut value = self.value.forward(hidden.clone());
        if let Some(adapter) = &self.query_adapter {
            query = query + adapter.forward(hidden.clone());
        }
        if let Some(adapter) = &self.value_adapter {
            value = value + adapter.forward(hidden);
        }
        let (query, value) = (split(query.mul_scalar(scale)), split(value));
        let mut scores = query.matmul(key.transpose());
        if let Some(bias) = attention_bias {
            scores = scores + bias.clone();
        }
        let context = softmax(scores, 3).matmul(value);
        let context = context.swap_dims(1, 2).reshape([texts, tokens, width]);
        self.attention_output.forward(context)
    }

    fn parameters_mut(&mut self, prefix: &str) -> Vec<NamedParameter<'_>> {
        let mut parameters = Vec::new();
        let (query, value) = ("attention.self.query", "attention.self.value");
        linear(&mut parameters, format!("{prefix}.{query}"), &mut self.query);
        linear(&mut parameters, format!("{prefix}.attention.self.key"), &mut self.key);
        linear(&mut parameters, format!("{prefix}.{value}"), &mut self.value);
        for (name, adapter) in [(query, &mut self.query_adapter), (value, &mut self.value_adapter)]
        {
            if let Some(adapter) = adapter {
                parameters.extend(adapter.parameters_mut(&format!("{prefix}.{name}")));
            }
        }
        let output = format!("{prefix}.attention.output.dense");
        linear(&mut parameters, output, &mut self.attention_output);
        let norm = format!("{prefix}.attention.output.LayerNorm");
        normalisation(&mut parameters, norm, &mut self.attention_norm);
        linear(&mut parameters, format!("{prefix}.intermediate.dense"), &mut self.intermediate);
        linear(&mut parameters, format!("{prefix}.output.dense"), &mut self.output);
        normalisation(&mut parameters, format!("{prefix}.output.LayerNorm"), &mut self.output_norm);
        parameters
    }
}

/// Turns token ids into one vector per token and per text.
#[derive(Module, Debug)]
pub struct Encoder {
    word_embeddings: Param<Tensor<2>>,
    position_embeddings: Param<Tensor<2>>,
    norm: LayerNorm,
    layers: Vec<EncoderLayer>,
}

impl Encoder {
    /// Builds an encoder with zero embeddings and random blocks.
    ///
    /// # Errors
    /// Fails if the config is impossible.
    pub fn new(config: &EncoderConfig, device: &Device) -> Result<Self, ModelError> {
        config.validate()?;
        let width = config.hidden_size;
        let table = |rows| Param::initialized(ParamId::new(), Tensor::zeros([rows, width], device));
        let norm = LayerNormConfig::new(width).with_epsilon(config.layer_norm_eps);
        Ok(Self {
            word_embeddings: table(config.vocab_size),
            position_embeddings: table(config.max_position_embeddings),
            norm: norm.init(device),
            layers: (0..config.num_hidden_layers)
                .map(|_| EncoderLayer::new(config, device))
                .collect(),
        })
    }

    /// Gives the width of a token's vector.
    pub(crate) fn width(&self) -> usize {
        self.norm.gamma.val().dims()[0]
    }

    /// Puts an adapter of this rank beside the queries and values of every block.
    pub fn add_adapters(&mut self, rank: usize, seed: u64, device: &Device) {
        let width = self.width();
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let seed = seed.wrapping_add(2 * index as u64);
            layer.query_adapter = Some(Adapter::new(width, rank, seed, device));
            layer.value_adapter = Some(Adapter::new(width, rank, seed.wrapping_add(1), device));
        }
    }

    /// Adds the adapters into the matrices they stand beside.
    pub fn merge_adapters(&mut self) {
        for layer in &mut self.layers {
            if let Some(adapter) = layer.query_adapter.take() {
                adapter.merge_into(&mut layer.query);
            }
            if let Some(adapter) = layer.value_adapter.take() {
                adapter.merge_into(&mut layer.value);
            }
        }
    }

    /// Gives the table of word vectors, `[vocabulary, width]`.
    pub(crate) fn word_vectors(&self) -> Tensor<2> {
        self.word_embeddings.val()
    }

    /// Computes the vectors of tokens: `[texts, tokens, width]`.
    pub fn forward(&self, batch: &TokenBatch) -> Tensor<3> {
        let [_, tokens] = batch.ids.dims();
        let words = embedding(self.word_embeddings.val(), batch.ids.clone());
        let positions = self.position_embeddings.val().slice(0..tokens).unsqueeze::<3>();
        let mut hidden = self.norm.forward(words + positions);
        for layer in &self.layers {
            hidden = layer.forward(hidden, batch.attention_bias.as_ref());
        }
        hidden
    }

    /// Computes the vectors of texts, the means over their tokens: `[texts, width]`.
    pub fn pooled(&self, batch: &TokenBatch) -> Tensor<2> {
        let weighted = self.forward(batch) * batch.shares.clone();
        weighted.sum_dim(1).squeeze_dim(1)
    }

    /// Lists the parameters under the names of the checkpoint.
    pub fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        let mut parameters = vec![
            NamedParameter::new(WORD_EMBEDDINGS.into(), Slot::Matrix(&mut self.word_embeddings)),
            NamedParameter::new(
                POSITION_EMBEDDINGS.into(),
                Slot::Matrix(&mut self.position_embeddings),
            ),
        ];
        normalisation(&mut parameters, "embeddings.LayerNorm".into(), &mut self.norm);
        for (index, layer) in self.layers.iter_mut().enumerate() {
            parameters.extend(layer.parameters_mut(&format!("encoder.layer.{index}")));
        }
        parameters
    }
}

/// The name of the table of word vectors.
pub(crate) const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";
/// The name of the table of position vectors.
pub(crate) const POSITION_EMBEDDINGS: &str = "embeddings.position_embeddings.weight";
/// The name of the table of segment vectors, which is folded into that of the positions.
pub(crate) const SEGMENT_EMBEDDINGS: &str = "embeddings.token_type_embeddings.weight";

/// Lists a linear layer under `<name>.weight` and `<name>.bias`.
pub(crate) fn linear<'a>(
    parameters: &mut Vec<NamedParameter<'a>>,
    name: String,
    layer: &'a mut Linear,
) {
    let weight = Slot::Linear(&mut layer.weight);
    parameters.push(NamedParameter::new(format!("{name}.weight"), weight));
    if let Some(bias) = &mut layer.bias {
        parameters.push(NamedParameter::new(format!("{name}.bias"), Slot::Vector(bias)));
    }
}

/// Lists a normalisation under `<name>.weight` and `<name>.bias`.
pub(crate) fn normalisation<'a>(
    parameters: &mut Vec<NamedParameter<'a>>,
    name: String,
    layer: &'a mut LayerNorm,
) {
    let weight = Slot::Vector(&mut layer.gamma);
    parameters.push(NamedParameter::new(format!("{name}.weight"), weight));
    if let Some(bias) = &mut layer.beta {
        parameters.push(NamedParameter::new(format!("{name}.bias"), Slot::Vector(bias)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::floats;

    fn config() -> EncoderConfig {
        EncoderConfig {
            vocab_size: 11,
            hidden_size: 8,
            num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 12,
            max_position_embeddings: 9,
            layer_norm_eps: 1e-12,
            pad_token_id: 1,
        }
    }

    fn encoder(device: &Device) -> Encoder {
        let mut encoder = Encoder::new(&config(), device).unwrap();
        for mut table in encoder.parameters_mut().into_iter().take(2) {
            let count: usize = table.shape().iter().product();
            table.assign((0..count).map(|i| (i as f32 * 0.7).sin()).collect(), false, device);
        }
        encoder
    }

    #[test]
    fn padding_does_not_change_a_text() {
        let device = Device::flex();
        let encoder = encoder(&device);
        let short: &[u32] = &[0, 5, 2];
        let alone = floats(encoder.pooled(&TokenBatch::new(&[short], 1, &device)));
        let padded = TokenBatch::new(&[&[0, 3, 4, 5, 6, 7, 2], short], 1, &device);
        let together = floats(encoder.pooled(&padded));
        for (alone, together) in alone.iter().zip(&together[8..]) {
            assert!((alone - together).abs() < 1e-5, "{alone} {together}");
        }
    }

    #[test]
    fn merged_adapters_compute_what_they_computed_beside() {
        let device = Device::flex();
        let mut encoder = encoder(&device);
        let texts: [&[u32]; 2] = [&[0, 5, 6, 2], &[0, 3, 2]];
        let vectors =
            |encoder: &Encoder| floats(encoder.pooled(&TokenBatch::new(&texts, 1, &device)));
        let before = vectors(&encoder);
        encoder.add_adapters(2, 7, &device);
        assert_eq!(vectors(&encoder), before);
        for mut parameter in encoder.parameters_mut() {
            if parameter.name.ends_with("lora_up") {
                let count = parameter.shape().iter().product::<usize>();
                parameter.assign((0..count).map(|i| (i as f32).cos()).collect(), false, &device);
            }
        }
        let beside = vectors(&encoder);
        assert_ne!(beside, before);
        encoder.merge_adapters();
        assert_eq!(encoder.parameters_mut().len(), 4 + 2 * 16);
        for (merged, beside) in vectors(&encoder).iter().zip(&beside) {
            assert!((merged - beside).abs() < 1e-5, "{merged} {beside}");
        }
    }

    #[test]
    fn order_of_tokens_matters() {
        let device = Device::flex();
        let encoder = encoder(&device);
        let texts: [&[u32]; 2] = [&[0, 5, 6, 2], &[0, 6, 5, 2]];
        let vectors = floats(encoder.pooled(&TokenBatch::new(&texts, 1, &device)));
        let difference: f32 = (0..8).map(|i| (vectors[i] - vectors[8 + i]).abs()).sum();
        assert!(difference > 1e-3);
    }

    #[test]
    fn lists_the_names_of_the_checkpoint_once() {
        let mut encoder = encoder(&Device::flex());
        let mut names: Vec<String> =
            encoder.parameters_mut().into_iter().map(|parameter| parameter.name).collect();
        assert_eq!(names.len(), 4 + 2 * 16);
        assert!(names.contains(&"encoder.layer.1.attention.output.LayerNorm.bias".to_owned()));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 4 + 2 * 16);
    }

    #[test]
    fn refuses_heads_that_do_not_divide_the_width() {
        let config = EncoderConfig { num_attention_heads: 3, ..config() };
        let error = Encoder::new(&config, &Device::flex()).unwrap_err().to_string();
        assert!(error.contains("`3` heads"), "{error}");
    }
}
