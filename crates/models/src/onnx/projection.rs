//! The projection: it maps the mean token vector of a text to its embedding.
//!
//! The mean token vector serves the heads; how near two of them are says how alike texts are to all tasks together. The projection
//! learns from teachers (Reimers and Gurevych 2020, arXiv:2004.09813) that texts on one subject are near, in either language.

use crate::architectures::Projection;
use crate::error::ModelError;
use crate::onnx::builder::{Axis, GraphBuilder, Value};
use crate::onnx::parameters::{LinearParameters, MatrixValues};
use crate::onnx::reader::Constants;
use crate::onnx::rounding::quantize_columns;

/// The name of the layer in the file.
const NAME: &str = "projection";

/// Rounds the projection of a checkpoint to bytes.
pub(crate) fn rounded(projection: &Projection) -> LinearParameters {
    let weight = projection.weight().transposed();
    let (inputs, outputs) = (weight.shape[0], weight.shape[1]);
    LinearParameters {
        inputs,
        outputs,
        weight: quantize_columns(&MatrixValues::Floats(weight.values), outputs),
        bias: projection.bias().values.clone(),
    }
}

/// Adds the output `embedding`, `[batch, dimension]`, not normalised, to a graph.
pub(crate) fn add_embedding(graph: &mut GraphBuilder, pooled: &Value, layer: &LinearParameters) {
    let (shape, name) = ([layer.inputs, layer.outputs], format!("{NAME}.weight"));
    let weight = match &layer.weight {
        MatrixValues::Floats(values) => graph.floats(&name, &shape, values),
        MatrixValues::Bytes { values, scales } => {
            let bytes = graph.signed_bytes(&name, &shape, values);
            let scales = graph.floats(&format!("{name}.scale"), &[scales.len()], scales);
            let floats = graph.cast_to_float(&bytes);
            graph.node("Mul", &[&floats, &scales])
        }
    };
    let bias = graph.floats(&format!("{NAME}.bias"), &[layer.outputs], &layer.bias);
    let product = graph.node("MatMul", &[pooled, &weight]);
    let embedding = graph.node("Add", &[&product, &bias]);
    graph.output("embedding", &embedding, &[Axis::Named("batch"), Axis::Fixed(layer.outputs)]);
}

/// Takes the projection out of the constants of a file; one that was written without has none.
///
/// # Errors
/// Fails if a constant is missing, of another shape, or not finite.
pub(crate) fn take(
    constants: &mut Constants<'_>,
    width: usize,
) -> Result<Option<LinearParameters>, ModelError> {
    if !constants.holds(&format!("{NAME}.weight")) {
        return Ok(None);
    }
    Ok(Some(constants.linear(NAME, [Some(width), None])?))
}
