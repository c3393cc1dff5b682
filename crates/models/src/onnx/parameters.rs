//! The parameters of an encoder in the order of its computation, as floats or as bytes with scales.

use crate::architectures::{ClassifierConfig, NamedTensor, Weights};
use crate::error::ModelError;
use crate::onnx::rounding::{ScaleOf, dequantize, quantize_columns, quantize_rows};

/// Holds the values of a matrix in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub enum MatrixValues {
    /// Floats.
    Floats(Vec<f32>),
    /// Bytes, each to be multiplied by the scale of its row or column.
    Bytes {
        /// The bytes.
        values: Vec<i8>,
        /// The scales.
        scales: Vec<f32>,
    },
}

/// Holds a linear layer: `output = input · weight + bias`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearParameters {
    /// The width of the input, the rows of the weight.
    pub inputs: usize,
    /// The width of the output, the columns of the weight.
    pub outputs: usize,
    /// The weight, with a scale per column.
    pub weight: MatrixValues,
    /// The bias.
    pub bias: Vec<f32>,
}

/// Holds the scale and shift of a layer normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct NormParameters {
    /// The scale.
    pub scale: Vec<f32>,
    /// The shift.
    pub bias: Vec<f32>,
}

/// Holds the parameters of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerParameters {
    /// Query, key and value side by side; the query is divided by the root of the width of a head.
    pub query_key_value: LinearParameters,
    /// The output of attention.
    pub attention_output: LinearParameters,
    /// The normalisation after attention.
    pub attention_norm: NormParameters,
    /// The first half of the feed-forward part.
    pub intermediate: LinearParameters,
    /// The second half of the feed-forward part.
    pub output: LinearParameters,
    /// The normalisation after the feed-forward part.
    pub output_norm: NormParameters,
}

/// Holds the parameters of an encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct EncoderParameters {
    /// The number of attention heads.
    pub heads: usize,
    /// The small number added to the variance in a normalisation.
    pub epsilon: f32,
    /// The width of a token's vector.
    pub width: usize,
    /// The word vectors, `[vocabulary, width]`, with a scale per row.
    pub words: MatrixValues,
    /// The vectors of the positions plus the vector of the first segment, `[positions, width]`.
    pub positions: Vec<f32>,
    /// The normalisation of the sum of both.
    pub embedding_norm: NormParameters,
    /// The blocks.
    pub layers: Vec<LayerParameters>,
}

