//! Goes on with the pre-training of an encoder on a user's own posts, so that it knows their words (Gururangan et al. 2020,
//! arXiv:2004.10964).

use std::path::Path;
use std::time::{Duration, Instant};

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
use crate::prepare::prepare_text;
use crate::runtime::{Runtime, TOKENIZER, shipped_checkpoint};
use crate::train::{
    TokenizedExample, Trainer, TrainingOptions, has_checkpoint, remove_checkpoint, token_ids,
};

/// The share of the texts that is held out to measure on, and the most texts.
const HELD_OUT: (f64, usize) = (0.05, 2000);
/// The fewest texts that can teach an encoder anything.
const FEWEST_TEXTS: usize = 100;
/// How many texts are measured at a time.
const BATCH: usize = 16;
/// How often a checkpoint is written.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(60);

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
/// `tokenizer.json`); `folder/checkpoint` keeps what a killed run needs to go on.
///
/// # Errors
/// Fails if there are too few texts, the loss is no number any more, or a file cannot be written.
pub fn pretrain(
    texts: &[String],
    check: Option<Labelled>,
    settings: &PretrainSettings,
    source: &str,
    folder: &Path,
    observe: &mut dyn FnMut(&FitProgress),
) -> Result<PretrainReport, ModelError> {
    let begun = Instant::now();
    std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
    let (config, weights, tokenizer_json) = shipped_checkpoint(Vec::new())?;
    let tokenizer_path = folder.join(TOKENIZER);
    write_whole(&tokenizer_path, &tokenizer_json)?;
    let tokenizer = Tokenizer::from_bytes(&tokenizer_json)
        .map_err(|error| ModelError::format(&tokenizer_path, "tokenizer", error))?;
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
    let mut pace = Pace::default();
    trainer.run(first, |_, progress| {
        observe(&pace.after(progress));
        Ok(true)
    })?;
    let model = trainer.network();
    let loss_before = model.masked_loss(&rows, BATCH, settings.seed)?;

    let checkpoint = folder.join("checkpoint");
    let options = TrainingOptions { epochs: settings.epochs, ..options };
    let mut trainer = if has_checkpoint(&checkpoint) {
        Trainer::resume(&checkpoint, model, options)?
    } else {
        Trainer::new(model, options)?
    };
    let mut pace = Pace::default();
    let mut saved = Instant::now();
    trainer.run(&learned, |trainer, progress| {
        if saved.elapsed() > CHECKPOINT_INTERVAL {
            trainer.write_checkpoint(&checkpoint)?;
            saved = Instant::now();
        }
        observe(&pace.after(progress));
        Ok(true)
    })?;
    let model = trainer.network();
    let loss_after = model.masked_loss(&rows, BATCH, settings.seed)?;
    let encoder = model.into_encoder();
    encoder.write(&config, folder)?;
    remove_checkpoint(&checkpoint)?;
    let tokens: usize = learned.iter().map(|example| example.ids.len()).sum();
    let report = PretrainReport {
        settings: settings.clone(),
        source: source.to_owned(),
        texts: learned.len(),
        held_out: held_out.len(),
        tokens: tokens * settings.epochs,
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
    if distinct.len() < FEWEST_TEXTS {
        return Err(ModelError::Invalid(format!(
            "pre-training needs at least {FEWEST_TEXTS} distinct texts, there are `{}`; give more",
            distinct.len()
        )));
    }
    distinct.shuffle(&mut ChaCha8Rng::seed_from_u64(settings.seed));
    let mut examples = Vec::with_capacity(distinct.len());
    for text in &distinct {
        let ids = token_ids(tokenizer, text, None, settings.longest)?;
        // Two pieces are the borders alone.
        if ids.len() > 2 {
            examples.push(TokenizedExample { ids, labels: Vec::new() });
        }
    }
    let held_out = ((examples.len() as f64 * HELD_OUT.0) as usize).clamp(1, HELD_OUT.1);
    let learned = examples.split_off(held_out);
    Ok((examples, learned))
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
