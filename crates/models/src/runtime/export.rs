//! Makes the folder of a model from a checkpoint.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use prost::Message;

use crate::architectures::{ClassifierConfig, Weights, write_whole};
use crate::error::ModelError;
use crate::onnx::{
    ActivationRounding, EncoderParameters, encoder_model, heads_from_weights, heads_model,
    read_encoder,
};
use crate::runtime::folder::{
    Agreement, DESCRIPTION, ENCODER, FORMAT, HEADS, ModelDescription, ModelFiles, TOKENIZER, sha256,
};
use crate::runtime::reference::GraphEncoder;
use crate::runtime::{Runtime, inputs_of};

/// The most pieces of a text that an exported encoder reads.
pub const LONGEST_TEXT: usize = 256;

/// Rounds a checkpoint to bytes and writes the folder that [`Runtime::open`] reads.
///
/// The checkpoint holds `config.json`, `model.safetensors` and `tokenizer.json`. The rounded encoder is compared with
/// the one of floats on `texts`; the result stands in `model.json`.
///
/// # Errors
/// Fails if a file of the checkpoint cannot be read or does not fit the others, or the folder cannot be written.
pub fn export(
    checkpoint: &Path,
    folder: &Path,
    name: &str,
    texts: &[&str],
) -> Result<ModelDescription, ModelError> {
    let config = ClassifierConfig::read(&checkpoint.join("config.json"))?;
    let weights = Weights::read(&checkpoint.join("model.safetensors"))?;
    let tokenizer_path = checkpoint.join("tokenizer.json");
    let tokenizer =
        std::fs::read(&tokenizer_path).map_err(|error| ModelError::file(&tokenizer_path, error))?;
    let floats = EncoderParameters::from_weights(&config, &weights, LONGEST_TEXT)?;
    let heads = heads_from_weights(&config, &weights)?;

    let about = format!("{name}: written by groundswell, weights rounded to bytes");
    let encoder = encoder_model(&floats.quantized(), ActivationRounding::PerToken, &about);
    let heads_file = heads_model(&heads, floats.width, &about);
    let mut files: BTreeMap<&'static str, Cow<'_, [u8]>> = BTreeMap::new();
    files.insert(ENCODER, Cow::Owned(encoder.encode_to_vec()));
    files.insert(HEADS, Cow::Owned(heads_file.encode_to_vec()));
    files.insert(TOKENIZER, Cow::Owned(tokenizer));
    let hashes: BTreeMap<String, String> =
        files.iter().map(|(name, bytes)| ((*name).to_owned(), sha256(bytes))).collect();
    let all: String = hashes.values().map(String::as_str).collect();
    let mut description = ModelDescription {
        format: FORMAT,
        name: name.to_owned(),
        version: format!("{name}-{}", &sha256(all.as_bytes())[..8]),
        dimension: heads.projection.as_ref().map_or(floats.width, |layer| layer.outputs),
        longest: floats.positions.len() / floats.width,
        tasks: config.tasks.clone(),
        files: hashes,
        agreement: None,
    };
    files.insert(DESCRIPTION, Cow::Owned(to_json(&description)?));
    let mut files = ModelFiles::in_memory(folder, files);
    let runtime = Runtime::from_files(&files)?;
    description.agreement = Some(agreement(&runtime, &floats, texts)?);
    files.replace(DESCRIPTION, to_json(&description)?);

    std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
    for name in [ENCODER, HEADS, TOKENIZER, DESCRIPTION] {
        write_whole(&files.path(name), files.bytes(name))?;
    }
    Ok(description)
}

/// Says how the linear layers of an exported encoder compute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EncoderForm {
    /// Weights of bytes, activations rounded for each token: the form that [`Runtime::open`] reads.
    BytesPerToken,
    /// Weights of bytes, activations rounded for a whole batch (`DynamicQuantizeLinear`): ONNX Runtime has fused kernels for it.
    BytesPerBatch,
    /// Floats throughout, with the rounded weights.
    Floats,
}

/// Writes the model that is part of the program into a folder: `encoder.onnx` in the form asked for, `heads.onnx` and
/// `tokenizer.json`, and in the form that [`Runtime::open`] reads `model.json` too.
///
/// # Errors
/// Fails if the folder cannot be written.
pub fn write_shipped(folder: &Path, form: EncoderForm) -> Result<(), ModelError> {
    let shipped = ModelFiles::shipped();
    let encoder = || read_encoder(&shipped.path(ENCODER), shipped.bytes(ENCODER));
    let about = "written by groundswell";
    let encoder = match form {
        EncoderForm::BytesPerToken => Cow::Borrowed(shipped.bytes(ENCODER)),
        EncoderForm::BytesPerBatch => {
            encoder_model(&encoder()?, ActivationRounding::PerBatch, about).encode_to_vec().into()
        }
        EncoderForm::Floats => {
            let floats = encoder()?.dequantized();
            encoder_model(&floats, ActivationRounding::PerToken, about).encode_to_vec().into()
        }
    };
    std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
    write_whole(&folder.join(ENCODER), &encoder)?;
    for name in [HEADS, TOKENIZER] {
        write_whole(&folder.join(name), shipped.bytes(name))?;
    }
    if form == EncoderForm::BytesPerToken {
        write_whole(&folder.join(DESCRIPTION), shipped.bytes(DESCRIPTION))?;
    }
    Ok(())
}

fn to_json(description: &ModelDescription) -> Result<Vec<u8>, ModelError> {
    let mut json = serde_json::to_vec_pretty(description)
        .map_err(|error| ModelError::format(Path::new(DESCRIPTION), "model description", error))?;
    json.push(b'\n');
    Ok(json)
}

/// Compares the encoder of a runtime with one of floats.
fn agreement(
    runtime: &Runtime,
    floats: &EncoderParameters,
    texts: &[&str],
) -> Result<Agreement, ModelError> {
    let reference = GraphEncoder::new(floats)?;
    let read = runtime.read(&inputs_of(texts))?;
    let mut cosines = Vec::with_capacity(texts.len());
    let mut same: BTreeMap<String, usize> =
        runtime.heads.iter().map(|head| (head.task.clone(), 0)).collect();
    for (text, read) in texts.iter().zip(&read) {
        let ids = runtime.pieces(text)?;
        let exact = runtime.with_wide(&reference.pooled(&ids)?, &ids);
        cosines.push(cosine(runtime.vector_of(read), runtime.vector_of(&exact)));
        for (number, head) in runtime.heads.iter().enumerate() {
            let label = |read| runtime.prediction(number, read).label;
            if label(read) == label(&exact)
                && let Some(count) = same.get_mut(&head.task)
            {
                *count += 1;
            }
        }
    }
    let count = texts.len().max(1) as f32;
    Ok(Agreement {
        texts: texts.len(),
        smallest_cosine: cosines.iter().copied().fold(1.0, f32::min),
        mean_cosine: cosines.iter().sum::<f32>() / count,
        same_label: same.into_iter().map(|(task, same)| (task, same as f32 / count)).collect(),
    })
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}
