//! A linear layer of bytes.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix, QuantParams};
use rten_tensor::NdTensorView;

use crate::error::ModelError;
use crate::onnx::{LinearParameters, MatrixValues, NormParameters};
use crate::runtime::arithmetic::{
    add_scaled_sums, gelu, normalize_layer, round_to_bytes, scale_sums, with_widest_vectors,
};

/// Multiplies unsigned by signed bytes.
pub(crate) type ByteProduct = GemmExecutor<u8, i8, i32>;

/// Holds a linear layer with its bytes in the order in which the product reads them.
pub(crate) struct Linear {
    inputs: usize,
    outputs: usize,
    packed: PackedBMatrix<i8>,
    scales: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// Packs the bytes.
    ///
    /// # Errors
    /// Fails if the weight is not bytes.
    pub(crate) fn new(
        parameters: LinearParameters,
        executor: &ByteProduct,
    ) -> Result<Self, ModelError> {
        let (inputs, outputs) = (parameters.inputs, parameters.outputs);
        let MatrixValues::Bytes { values, scales } = parameters.weight else {
            return Err(not_bytes());
        };
        let weight = NdTensorView::from_data([inputs, outputs], values.as_slice());
        let packed = executor.prepack_b(weight);
        Ok(Self { inputs, outputs, packed, scales, bias: parameters.bias })
    }

    /// Multiplies the bytes of tokens by the weight, into exact integers at the start of `sums`.
    pub(crate) fn multiply(
        &self,
        executor: &ByteProduct,
        bytes: &[u8],
        zeros: &[u8],
        sums: &mut Vec<i32>,
    ) -> Result<(), ModelError> {
        let tokens = zeros.len();
        let input = NdTensorView::from_data([tokens, self.inputs], bytes);
        let options = GemmOptions {
            a_quant: Some(QuantParams { zero_point: zeros }),
            ..GemmOptions::default()
        };
        let length = tokens * self.outputs;
        if sums.len() < length {
            sums.resize(length, 0);
        }
        executor
            .gemm(
                &mut sums[..length],
                GemmInputA::Unpacked(input),
                GemmInputB::Packed(&self.packed),
                options,
            )
            .map_err(|error| {
                ModelError::Invalid(format!("a matrix product failed: {error:?}; report this"))
            })
    }

    /// Turns the sums of tokens into floats.
    #[inline(always)]
    pub(crate) fn scale(&self, sums: &[i32], token_scales: &[f32], output: &mut [f32]) {
        let rows = sums.chunks_exact(self.outputs).zip(output.chunks_exact_mut(self.outputs));
        for ((sums, output), scale) in rows.zip(token_scales) {
            scale_sums(sums, &self.scales, *scale, &self.bias, output);
        }
    }

    /// Adds the sums to the vectors of the tokens and normalises these.
    pub(crate) fn add_to_hidden(
        &self,
        sums: &[i32],
        token_scales: &[f32],
        norm: &NormParameters,
        epsilon: f32,
        hidden: &mut [f32],
    ) {
        with_widest_vectors(
            #[inline(always)]
            || {
                let rows =
                    sums.chunks_exact(self.outputs).zip(hidden.chunks_exact_mut(self.outputs));
                for ((sums, row), scale) in rows.zip(token_scales) {
                    add_scaled_sums(sums, &self.scales, *scale, &self.bias, row);
                    normalize_layer(row, &norm.scale, &norm.bias, epsilon);
                }
            },
        );
    }

    /// Applies GELU to the sums and rounds the tokens for the next layer; gives bytes and the scale of each token.
    pub(crate) fn activate(
        &self,
        sums: &[i32],
        token_scales: &[f32],
        row: &mut Vec<f32>,
        bytes: &mut Vec<u8>,
        scales: &mut Vec<f32>,
    ) {
        row.resize(self.outputs, 0.0);
        bytes.resize(token_scales.len() * self.outputs, 0);
        scales.clear();
        with_widest_vectors(
            #[inline(always)]
            || {
                let outputs = bytes.chunks_exact_mut(self.outputs);
                let tokens = sums.chunks_exact(self.outputs).zip(outputs);
                for ((sums, bytes), scale) in tokens.zip(token_scales) {
                    scale_sums(sums, &self.scales, *scale, &self.bias, row);
                    for value in row.iter_mut() {
                        *value = gelu(*value);
                    }
                    scales.push(round_to_bytes(row, bytes));
                }
            },
        );
    }
}

/// Builds the error for weights of floats.
pub(crate) fn not_bytes() -> ModelError {
    ModelError::Invalid("the weights must be rounded to bytes; export them again".to_owned())
}
