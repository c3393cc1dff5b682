//! Writes an encoder as an ONNX graph.
//!
//! Inputs: `input_ids` and `attention_mask`, both `[batch, length]` of 64-bit integers. Output: `pooled`, `[batch, width]`,
//! the mean of the vectors of the real tokens, not normalised.

use crate::onnx::builder::{
    Axis, GraphBuilder, Value, float_attribute, integer_attribute, integers_attribute,
};
use crate::onnx::parameters::{
    EncoderParameters, LayerParameters, LinearParameters, MatrixValues, NormParameters,
};
use crate::onnx::proto::{ModelProto, TENSOR_UINT8};

/// Says how the input of a linear layer is rounded to bytes. It has no effect on layers of floats.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ActivationRounding {
    /// Every token by itself: a text's result does not depend on the texts beside it.
    PerToken,
    /// All tokens of a batch by one scale (`DynamicQuantizeLinear`): the form that ONNX Runtime fuses.
    PerBatch,
}

/// The largest magnitude of a rounded activation.
pub(crate) const ACTIVATION_LIMIT: f32 = 127.0;
/// The byte that stands for zero in a rounded activation.
pub(crate) const ACTIVATION_ZERO: u8 = 128;
/// The least largest magnitude of a token, so that a token of zeros divides by something.
pub(crate) const LEAST_MAGNITUDE: f32 = 1e-12;
/// What attention adds to the score of padding.
const PADDING_BIAS: f32 = -1.0e4;

/// Builds the model of an encoder.
pub fn encoder_model(
    parameters: &EncoderParameters,
    rounding: ActivationRounding,
    description: &str,
) -> ModelProto {
    let mut writer = Writer {
        graph: GraphBuilder::default(),
        width: parameters.width,
        heads: parameters.heads,
        epsilon: parameters.epsilon,
        rounding,
    };
    writer.graph.metadata("heads", &parameters.heads.to_string());
    writer.graph.metadata("epsilon", &parameters.epsilon.to_string());
    let batch_axes = [Axis::Named("batch"), Axis::Named("length")];
    let ids = writer.graph.input("input_ids", &batch_axes);
    let mask = writer.graph.input("attention_mask", &batch_axes);
    let mask = writer.graph.cast_to_float(&mask);
    let padding_bias = writer.padding_bias(&mask);

    let mut hidden = writer.embed(parameters, &ids);
    for (index, layer) in parameters.layers.iter().enumerate() {
        hidden = writer.layer(index, layer, &hidden, &padding_bias);
    }
    let pooled = writer.mean(&hidden, &mask);
    let axes = [Axis::Named("batch"), Axis::Fixed(parameters.width)];
    writer.graph.output("pooled", &pooled, &axes);
    writer.graph.finish("encoder", description)
}

struct Writer {
    graph: GraphBuilder,
    width: usize,
    heads: usize,
    epsilon: f32,
    rounding: ActivationRounding,
}

impl Writer {
    /// Gives `[batch, 1, 1, length]`: 0 at a token, a large negative number at padding.
    fn padding_bias(&mut self, mask: &Value) -> Value {
        let one = self.graph.floats("one", &[], &[1.0]);
        let bias = self.graph.floats("padding_bias", &[], &[PADDING_BIAS]);
        let shape = self.graph.integers("padding_shape", &[0, 1, 1, -1]);
        let absent = self.graph.node("Sub", &[&one, mask]);
        let scores = self.graph.node("Mul", &[&absent, &bias]);
        self.graph.node("Reshape", &[&scores, &shape])
    }

    fn embed(&mut self, parameters: &EncoderParameters, ids: &Value) -> Value {
        let width = self.width;
        let name = "embeddings.word_embeddings.weight";
        let words = match &parameters.words {
            MatrixValues::Floats(values) => {
                let table = self.graph.floats(name, &[values.len() / width, width], values);
                self.graph.node("Gather", &[&table, ids])
            }
            MatrixValues::Bytes { values, scales } => {
                let table = self.graph.signed_bytes(name, &[scales.len(), width], values);
                let scales =
                    self.graph.floats(&format!("{name}.scale"), &[scales.len(), 1], scales);
                let bytes = self.graph.node("Gather", &[&table, ids]);
                let floats = self.graph.cast_to_float(&bytes);
                let scales = self.graph.node("Gather", &[&scales, ids]);
                self.graph.node("Mul", &[&floats, &scales])
            }
        };
        let positions = self.graph.floats(
            "embeddings.position_embeddings.weight",
            &[parameters.positions.len() / width, width],
            &parameters.positions,
        );
        let length = self.graph.node_with(
            "Shape",
            &[ids],
            vec![integer_attribute("start", 1), integer_attribute("end", 2)],
        );
        let zero = self.graph.integers("zero", &[0]);
        let used = self.graph.node("Slice", &[&positions, &zero, &length, &zero]);
        let sum = self.graph.node("Add", &[&words, &used]);
        self.norm("embeddings.LayerNorm", &parameters.embedding_norm, &sum)
    }

