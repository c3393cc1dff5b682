//! Writes the encoder of a model in the forms that other runtimes are measured with.
//!
//! ```text
//! encoder_forms FOLDER OUT
//! ```
//! `OUT` receives `floats.onnx`, `bytes-per-token.onnx` (the shipped form) and `bytes-per-batch.onnx` (the form that ONNX
//! Runtime has fused kernels for), all with the weights of `FOLDER/encoder.onnx`.

use std::error::Error;
use std::path::PathBuf;

use groundswell_models::onnx::{ActivationRounding, encoder_model, read_encoder};
use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: encoder_forms FOLDER OUT";
    let path = PathBuf::from(arguments.next().ok_or(usage)?).join("encoder.onnx");
    let out = PathBuf::from(arguments.next().ok_or(usage)?);
    let bytes = read_encoder(&path, &std::fs::read(&path)?)?;
    std::fs::create_dir_all(&out)?;
    for (name, parameters, rounding) in [
        ("floats", &bytes.dequantized(), ActivationRounding::PerToken),
        ("bytes-per-token", &bytes, ActivationRounding::PerToken),
        ("bytes-per-batch", &bytes, ActivationRounding::PerBatch),
    ] {
        let model = encoder_model(parameters, rounding, name);
        std::fs::write(out.join(format!("{name}.onnx")), model.encode_to_vec())?;
    }
    Ok(())
}
