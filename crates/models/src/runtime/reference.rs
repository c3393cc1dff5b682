//! The encoder in floats, run as an ONNX graph by `rten`: what the encoder of bytes is measured against.

use std::path::Path;

use prost::Message;
use rten::{Model, ModelOptions, RunOptions, Value};

use crate::error::ModelError;
use crate::onnx::{ActivationRounding, EncoderParameters, encoder_model};

/// Runs the ONNX graph of an encoder, one text at a time.
pub struct GraphEncoder {
    model: Model,
}

impl GraphEncoder {
    /// Writes the graph of these parameters and loads it: floats give the reference, bytes the graph that is shipped.
    ///
    /// # Errors
    /// Fails if the graph cannot be loaded.
    pub fn new(parameters: &EncoderParameters) -> Result<Self, ModelError> {
        let graph = encoder_model(parameters, ActivationRounding::PerToken, "reference");
        let model = ModelOptions::with_all_ops()
            .load(graph.encode_to_vec())
            .map_err(|error| ModelError::format(Path::new("reference"), "ONNX graph", error))?;
        Ok(Self { model })
    }

    /// Computes the mean token vector of a text, given as the ids of its pieces.
    ///
    /// # Errors
    /// Fails if the graph refuses the ids.
    pub fn pooled(&self, ids: &[u32]) -> Result<Vec<f32>, ModelError> {
        let failed = |reason: String| {
            ModelError::Invalid(format!("the graph of the encoder failed: {reason}; report this"))
        };
        let node = |name: &str| self.model.node_id(name).map_err(|error| failed(error.to_string()));
        let shape = [1, ids.len()];
        let signed: Vec<i32> = ids.iter().map(|id| id.cast_signed()).collect();
        let mask = vec![1i32; ids.len()];
        let value =
            |values| Value::from_shape(shape, values).map_err(|error| failed(error.to_string()));
        let inputs = vec![
            (node("input_ids")?, value(signed)?.into()),
            (node("attention_mask")?, value(mask)?.into()),
        ];
        let [pooled] = self
            .model
            .run_n(inputs, [node("pooled")?], Some(RunOptions::default()))
            .map_err(|error| failed(error.to_string()))?;
        let (_, values) =
            pooled.into_shape_vec::<f32, 2>().map_err(|error| failed(error.to_string()))?;
        Ok(values)
    }
}

impl std::fmt::Debug for GraphEncoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GraphEncoder").finish_non_exhaustive()
    }
}