    fn layer(
        &mut self,
        index: usize,
        layer: &LayerParameters,
        hidden: &Value,
        padding_bias: &Value,
    ) -> Value {
        let prefix = format!("encoder.layer.{index}");
        let joined = self.linear(
            &format!("{prefix}.attention.self.query_key_value"),
            &layer.query_key_value,
            hidden,
        );
        let attended = self.attend(&joined, padding_bias);
        let attended = self.linear(
            &format!("{prefix}.attention.output.dense"),
            &layer.attention_output,
            &attended,
        );
        let sum = self.graph.node("Add", &[hidden, &attended]);
        let hidden =
            self.norm(&format!("{prefix}.attention.output.LayerNorm"), &layer.attention_norm, &sum);

        let inner =
            self.linear(&format!("{prefix}.intermediate.dense"), &layer.intermediate, &hidden);
        let inner = self.graph.node("Gelu", &[&inner]);
        let output = self.linear(&format!("{prefix}.output.dense"), &layer.output, &inner);
        let sum = self.graph.node("Add", &[&hidden, &output]);
        self.norm(&format!("{prefix}.output.LayerNorm"), &layer.output_norm, &sum)
    }

    /// Attends within every text: `[batch, length, 3 · width]` to `[batch, length, width]`.
    fn attend(&mut self, joined: &Value, padding_bias: &Value) -> Value {
        let split = vec![integer_attribute("axis", -1), integer_attribute("num_outputs", 3)];
        let [query, key, value] = self.graph.node_with_outputs("Split", &[joined], split);
        let query = self.by_head(&query, &[0, 2, 1, 3]);
        let key = self.by_head(&key, &[0, 2, 3, 1]);
        let value = self.by_head(&value, &[0, 2, 1, 3]);
        let scores = self.graph.node("MatMul", &[&query, &key]);
        let scores = self.graph.node("Add", &[&scores, padding_bias]);
        let shares =
            self.graph.node_with("Softmax", &[&scores], vec![integer_attribute("axis", -1)]);
        let mixed = self.graph.node("MatMul", &[&shares, &value]);
        let mixed = self.graph.node_with(
            "Transpose",
            &[&mixed],
            vec![integers_attribute("perm", &[0, 2, 1, 3])],
        );
        let shape = self.shape_constant("joined_shape", &[0, 0, self.width as i64]);
        self.graph.node("Reshape", &[&mixed, &shape])
    }

    fn by_head(&mut self, vectors: &Value, order: &[i64]) -> Value {
        let head_width = self.width / self.heads;
        let shape =
            self.shape_constant("head_shape", &[0, 0, self.heads as i64, head_width as i64]);
        let split = self.graph.node("Reshape", &[vectors, &shape]);
        self.graph.node_with("Transpose", &[&split], vec![integers_attribute("perm", order)])
    }

    fn linear(&mut self, name: &str, linear: &LinearParameters, input: &Value) -> Value {
        let shape = [linear.inputs, linear.outputs];
        let product = match &linear.weight {
            MatrixValues::Floats(values) => {
                let weight = self.graph.floats(&format!("{name}.weight"), &shape, values);
                self.graph.node("MatMul", &[input, &weight])
            }
            MatrixValues::Bytes { values, scales } => {
                let weight = self.graph.signed_bytes(&format!("{name}.weight"), &shape, values);
                let scales =
                    self.graph.floats(&format!("{name}.weight.scale"), &[scales.len()], scales);
                let zeros = vec![0; linear.outputs];
                let zeros =
                    self.graph.signed_bytes(&format!("{name}.weight.zero"), &[zeros.len()], &zeros);
                match self.rounding {
                    ActivationRounding::PerToken => {
                        self.product_per_token(input, &weight, &scales, &zeros)
                    }
                    ActivationRounding::PerBatch => {
                        self.product_per_batch(input, &weight, &scales, &zeros)
                    }
                }
            }
        };
        let bias = self.graph.floats(&format!("{name}.bias"), &[linear.outputs], &linear.bias);
        self.graph.node("Add", &[&product, &bias])
    }