impl EncoderParameters {
    /// Takes the parameters from a checkpoint; of the position vectors the first `longest` are kept.
    ///
    /// # Errors
    /// Fails if a tensor is missing or of another shape.
    pub fn from_weights(
        config: &ClassifierConfig,
        weights: &Weights,
        longest: usize,
    ) -> Result<Self, ModelError> {
        let size = &config.encoder;
        size.validate()?;
        let (width, inner) = (size.hidden_size, size.intermediate_size);
        let positions = size.max_position_embeddings;
        let tensor = |name: &str, shape: &[usize]| expect(weights, name, shape);
        let norm = |prefix: &str| -> Result<NormParameters, ModelError> {
            Ok(NormParameters {
                scale: tensor(&format!("{prefix}.weight"), &[width])?.values.clone(),
                bias: tensor(&format!("{prefix}.bias"), &[width])?.values.clone(),
            })
        };
        let linear =
            |prefix: &str, inputs: usize, outputs: usize| -> Result<LinearParameters, ModelError> {
                let weight = tensor(&format!("{prefix}.weight"), &[outputs, inputs])?;
                Ok(LinearParameters {
                    inputs,
                    outputs,
                    weight: MatrixValues::Floats(weight.transposed().values),
                    bias: tensor(&format!("{prefix}.bias"), &[outputs])?.values.clone(),
                })
            };

        let words = tensor("embeddings.word_embeddings.weight", &[size.vocab_size, width])?;
        let all_positions = tensor("embeddings.position_embeddings.weight", &[positions, width])?;
        let segments =
            tensor("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, width])?;
        let mut position_values = all_positions.values.clone();
        position_values.truncate(longest.min(positions) * width);
        for (index, value) in position_values.iter_mut().enumerate() {
            *value += segments.values[index % width];
        }

        let mut layers = Vec::with_capacity(size.num_hidden_layers);
        for index in 0..size.num_hidden_layers {
            let prefix = format!("encoder.layer.{index}");
            let attention = format!("{prefix}.attention.self");
            let mut query = linear(&format!("{attention}.query"), width, width)?;
            scale_outputs(&mut query, 1.0 / ((width / size.num_attention_heads) as f32).sqrt());
            let key = linear(&format!("{attention}.key"), width, width)?;
            let value = linear(&format!("{attention}.value"), width, width)?;
            layers.push(LayerParameters {
                query_key_value: side_by_side(&[query, key, value]),
                attention_output: linear(
                    &format!("{prefix}.attention.output.dense"),
                    width,
                    width,
                )?,
                attention_norm: norm(&format!("{prefix}.attention.output.LayerNorm"))?,
                intermediate: linear(&format!("{prefix}.intermediate.dense"), width, inner)?,
                output: linear(&format!("{prefix}.output.dense"), inner, width)?,
                output_norm: norm(&format!("{prefix}.output.LayerNorm"))?,
            });
        }
        Ok(Self {
            heads: size.num_attention_heads,
            epsilon: size.layer_norm_eps as f32,
            width,
            words: MatrixValues::Floats(words.values.clone()),
            positions: position_values,
            embedding_norm: norm("embeddings.LayerNorm")?,
            layers,
        })
    }

    /// Gives parameters of floats under the names of a checkpoint, as [`EncoderParameters::from_weights`] reads them.
    pub(crate) fn to_weights(&self) -> Weights {
        let width = self.width;
        let mut weights = Weights::default();
        let mut insert = |name: String, shape: Vec<usize>, values: Vec<f32>| {
            weights.insert(name, NamedTensor { shape, values });
        };
        let words = floats_of(&self.words);
        insert("embeddings.word_embeddings.weight".into(), vec![words.len() / width, width], words);
        let positions = self.positions.clone();
        let count = positions.len() / width;
        insert("embeddings.position_embeddings.weight".into(), vec![count, width], positions);
        insert("embeddings.token_type_embeddings.weight".into(), vec![1, width], vec![0.0; width]);
        let mut norms = vec![("embeddings.LayerNorm".to_owned(), &self.embedding_norm)];
        let mut linears: Vec<(String, LinearParameters)> = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let prefix = format!("encoder.layer.{index}");
            let mut parts = layer.query_key_value.parts(3);
            scale_outputs(&mut parts[0], ((width / self.heads) as f32).sqrt());
            for (name, part) in ["query", "key", "value"].into_iter().zip(parts) {
                linears.push((format!("{prefix}.attention.self.{name}"), part));
            }
            let others = [
                ("attention.output.dense", &layer.attention_output),
                ("intermediate.dense", &layer.intermediate),
                ("output.dense", &layer.output),
            ];
            linears.extend(others.map(|(name, part)| (format!("{prefix}.{name}"), part.clone())));
            norms.push((format!("{prefix}.attention.output.LayerNorm"), &layer.attention_norm));
            norms.push((format!("{prefix}.output.LayerNorm"), &layer.output_norm));
        }
        for (name, norm) in norms {
            insert(format!("{name}.weight"), vec![width], norm.scale.clone());
            insert(format!("{name}.bias"), vec![width], norm.bias.clone());
        }
        for (name, linear) in linears {
            let (shape, values) = (vec![linear.inputs, linear.outputs], floats_of(&linear.weight));
            let stored = NamedTensor { shape, values }.transposed();
            insert(format!("{name}.weight"), stored.shape, stored.values);
            insert(format!("{name}.bias"), vec![linear.outputs], linear.bias);
        }
        weights
    }

    /// Counts the values of the word vectors.
    pub(crate) fn words_len(&self) -> usize {
        match &self.words {
            MatrixValues::Floats(values) => values.len(),
            MatrixValues::Bytes { values, .. } => values.len(),
        }
    }

    /// Rounds word vectors and linear layers to bytes.
    pub fn quantized(&self) -> Self {
        let mut rounded = self.clone();
        rounded.words = quantize_rows(&self.words, self.width);
        rounded.for_each_linear(|linear| {
            linear.weight = quantize_columns(&linear.weight, linear.outputs)
        });
        rounded
    }

    /// Multiplies bytes by their scales.
    pub fn dequantized(&self) -> Self {
        let mut floats = self.clone();
        floats.words = dequantize(&self.words, self.width, ScaleOf::Row);
        floats.for_each_linear(|linear| {
            linear.weight = dequantize(&linear.weight, linear.outputs, ScaleOf::Column);
        });
        floats
    }

    fn for_each_linear(&mut self, mut change: impl FnMut(&mut LinearParameters)) {
        for layer in &mut self.layers {
            change(&mut layer.query_key_value);
            change(&mut layer.attention_output);
            change(&mut layer.intermediate);
            change(&mut layer.output);
        }
    }
}

impl LinearParameters {
    /// Gives the weight in floats, rows by input.
    pub(crate) fn floats(&self) -> Vec<f32> {
        floats_of(&dequantize(&self.weight, self.outputs, ScaleOf::Column))
    }

