//! Prints the vectors that a BERT checkpoint gives to texts, as JSON, to compare with `bench/reference/encoder_reference.py`.
//!
//! ```text
//! encode_texts FOLDER TEXT…
//! ```

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use burn::tensor::Device;
use groundswell_models::architectures::{
    Classifier, ClassifierConfig, TokenBatch, Weights, reduce_weights,
};
use tokenizers::Tokenizer;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("give a folder and texts")?);
    let texts: Vec<String> = arguments.collect();
    let config = ClassifierConfig::read(&folder.join("config.json"))?;
    let encoder = &config.encoder;
    let weights = Weights::read(&folder.join("model.safetensors"))?;
    let layers: Vec<usize> = (0..encoder.num_hidden_layers).collect();
    let rows: Vec<u32> = (0..encoder.vocab_size as u32).collect();
    let device = Device::flex();
    let mut classifier = Classifier::new(&config, &device)?;
    classifier.load_encoder(&reduce_weights(&weights, &layers, &rows)?, &device)?;
    let tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"))?;
    let ids = texts
        .iter()
        .map(|text| Ok(tokenizer.encode_fast(text.as_str(), true)?.get_ids().to_vec()))
        .collect::<Result<Vec<Vec<u32>>, tokenizers::Error>>()?;
    let rows: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
    let batch = TokenBatch::new(&rows, encoder.pad_token_id, &device);
    let pooled: Vec<f32> = classifier.encoder().pooled(&batch).into_data().iter().collect();
    let pooled: Vec<&[f32]> = pooled.chunks(encoder.hidden_size).collect();
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string(&pooled)?)?;
    Ok(())
}
