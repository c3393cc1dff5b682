//! The forward pass of an encoder whose linear layers are bytes.
//!
//! The tokens of all texts of a batch stand one after another, without padding; attention goes text by text, everything
//! else token by token. Every token is rounded to bytes by its own largest magnitude, and sums of products of bytes are
//! exact integers. So the vector of a text does not depend on the texts beside it.

use std::sync::Arc;

use crate::error::ModelError;
use crate::onnx::{ACTIVATION_ZERO, EncoderParameters, MatrixValues, NormParameters};
use crate::runtime::arithmetic::{normalize_layer, round_to_bytes, with_widest_vectors};
use crate::runtime::attention::{AttentionBuffers, HEAD_WIDTH, attend};
use crate::runtime::linear::{ByteProduct, Linear, not_bytes};

struct Layer {
    query_key_value: Linear,
    attention_output: Linear,
    attention_norm: NormParameters,
    intermediate: Linear,
    output: Linear,
    output_norm: NormParameters,
}

/// Holds an encoder ready to run; it does not change and is shared by threads.
pub(crate) struct Encoder {
    width: usize,
    epsilon: f32,
    words: Vec<i8>,
    word_scales: Vec<f32>,
    positions: Vec<f32>,
    embedding_norm: NormParameters,
    layers: Vec<Layer>,
}

/// Holds the buffers of a forward pass between calls.
#[derive(Default)]
pub(crate) struct Buffers {
    hidden: Vec<f32>,
    bytes: Vec<u8>,
    inner_bytes: Vec<u8>,
    token_scales: Vec<f32>,
    inner_scales: Vec<f32>,
    sums: Vec<i32>,
    joined: Vec<f32>,
    mixed: Vec<f32>,
    inner: Vec<f32>,
    zeros: Vec<u8>,
    attention: AttentionBuffers,
}

impl Encoder {
    /// Packs the parameters.
    ///
    /// # Errors
    /// Fails if the matrices are not bytes or the width of a head is not the one that attention is written for.
    pub(crate) fn new(parameters: EncoderParameters) -> Result<Self, ModelError> {
        let width = parameters.width;
        if parameters.heads * HEAD_WIDTH != width {
            return Err(ModelError::Invalid(format!(
                "a head must be `{HEAD_WIDTH}` wide: width `{width}`, `{}` heads; train another size",
                parameters.heads
            )));
        }
        let MatrixValues::Bytes { values: words, scales: word_scales } = parameters.words else {
            return Err(not_bytes());
        };
        let executor = ByteProduct::default();
        let mut layers = Vec::with_capacity(parameters.layers.len());
        for layer in parameters.layers {
            layers.push(Layer {
                query_key_value: Linear::new(layer.query_key_value, &executor)?,
                attention_output: Linear::new(layer.attention_output, &executor)?,
                attention_norm: layer.attention_norm,
                intermediate: Linear::new(layer.intermediate, &executor)?,
                output: Linear::new(layer.output, &executor)?,
                output_norm: layer.output_norm,
            });
        }
        Ok(Self {
            width,
            epsilon: parameters.epsilon,
            words,
            word_scales,
            positions: parameters.positions,
            embedding_norm: parameters.embedding_norm,
            layers,
        })
    }

    /// Gives the width of a vector.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Gives the number of pieces in the vocabulary.
    pub(crate) fn vocabulary(&self) -> usize {
        self.word_scales.len()
    }

    /// Gives the most tokens a text may have.
    pub(crate) fn longest(&self) -> usize {
        self.positions.len() / self.width
    }

    /// Computes the mean of the word vectors of pieces, scaled to the root of the width, as a normalisation leaves vectors.
    pub(crate) fn word_mean(&self, ids: &[u32]) -> Arc<[f32]> {
        let mut mean = vec![0.0f32; self.width];
        for id in ids {
            let row = *id as usize;
            let scale = self.word_scales[row];
            let values = &self.words[row * self.width..][..self.width];
            for (sum, value) in mean.iter_mut().zip(values) {
                *sum += scale * f32::from(*value);
            }
        }
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        let factor = (self.width as f32).sqrt() / length.max(f32::MIN_POSITIVE);
        mean.iter().map(|value| value * factor).collect()
    }