    /// Cuts a layer of floats into layers of equal width that stand side by side.
    fn parts(&self, count: usize) -> Vec<Self> {
        let width = self.outputs / count;
        let values = floats_of(&self.weight);
        let part = |number: usize| {
            let columns = number * width..(number + 1) * width;
            let rows = values.chunks_exact(self.outputs);
            let weight = rows.flat_map(|row| row[columns.clone()].iter().copied()).collect();
            Self {
                inputs: self.inputs,
                outputs: width,
                weight: MatrixValues::Floats(weight),
                bias: self.bias[columns].to_vec(),
            }
        };
        (0..count).map(part).collect()
    }
}

/// Copies floats; bytes give nothing, callers dequantize first.
fn floats_of(values: &MatrixValues) -> Vec<f32> {
    match values {
        MatrixValues::Floats(values) => values.clone(),
        MatrixValues::Bytes { .. } => Vec::new(),
    }
}

fn expect<'a>(
    weights: &'a Weights,
    name: &str,
    shape: &[usize],
) -> Result<&'a NamedTensor, ModelError> {
    let tensor = weights.get(name)?;
    if tensor.shape != shape {
        return Err(ModelError::Shape {
            name: name.to_owned(),
            found: tensor.shape.clone(),
            expected: shape.to_vec(),
        });
    }
    Ok(tensor)
}

fn scale_outputs(linear: &mut LinearParameters, factor: f32) {
    if let MatrixValues::Floats(values) = &mut linear.weight {
        values.iter_mut().for_each(|value| *value *= factor);
    }
    linear.bias.iter_mut().for_each(|value| *value *= factor);
}

/// Joins linear layers of one input so that one product computes them all.
fn side_by_side(parts: &[LinearParameters]) -> LinearParameters {
    let inputs = parts[0].inputs;
    let mut weight = Vec::new();
    for row in 0..inputs {
        for part in parts {
            if let MatrixValues::Floats(values) = &part.weight {
                weight.extend_from_slice(&values[row * part.outputs..(row + 1) * part.outputs]);
            }
        }
    }
    LinearParameters {
        inputs,
        outputs: parts.iter().map(|part| part.outputs).sum(),
        weight: MatrixValues::Floats(weight),
        bias: parts.iter().flat_map(|part| part.bias.iter().copied()).collect(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Builds an encoder of two layers, 64 wide, with values that look random.
    pub(crate) fn small_encoder() -> EncoderParameters {
        let width = 64;
        let mut state = 7u32;
        let mut values = |count: usize, size: f32| -> Vec<f32> {
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 8) as f32 / 8_388_608.0 - 1.0) * size
            };
            (0..count).map(|_| next()).collect()
        };
        let mut linear = |inputs: usize, outputs: usize| LinearParameters {
            inputs,
            outputs,
            weight: MatrixValues::Floats(values(inputs * outputs, 0.2)),
            bias: values(outputs, 0.1),
        };
        let norm = || NormParameters { scale: vec![1.0; width], bias: vec![0.01; width] };
        let layers = (0..2)
            .map(|_| LayerParameters {
                query_key_value: linear(width, 3 * width),
                attention_output: linear(width, width),
                attention_norm: norm(),
                intermediate: linear(width, 96),
                output: linear(96, width),
                output_norm: norm(),
            })
            .collect();
        EncoderParameters {
            heads: 2,
            epsilon: 1e-12,
            width,
            words: MatrixValues::Floats(values(50 * width, 1.0)),
            positions: values(16 * width, 0.3),
            embedding_norm: norm(),
            layers,
        }
    }

    #[test]
    fn layers_side_by_side_keep_their_columns() {
        let part = |weight: &[f32], bias: &[f32]| LinearParameters {
            inputs: 2,
            outputs: bias.len(),
            weight: MatrixValues::Floats(weight.to_vec()),
            bias: bias.to_vec(),
        };
        let joined =
            side_by_side(&[part(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0]), part(&[7.0, 8.0], &[9.0])]);
        assert_eq!(joined.weight, MatrixValues::Floats(vec![1.0, 2.0, 7.0, 3.0, 4.0, 8.0]));
        assert_eq!(joined.bias, [5.0, 6.0, 9.0]);
    }

    #[test]
    fn a_checkpoint_of_parameters_gives_them_back() {
        let parameters = small_encoder();
        let size = crate::architectures::EncoderConfig {
            vocab_size: 50,
            hidden_size: 64,
            num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 96,
            max_position_embeddings: 16,
            layer_norm_eps: 1e-12,
            pad_token_id: 1,
        };
        let config = ClassifierConfig::new(size, Vec::new());
        let again = EncoderParameters::from_weights(&config, &parameters.to_weights(), 16).unwrap();
        assert_eq!(again.words, parameters.words);
        assert_eq!(again.positions, parameters.positions);
        for (again, before) in again.layers.iter().zip(&parameters.layers) {
            assert_eq!(again.output, before.output);
            let pairs = floats_of(&again.query_key_value.weight);
            for (again, before) in pairs.iter().zip(floats_of(&before.query_key_value.weight)) {
                assert!((again - before).abs() < 1e-6);
            }
        }
    }
}
