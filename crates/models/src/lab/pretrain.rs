//! Goes on with the pre-training of an encoder on a user's own posts, so that it knows their words (Gururangan et al. 2020,
//! arXiv:2004.10964).

use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tokenizers::Tokenizer;

use crate::architectures::{Classifier, ClassifierConfig, MaskedModel, write_whole};
use crate::error::ModelError;
use crate::lab::labelled::{Labelled, Parts};
use crate::lab::probe::probe;
use crate::lab::progress::{FitProgress, Pace};
use crate::lab::settings::{check_longest, check_rate};
use crate::prepare::prepare_text;
use crate::runtime::{LONGEST_TEXT, Runtime, TOKENIZER, sha256, shipped_checkpoint};
use crate::train::{TokenizedExample, Trainer, TrainingOptions, read_tokenizer, token_ids};

/// The share of the texts that is held out to measure on, and the most texts.
const HELD_OUT: (f64, usize) = (0.05, 2000);
/// The fewest texts that can teach an encoder anything.
const FEWEST_TEXTS: usize = 100;
/// How many texts are measured at a time.
const BATCH: usize = 16;

/// Sets how an encoder is pre-trained.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PretrainSettings {
    /// How often every text is seen.
    pub epochs: usize,
    /// The highest learning rate.
    pub rate: f64,
    /// The most tokens of a batch.
    pub batch_tokens: usize,
    /// The most pieces of a text.
    pub longest: usize,
    /// The seed of everything random.
    pub seed: u64,
}

impl Default for PretrainSettings {
    fn default() -> Self {
        Self { epochs: 1, rate: 1e-4, batch_tokens: 1024, longest: 112, seed: 42 }
    }
}

impl PretrainSettings {
    /// Checks that one can pre-train with these settings.
    ///
    /// # Errors
    /// Fails if a number is out of its range.
    pub fn validate(&self) -> Result<(), ModelError> {
        for (name, value) in [("epochs", self.epochs), ("batch tokens", self.batch_tokens)] {
            if value == 0 {
                return Err(ModelError::Invalid(format!(
                    "{name} must be at least 1, not `0`; raise it"
                )));
            }
        }
        check_longest(self.longest, LONGEST_TEXT)?;
        check_rate(self.rate)
    }
}

/// Says what pre-training did: the `pretraining.json` of its folder.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PretrainReport {
    /// The settings.
    pub settings: PretrainSettings,
    /// Where the texts came from.
    pub source: String,
    /// The distinct texts it learned from.
    pub texts: usize,
    /// The distinct texts it was measured on.
    pub held_out: usize,
    /// The pieces it learned from, all passes together.
    pub tokens: usize,
    /// The texts that the head alone learned from before the loss was measured for the first time.
    pub head_texts: usize,
    /// The mean negative log-likelihood of hidden pieces of held-out texts in nats, when only the head had learned.
    pub loss_before: f64,
    /// The same at the end.
    pub loss_after: f64,
    /// The exponential of the loss before.
    pub perplexity_before: f64,
    /// The exponential of the loss at the end.
    pub perplexity_after: f64,
    /// Validation macro-F1 of a head on the vectors of the encoder before, if labels were given to check with.
    pub task_before: Option<f64>,
    /// The same with the encoder at the end.
    pub task_after: Option<f64>,
    /// The seconds it took.
    pub seconds: f64,
}