    /// Rounds every token by its largest magnitude `m`: byte = round(x · 127 / m) + 128.
    fn product_per_token(
        &mut self,
        input: &Value,
        weight: &Value,
        scales: &Value,
        zeros: &Value,
    ) -> Value {
        let axes = self.shape_constant("last_axis", &[-1]);
        let limit = self.scalar("activation_limit", ACTIVATION_LIMIT);
        let least = self.scalar("least_magnitude", LEAST_MAGNITUDE);
        let offset = self.scalar("activation_offset", f32::from(ACTIVATION_ZERO));
        let zero = self.byte_scalar("activation_zero", ACTIVATION_ZERO);
        let magnitudes = self.graph.node("Abs", &[input]);
        let largest = self.graph.node("ReduceMax", &[&magnitudes, &axes]);
        let largest = self.graph.node("Max", &[&largest, &least]);
        let inverse = self.graph.node("Div", &[&limit, &largest]);
        let scaled = self.graph.node("Mul", &[input, &inverse]);
        let rounded = self.graph.node("Round", &[&scaled]);
        let shifted = self.graph.node("Add", &[&rounded, &offset]);
        let bytes = self.graph.node_with(
            "Cast",
            &[&shifted],
            vec![integer_attribute("to", i64::from(TENSOR_UINT8))],
        );
        let sums = self.graph.node("MatMulInteger", &[&bytes, weight, &zero, zeros]);
        let sums = self.graph.cast_to_float(&sums);
        let product = self.graph.node("Mul", &[&sums, scales]);
        let token_scale = self.graph.node("Div", &[&largest, &limit]);
        self.graph.node("Mul", &[&product, &token_scale])
    }

    fn product_per_batch(
        &mut self,
        input: &Value,
        weight: &Value,
        scales: &Value,
        zeros: &Value,
    ) -> Value {
        let [bytes, scale, zero] =
            self.graph.node_with_outputs("DynamicQuantizeLinear", &[input], Vec::new());
        let sums = self.graph.node("MatMulInteger", &[&bytes, weight, &zero, zeros]);
        let sums = self.graph.cast_to_float(&sums);
        let scales = self.graph.node("Mul", &[&scale, scales]);
        self.graph.node("Mul", &[&sums, &scales])
    }

    fn norm(&mut self, name: &str, norm: &NormParameters, input: &Value) -> Value {
        let scale = self.graph.floats(&format!("{name}.weight"), &[self.width], &norm.scale);
        let bias = self.graph.floats(&format!("{name}.bias"), &[self.width], &norm.bias);
        let attributes =
            vec![integer_attribute("axis", -1), float_attribute("epsilon", self.epsilon)];
        self.graph.node_with("LayerNormalization", &[input, &scale, &bias], attributes)
    }

    /// Averages the vectors of the real tokens of every text.
    fn mean(&mut self, hidden: &Value, mask: &Value) -> Value {
        let shape = self.graph.integers("token_shape", &[0, -1, 1]);
        let axis = self.graph.integers("token_axis", &[1]);
        let mask = self.graph.node("Reshape", &[mask, &shape]);
        let real = self.graph.node("Mul", &[hidden, &mask]);
        let keep = vec![integer_attribute("keepdims", 0)];
        let sum = self.graph.node_with("ReduceSum", &[&real, &axis], keep.clone());
        let count = self.graph.node_with("ReduceSum", &[&mask, &axis], keep);
        self.graph.node("Div", &[&sum, &count])
    }

    fn shape_constant(&mut self, name: &str, values: &[i64]) -> Value {
        self.graph.shared(name).unwrap_or_else(|| self.graph.integers(name, values))
    }

    fn scalar(&mut self, name: &str, value: f32) -> Value {
        self.graph.shared(name).unwrap_or_else(|| self.graph.floats(name, &[], &[value]))
    }

    fn byte_scalar(&mut self, name: &str, value: u8) -> Value {
        self.graph.shared(name).unwrap_or_else(|| self.graph.unsigned_byte(name, value))
    }
}