    /// Computes the mean of the token vectors of every text, `[texts, width]`.
    ///
    /// Every text has at least one token and at most [`Self::longest`], every token lies in the vocabulary. Must run
    /// inside a thread pool of one thread: the product would otherwise spread over the global pool.
    ///
    /// # Errors
    /// Fails if a token or a length is out of range.
    pub(crate) fn forward(
        &self,
        texts: &[&[u32]],
        buffers: &mut Buffers,
    ) -> Result<Vec<f32>, ModelError> {
        let width = self.width;
        self.check(texts)?;
        let tokens: usize = texts.iter().map(|text| text.len()).sum();
        buffers.zeros.clear();
        buffers.zeros.resize(tokens, ACTIVATION_ZERO);
        buffers.hidden.resize(tokens * width, 0.0);
        let executor = ByteProduct::default();

        with_widest_vectors(
            #[inline(always)]
            || self.embed(texts, &mut buffers.hidden),
        );
        for layer in &self.layers {
            round_tokens(&buffers.hidden, width, &mut buffers.bytes, &mut buffers.token_scales);
            layer.query_key_value.multiply(
                &executor,
                &buffers.bytes,
                &buffers.zeros,
                &mut buffers.sums,
            )?;
            layer.attend(texts, width, buffers);
            round_tokens(&buffers.mixed, width, &mut buffers.bytes, &mut buffers.token_scales);
            layer.attention_output.multiply(
                &executor,
                &buffers.bytes,
                &buffers.zeros,
                &mut buffers.sums,
            )?;
            layer.attention_output.add_to_hidden(
                &buffers.sums,
                &buffers.token_scales,
                &layer.attention_norm,
                self.epsilon,
                &mut buffers.hidden,
            );
            round_tokens(&buffers.hidden, width, &mut buffers.bytes, &mut buffers.token_scales);
            layer.intermediate.multiply(
                &executor,
                &buffers.bytes,
                &buffers.zeros,
                &mut buffers.sums,
            )?;
            layer.intermediate.activate(
                &buffers.sums,
                &buffers.token_scales,
                &mut buffers.inner,
                &mut buffers.inner_bytes,
                &mut buffers.inner_scales,
            );
            layer.output.multiply(
                &executor,
                &buffers.inner_bytes,
                &buffers.zeros,
                &mut buffers.sums,
            )?;
            layer.output.add_to_hidden(
                &buffers.sums,
                &buffers.inner_scales,
                &layer.output_norm,
                self.epsilon,
                &mut buffers.hidden,
            );
        }
        Ok(mean_of_texts(texts, &buffers.hidden, width))
    }