/// Pre-trains the shipped encoder on texts and writes it into `folder` as a checkpoint (`config.json`, `model.safetensors`,
/// `tokenizer.json`); `folder/checkpoint` keeps what a killed run needs to go on, until the caller has the encoder in its place and
/// removes it.
///
/// # Errors
/// Fails if a setting is impossible, there are too few texts, a checkpoint is of other texts or settings, the loss is no number any
/// more, or a file cannot be written.
pub fn pretrain(
    texts: &[String],
    check: Option<Labelled>,
    settings: &PretrainSettings,
    source: &str,
    folder: &Path,
    observe: &mut dyn FnMut(&FitProgress),
) -> Result<PretrainReport, ModelError> {
    settings.validate()?;
    let begun = Instant::now();
    std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
    let (config, weights, tokenizer_json) = shipped_checkpoint(Vec::new())?;
    check_longest(settings.longest, config.encoder.max_position_embeddings)?;
    let tokenizer_path = folder.join(TOKENIZER);
    write_whole(&tokenizer_path, &tokenizer_json)?;
    let tokenizer = read_tokenizer(&tokenizer_path, &tokenizer_json)?;
    let mask = tokenizer.token_to_id("<mask>").ok_or_else(|| {
        ModelError::format(&tokenizer_path, "tokenizer of this encoder", "it has no piece `<mask>`")
    })?;
    let (held_out, learned) = divided(texts, settings, &tokenizer)?;
    let rows: Vec<&[u32]> = held_out.iter().map(|example| example.ids.as_slice()).collect();

    let device = Device::flex();
    let mut encoder = Classifier::new(&config, &device)?;
    encoder.load_encoder(&weights, &device)?;
    let parts = check.map(|labelled| labelled.split(settings.seed));
    let measure = |encoder: &Classifier| match &parts {
        None => Ok(None),
        Some(parts) => {
            task_score(encoder, &config, (&tokenizer_path, &tokenizer_json), parts).map(Some)
        }
    };
    let task_before = measure(&encoder)?;

    // The head knows nothing yet: it learns first, so that the loss before says what the encoder knew.
    let model = MaskedModel::new(&config, encoder, mask, &device);
    let options = TrainingOptions {
        epochs: 1,
        token_budget: settings.batch_tokens,
        encoder_rate: settings.rate,
        head_rate: 1e-3,
        seed: settings.seed,
        ..TrainingOptions::default()
    };
    let first = &learned[..learned.len().div_ceil(5).min(4000)];
    let head_only = TrainingOptions { adapters_only: true, ..options.clone() };
    let mut trainer = Trainer::new(model, head_only)?;
    let mut pace = Pace::new("");
    trainer.run(first, |_, progress| {
        observe(&pace.after(progress));
        Ok(true)
    })?;
    let model = trainer.network();
    let loss_before = model.masked_loss(&rows, BATCH, settings.seed)?;

    let checkpoint = folder.join("checkpoint");
    let options = TrainingOptions { epochs: settings.epochs, ..options };
    let data = fingerprint(&[&held_out, &learned]);
    let mut trainer = Trainer::resume_or_start(&checkpoint, model, options, &data)?;
    let mut pace = Pace::new("");
    trainer.run(&learned, |trainer, progress| {
        if trainer.is_checkpoint_due(progress) {
            trainer.write_checkpoint(&checkpoint)?;
        }
        observe(&pace.after(progress));
        Ok(true)
    })?;
    let model = trainer.network();
    let loss_after = model.masked_loss(&rows, BATCH, settings.seed)?;
    let encoder = model.into_encoder();
    encoder.write(&config, folder)?;
    let tokens: usize = learned.iter().map(|example| example.ids.len()).sum();
    let report = PretrainReport {
        settings: settings.clone(),
        source: source.to_owned(),
        texts: learned.len(),
        held_out: held_out.len(),
        tokens: tokens * settings.epochs,
        head_texts: first.len(),
        loss_before,
        loss_after,
        perplexity_before: loss_before.exp(),
        perplexity_after: loss_after.exp(),
        task_before,
        task_after: measure(&encoder)?,
        seconds: begun.elapsed().as_secs_f64(),
    };
    let path = folder.join("pretraining.json");
    let json = serde_json::to_vec_pretty(&report)
        .map_err(|error| ModelError::format(&path, "report of a pre-training", error))?;
    write_whole(&path, &json)?;
    Ok(report)
}

/// Cuts distinct texts into pieces and holds a part of them out.
fn divided(
    texts: &[String],
    settings: &PretrainSettings,
    tokenizer: &Tokenizer,
) -> Result<(Vec<TokenizedExample>, Vec<TokenizedExample>), ModelError> {
    let mut distinct: Vec<String> =
        texts.iter().map(|text| prepare_text(text)).filter(|text| !text.is_empty()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.shuffle(&mut ChaCha8Rng::seed_from_u64(settings.seed));
    let mut examples = Vec::with_capacity(distinct.len());
    for text in &distinct {
        let ids = token_ids(tokenizer, text, None, settings.longest)?;
        // Two pieces are the borders alone.
        if ids.len() > 2 {
            examples.push(TokenizedExample { ids, labels: Vec::new() });
        }
    }
    if examples.len() < FEWEST_TEXTS {
        return Err(ModelError::Invalid(format!(
            "pre-training needs at least {FEWEST_TEXTS} distinct texts, there are `{}`; give more",
            examples.len()
        )));
    }
    let held_out = ((examples.len() as f64 * HELD_OUT.0) as usize).clamp(1, HELD_OUT.1);
    let learned = examples.split_off(held_out);
    Ok((examples, learned))
}

/// Computes the SHA-256 of the pieces of texts.
fn fingerprint(parts: &[&[TokenizedExample]]) -> String {
    let texts = parts.iter().flat_map(|part| part.iter());
    let ids = texts.flat_map(|text| text.ids.iter().chain(&[u32::MAX]));
    let bytes: Vec<u8> = ids.flat_map(|id| id.to_le_bytes()).collect();
    sha256(&bytes)
}

/// Scores a head on the vectors of an encoder, which stays as it is: what the encoder knows of a task.
fn task_score(
    encoder: &Classifier,
    config: &ClassifierConfig,
    tokenizer: (&Path, &[u8]),
    parts: &Parts,
) -> Result<f64, ModelError> {
    let runtime = Runtime::from_weights("probe", config, &encoder.weights(config), tokenizer)?;
    probe(&runtime, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(texts: &[String], set: fn(&mut PretrainSettings)) -> String {
        let folder = std::env::temp_dir().join(format!("groundswell-few-{}", std::process::id()));
        let mut settings = PretrainSettings::default();
        set(&mut settings);
        let outcome = pretrain(texts, None, &settings, "test", &folder, &mut |_| {});
        std::fs::remove_dir_all(&folder).ok();
        outcome.unwrap_err().to_string()
    }

    #[test]
    fn impossible_settings_and_too_few_texts_are_answered() {
        assert!(refused(&[], |s| s.epochs = 0).contains("epochs must be at least 1"));
        assert!(refused(&[], |s| s.batch_tokens = 0).contains("batch tokens"));
        assert!(refused(&[], |s| s.longest = 0).contains("8 to 256 pieces, not `0`"));
        assert!(refused(&[], |s| s.longest = 257).contains("not `257`"));
        assert!(refused(&[], |s| s.rate = -1.0).contains("not `-1`"));
        // The same text again is no further one.
        let texts: Vec<String> = (0..120).map(|number| format!("text {}", number % 60)).collect();
        assert!(refused(&texts, |_| {}).contains("100 distinct texts, there are `60`"));
    }
}
