//! Reads and writes encoders and heads as ONNX files, in floats and in bytes.
//!
//! The files open in any ONNX runtime. This crate's own [`Runtime`](crate::Runtime) reads the constants of the same files.

pub mod builder;
mod encoder_graph;
mod heads;
mod parameters;
mod projection;
pub mod proto;
mod reader;
mod rounding;

pub use encoder_graph::{ActivationRounding, encoder_model};
pub use heads::{
    HeadParameters, Heads, WideParameters, heads_from_weights, heads_model, read_heads,
};
pub use parameters::{
    EncoderParameters, LayerParameters, LinearParameters, MatrixValues, NormParameters,
};
pub use reader::read_encoder;

pub(crate) use encoder_graph::{ACTIVATION_LIMIT, ACTIVATION_ZERO, LEAST_MAGNITUDE};

#[cfg(test)]
pub(crate) use parameters::tests::small_encoder;
