//! Reads the parameters of an encoder back from the ONNX file that [`encoder_graph`](crate::onnx::encoder_graph) wrote.
//!
//! The nodes of the file are for other runtimes; this one takes the constants by name and computes the same function.

use std::collections::HashMap;
use std::path::Path;

use prost::Message;

use crate::error::ModelError;
use crate::onnx::parameters::{
    EncoderParameters, LayerParameters, LinearParameters, MatrixValues, NormParameters,
};
use crate::onnx::proto::{ModelProto, TENSOR_FLOAT, TENSOR_INT8, TensorProto};
use crate::onnx::rounding::LINEAR_BYTE_LIMIT;

/// Holds the constants and the metadata of a file by name.
pub(crate) struct Constants<'a> {
    path: &'a Path,
    tensors: HashMap<String, TensorProto>,
    metadata: HashMap<String, String>,
}

impl<'a> Constants<'a> {
    /// Decodes a file; `path` appears in errors.
    ///
    /// # Errors
    /// Fails if the bytes are no ONNX file or the file was not written by this crate.
    pub(crate) fn decode(path: &'a Path, bytes: &[u8]) -> Result<Self, ModelError> {
        let model = ModelProto::decode(bytes)
            .map_err(|error| ModelError::format(path, "ONNX file", error))?;
        let Some(graph) = model.graph else {
            return Err(ModelError::format(path, "ONNX file", "it holds no graph"));
        };
        let mut tensors = HashMap::new();
        for tensor in graph.initializer {
            tensors.insert(tensor.name.clone().unwrap_or_default(), tensor);
        }
        let mut metadata = HashMap::new();
        for entry in model.metadata_props {
            metadata.insert(entry.key.unwrap_or_default(), entry.value.unwrap_or_default());
        }
        Ok(Self { path, tensors, metadata })
    }

    pub(crate) fn wrong(&self, reason: impl ToString) -> ModelError {
        ModelError::format(self.path, "model of this program", reason)
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Takes a tensor of this type; gives its shape and bytes.
    fn take(&mut self, name: &str, data_type: i32) -> Result<(Vec<usize>, Vec<u8>), ModelError> {
        let Some(tensor) = self.tensors.remove(name) else {
            return Err(self.wrong(format!("it holds no tensor `{name}`")));
        };
        let shape: Vec<usize> =
            tensor.dims.iter().map(|length| usize::try_from(*length).unwrap_or(0)).collect();
        let found = tensor.data_type.unwrap_or_default();
        if found != data_type {
            return Err(
                self.wrong(format!("tensor `{name}` has type {found}, expected {data_type}"))
            );
        }
        let bytes = tensor.raw_data.unwrap_or_default();
        let width = if data_type == TENSOR_FLOAT { 4 } else { 1 };
        let expected =
            shape.iter().try_fold(width, |product: usize, length| product.checked_mul(*length));
        if expected != Some(bytes.len()) {
            return Err(self.wrong(format!(
                "tensor `{name}` of shape `{shape:?}` holds {} bytes",
                bytes.len()
            )));
        }
        Ok((shape, bytes))
    }

    /// Takes a tensor of floats that are all finite.
    pub(crate) fn floats(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f32>), ModelError> {
        let (shape, bytes) = self.take(name, TENSOR_FLOAT)?;
        let values: Vec<f32> =
            bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(
                self.wrong(format!("tensor `{name}` holds `{value}`, expected finite numbers"))
            );
        }
        Ok((shape, values))
    }