    fn check(&self, texts: &[&[u32]]) -> Result<(), ModelError> {
        for text in texts {
            if text.is_empty() || text.len() > self.longest() {
                return Err(ModelError::Invalid(format!(
                    "a text must have 1 to {} tokens: `{}`; truncate it",
                    self.longest(),
                    text.len()
                )));
            }
            if let Some(token) = text.iter().find(|token| **token as usize >= self.vocabulary()) {
                return Err(ModelError::Invalid(format!(
                    "token `{token}` lies outside the vocabulary of {} pieces; use the tokenizer of the weights",
                    self.vocabulary()
                )));
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn embed(&self, texts: &[&[u32]], hidden: &mut [f32]) {
        let width = self.width;
        let mut rows = hidden.chunks_exact_mut(width);
        for text in texts {
            for ((token, position), row) in
                text.iter().zip(self.positions.chunks_exact(width)).zip(&mut rows)
            {
                let word = *token as usize;
                let scale = self.word_scales[word];
                let bytes = &self.words[word * width..(word + 1) * width];
                for ((value, byte), position) in row.iter_mut().zip(bytes).zip(position) {
                    *value = f32::from(*byte) * scale + position;
                }
                normalize_layer(
                    row,
                    &self.embedding_norm.scale,
                    &self.embedding_norm.bias,
                    self.epsilon,
                );
            }
        }
    }
}

impl Layer {
    fn attend(&self, texts: &[&[u32]], width: usize, buffers: &mut Buffers) {
        let linear = &self.query_key_value;
        let tokens = buffers.token_scales.len();
        buffers.joined.resize(tokens * 3 * width, 0.0);
        buffers.mixed.resize(tokens * width, 0.0);
        with_widest_vectors(
            #[inline(always)]
            || {
                linear.scale(&buffers.sums, &buffers.token_scales, &mut buffers.joined);
                let mut start = 0;
                for text in texts {
                    let end = start + text.len();
                    attend(
                        &buffers.joined[start * 3 * width..end * 3 * width],
                        &mut buffers.mixed[start * width..end * width],
                        width,
                        &mut buffers.attention,
                    );
                    start = end;
                }
            },
        );
    }
}

fn round_tokens(vectors: &[f32], width: usize, bytes: &mut Vec<u8>, scales: &mut Vec<f32>) {
    bytes.resize(vectors.len(), 0);
    scales.clear();
    with_widest_vectors(
        #[inline(always)]
        || {
            for (vector, bytes) in vectors.chunks_exact(width).zip(bytes.chunks_exact_mut(width)) {
                scales.push(round_to_bytes(vector, bytes));
            }
        },
    );
}

fn mean_of_texts(texts: &[&[u32]], hidden: &[f32], width: usize) -> Vec<f32> {
    let mut pooled = Vec::with_capacity(texts.len() * width);
    let mut rows = hidden.chunks_exact(width);
    for text in texts {
        let mut mean = vec![0.0f32; width];
        for row in rows.by_ref().take(text.len()) {
            for (value, part) in mean.iter_mut().zip(row) {
                *value += part;
            }
        }
        pooled.extend(mean.iter().map(|value| value / text.len() as f32));
    }
    pooled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::small_encoder;
    use crate::runtime::reference::GraphEncoder;
    use crate::runtime::workers::Workers;

    fn run(encoder: &Encoder, texts: &[&[u32]]) -> Result<Vec<f32>, ModelError> {
        Workers::default().run(|buffers| encoder.forward(texts, buffers))
    }

    #[test]
    fn agrees_with_the_graph_that_other_runtimes_read() {
        let parameters = small_encoder().quantized();
        let graph = GraphEncoder::new(&parameters).unwrap();
        let encoder = Encoder::new(parameters).unwrap();
        for length in [1, 3, 16] {
            let text: Vec<u32> = (0..length).map(|i| i * 31 % 50).collect();
            let vector = run(&encoder, &[&text]).unwrap();
            for (value, other) in vector.iter().zip(graph.pooled(&text).unwrap()) {
                assert!((value - other).abs() < 0.02, "{length}: {value} {other}");
            }
        }
    }

    #[test]
    fn texts_beside_a_text_do_not_matter() {
        let encoder = Encoder::new(small_encoder().quantized()).unwrap();
        let texts: Vec<Vec<u32>> =
            (1..=16).map(|length| (0..length).map(|i| (i * 7 + length) % 50).collect()).collect();
        let slices: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let together = run(&encoder, &slices).unwrap();
        for (text, vector) in slices.iter().zip(together.chunks(encoder.width())) {
            assert_eq!(run(&encoder, &[text]).unwrap(), vector);
        }
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        let encoder = Encoder::new(small_encoder().quantized()).unwrap();
        for (text, word) in [(vec![], "1 to 16"), (vec![0; 17], "1 to 16"), (vec![50], "`50`")] {
            let error = run(&encoder, &[&[1, 2], &text]).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        assert!(run(&encoder, &[]).unwrap().is_empty());
        let error = Encoder::new(small_encoder()).err().unwrap().to_string();
        assert!(error.contains("rounded to bytes"), "{error}");
        let narrow = EncoderParameters { heads: 4, ..small_encoder().quantized() };
        assert!(Encoder::new(narrow).is_err());
    }
}