    /// Takes a tensor of floats of this shape.
    pub(crate) fn floats_of(
        &mut self,
        name: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, ModelError> {
        let (found, values) = self.floats(name)?;
        self.expect_shape(name, &found, shape)?;
        Ok(values)
    }

    fn expect_shape(
        &self,
        name: &str,
        found: &[usize],
        expected: &[usize],
    ) -> Result<(), ModelError> {
        if found == expected {
            return Ok(());
        }
        Err(self.wrong(format!("tensor `{name}` has shape `{found:?}`, expected `{expected:?}`")))
    }

    fn metadata<T: std::str::FromStr>(&self, key: &str) -> Result<T, ModelError> {
        let value = self.metadata.get(key).and_then(|value| value.parse().ok());
        value.ok_or_else(|| self.wrong(format!("its metadata hold no usable `{key}`")))
    }

    /// Takes a matrix of floats, or of bytes with their scales; gives its shape.
    pub(crate) fn matrix(
        &mut self,
        name: &str,
        scaled_axis: usize,
    ) -> Result<([usize; 2], MatrixValues), ModelError> {
        let scale_name = format!("{name}.scale");
        if !self.holds(&scale_name) {
            let (shape, values) = self.floats(name)?;
            return Ok((self.two_axes(name, &shape)?, MatrixValues::Floats(values)));
        }
        let (shape, bytes) = self.take(name, TENSOR_INT8)?;
        let shape = self.two_axes(name, &shape)?;
        let (_, scales) = self.floats(&scale_name)?;
        if scales.len() != shape[scaled_axis] {
            return Err(self.wrong(format!("tensor `{scale_name}` holds {} scales", scales.len())));
        }
        let values = bytes.into_iter().map(u8::cast_signed).collect();
        Ok((shape, MatrixValues::Bytes { values, scales }))
    }

    fn two_axes(&self, name: &str, shape: &[usize]) -> Result<[usize; 2], ModelError> {
        <[usize; 2]>::try_from(shape)
            .ok()
            .filter(|shape| shape.iter().all(|length| *length > 0))
            .ok_or_else(|| {
                self.wrong(format!("tensor `{name}` has shape `{shape:?}`, expected a matrix"))
            })
    }

    /// Takes a linear layer of this shape, as far as it is given.
    pub(crate) fn linear(
        &mut self,
        name: &str,
        shape: [Option<usize>; 2],
    ) -> Result<LinearParameters, ModelError> {
        let weight_name = format!("{name}.weight");
        let (found, weight) = self.matrix(&weight_name, 1)?;
        let expected = [shape[0].unwrap_or(found[0]), shape[1].unwrap_or(found[1])];
        self.expect_shape(&weight_name, &found, &expected)?;
        if let MatrixValues::Bytes { values, .. } = &weight
            && let Some(byte) =
                values.iter().find(|byte| f32::from(**byte).abs() > LINEAR_BYTE_LIMIT)
        {
            return Err(self.wrong(format!(
                "tensor `{weight_name}` holds the byte `{byte}` beyond {LINEAR_BYTE_LIMIT}"
            )));
        }
        let bias = self.floats_of(&format!("{name}.bias"), &[found[1]])?;
        Ok(LinearParameters { inputs: found[0], outputs: found[1], weight, bias })
    }

    fn norm(&mut self, name: &str, width: usize) -> Result<NormParameters, ModelError> {
        Ok(NormParameters {
            scale: self.floats_of(&format!("{name}.weight"), &[width])?,
            bias: self.floats_of(&format!("{name}.bias"), &[width])?,
        })
    }
}

/// Reads the parameters of an encoder; `path` appears in errors.
///
/// # Errors
/// Fails if the bytes are no ONNX file, or a constant is missing, of another shape, or not finite.
pub fn read_encoder(path: &Path, bytes: &[u8]) -> Result<EncoderParameters, ModelError> {
    let mut constants = Constants::decode(path, bytes)?;
    let heads: usize = constants.metadata("heads")?;
    let epsilon: f32 = constants.metadata("epsilon")?;
    let ([_, width], words) = constants.matrix("embeddings.word_embeddings.weight", 0)?;
    let (shape, positions) = constants.floats("embeddings.position_embeddings.weight")?;
    if shape.len() != 2 || shape[0] == 0 || shape[1] != width {
        return Err(constants.wrong(format!("the position vectors have shape `{shape:?}`")));
    }
    let embedding_norm = constants.norm("embeddings.LayerNorm", width)?;
    let mut layers = Vec::new();
    loop {
        let prefix = format!("encoder.layer.{}", layers.len());
        let attention = format!("{prefix}.attention.self.query_key_value");
        if !constants.holds(&format!("{attention}.weight")) {
            break;
        }
        let query_key_value = constants.linear(&attention, [Some(width), Some(3 * width)])?;
        let square = [Some(width), Some(width)];
        let attention_output =
            constants.linear(&format!("{prefix}.attention.output.dense"), square)?;
        let attention_norm =
            constants.norm(&format!("{prefix}.attention.output.LayerNorm"), width)?;
        let intermediate =
            constants.linear(&format!("{prefix}.intermediate.dense"), [Some(width), None])?;
        let inner = [Some(intermediate.outputs), Some(width)];
        layers.push(LayerParameters {
            query_key_value,
            attention_output,
            attention_norm,
            output: constants.linear(&format!("{prefix}.output.dense"), inner)?,
            intermediate,
            output_norm: constants.norm(&format!("{prefix}.output.LayerNorm"), width)?,
        });
    }
    if layers.is_empty() {
        return Err(constants.wrong("it holds no layers"));
    }
    Ok(EncoderParameters { heads, epsilon, width, words, positions, embedding_norm, layers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::encoder_graph::{ActivationRounding, encoder_model};
    use crate::onnx::small_encoder;

    #[test]
    fn reads_back_what_was_written() {
        let parameters = small_encoder();
        for parameters in [parameters.quantized(), parameters] {
            let bytes =
                encoder_model(&parameters, ActivationRounding::PerToken, "test").encode_to_vec();
            assert_eq!(read_encoder(Path::new("a.onnx"), &bytes).unwrap(), parameters);
        }
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let path = Path::new("a.onnx");
        let model =
            encoder_model(&small_encoder().quantized(), ActivationRounding::PerToken, "test");
        let bytes = model.encode_to_vec();
        for length in [0, 1, 100, bytes.len() / 2, bytes.len() - 1] {
            let error = read_encoder(path, &bytes[..length]).unwrap_err().to_string();
            assert!(error.contains("a.onnx"), "{error}");
        }
        let mut changed = model.clone();
        for tensor in &mut changed.graph.as_mut().unwrap().initializer {
            if tensor.name.as_deref() == Some("embeddings.LayerNorm.bias") {
                tensor.raw_data.as_mut().unwrap()[..4].copy_from_slice(&f32::NAN.to_le_bytes());
            }
        }
        let error = read_encoder(path, &changed.encode_to_vec()).unwrap_err().to_string();
        assert!(error.contains("`NaN`"), "{error}");
        let mut missing = model;
        missing
            .graph
            .as_mut()
            .unwrap()
            .initializer
            .retain(|tensor| tensor.name.as_deref() != Some("encoder.layer.0.output.dense.bias"));
        let error = read_encoder(path, &missing.encode_to_vec()).unwrap_err().to_string();
        assert!(error.contains("encoder.layer.0.output.dense.bias"), "{error}");
    }
}
