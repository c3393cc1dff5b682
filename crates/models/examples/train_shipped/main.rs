//! Trains the weights that ship with Groundswell: prunes the vocabulary, learns a recipe, evaluates.
//!
//! ```text
//! train_shipped prune    --base DIR --out DIR --corpus FILE… [--pieces 46000]
//! train_shipped train    --recipe FILE --sets DIR --start DIR --out DIR [--tokens 1536] [--rate MILLIONTHS] [--longest 112]
//!                        [--frozen 1] [--threads 2] [--minutes N] [--time-limit MINUTES] [--task NAME]
//! train_shipped mix      --recipe FILE --sets DIR --start DIR --out DIR [--longest 112]
//! train_shipped wide     --recipe FILE --sets DIR --start DIR --out DIR [--longest 256] [--task NAME…]
//!                        [--rows TASK=NUMBER…]
//! train_shipped calibrate --recipe FILE --sets DIR --start DIR --out DIR [--longest 256] [--texts 1000]
//!                        [--shift TASK.LABEL=BY…]
//! train_shipped evaluate --recipe FILE --sets DIR --out DIR [--split test] [--longest 256]
//! ```
//! `--sets` holds the labelled texts that `training/public_sets.py` writes, `--base` a multilingual-e5-small checkpoint, `--start`
//! the checkpoint to begin with: heads that it lacks start random. `train` resumes from `OUT/checkpoint` if it is there; `--task` lets
//! the head of one task learn, from its sets alone, and leaves all else as it was. `mix` writes what a training reads, as token ids,
//! for `training/train.py`. `wide` adds the wide part of every head, or of the tasks that are named, to a checkpoint, with 131,071
//! rows or another prime number of them; `calibrate` fits how much it counts, and a temperature, and adds to the score of a label
//! what `--shift` says. The heads of a recipe's auxiliary tasks are learned by `train`, read by nothing, and left out by `wide`.

mod calibrate;
mod measure;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use groundswell_models::architectures::{
    Classifier, ClassifierConfig, Network, Weights, reduce_weights,
};
use groundswell_models::train::{
    Recipe, Split, TokenizedExample, Trainer, TrainingOptions, has_checkpoint, tokenize,
};
use groundswell_models::{ModelError, prepare_text, prune_vocabulary};
use serde_json::{Value, json};
use tokenizers::Tokenizer;

use crate::calibrate::{calibrate, wide};
use crate::measure::{Parts, evaluate, scores, summary};

/// The blocks of the base that the shipped encoder starts from.
const LAYERS: [usize; 6] = [1, 3, 5, 7, 9, 11];

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub(crate) struct Arguments {
    values: BTreeMap<String, Vec<String>>,
}

impl Arguments {
    fn parse() -> Outcome<(String, Self)> {
        let mut words = std::env::args().skip(1).peekable();
        let command =
            words.next().ok_or("give a command: prune, train, mix, wide, calibrate or evaluate")?;
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or(format!("unknown argument `{word}`"))?;
            let given = values.entry(name.to_owned()).or_default();
            given.push(words.next().ok_or(format!("`{word}` needs a value"))?);
            while let Some(value) = words.next_if(|next| !next.starts_with("--")) {
                given.push(value);
            }
        }
        Ok((command, Self { values }))
    }

    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn path(&self, name: &str) -> Outcome<PathBuf> {
        Ok(self.all(name).last().ok_or(format!("`--{name}` is missing"))?.into())
    }

    pub(crate) fn number(&self, name: &str, default: usize) -> Outcome<usize> {
        Ok(self.all(name).last().map_or(Ok(default), |value| value.parse())?)
    }

    pub(crate) fn recipe(&self) -> Outcome<Recipe> {
        let recipe: Recipe = toml::from_str(&std::fs::read_to_string(self.path("recipe")?)?)?;
        recipe.validate()?;
        Ok(recipe)
    }
}

fn main() -> Outcome<()> {
    let (command, arguments) = Arguments::parse()?;
    match command.as_str() {
        "prune" => prune(&arguments),
        "train" => train(&arguments),
        "mix" => mix(&arguments),
        "wide" => wide(&arguments),
        "calibrate" => calibrate(&arguments),
        "evaluate" => evaluate(&arguments),
        other => Err(format!(
            "unknown command `{other}`; use prune, train, mix, wide, calibrate or evaluate"
        )
        .into()),
    }
}

fn prune(arguments: &Arguments) -> Outcome<()> {
    let (base, out) = (arguments.path("base")?, arguments.path("out")?);
    let mut texts: Vec<String> = Vec::new();
    for file in arguments.all("corpus") {
        texts.extend(std::fs::read_to_string(file)?.lines().map(prepare_text));
    }
    eprintln!("{} texts", texts.len());
    let tokenizer = std::fs::read(base.join("tokenizer.json"))?;
    let pieces = arguments.number("pieces", 46_000)?;
    let pruned = prune_vocabulary(&tokenizer, texts.iter().map(String::as_str), pieces)?;
    eprintln!(
        "{} pieces kept, {} seen in the texts, {} single characters, {} bytes",
        pruned.kept.len(),
        pruned.seen_pieces,
        pruned.character_pieces,
        pruned.tokenizer_json.len()
    );
    std::fs::create_dir_all(&out)?;
    std::fs::write(out.join("tokenizer.json"), &pruned.tokenizer_json)?;
    std::fs::write(out.join("kept.json"), serde_json::to_vec(&pruned.kept)?)?;

    let mut encoder = ClassifierConfig::read(&base.join("config.json"))?.encoder;
    encoder.vocab_size = pruned.kept.len();
    encoder.num_hidden_layers = LAYERS.len();
    let config = ClassifierConfig::new(encoder, Vec::new());
    let weights = Weights::read(&base.join("model.safetensors"))?;
    let weights = reduce_weights(&weights, &LAYERS, &pruned.kept)?;
    let device = Device::flex();
    let mut classifier = Classifier::new(&config, &device)?;
    classifier.load_encoder(&weights, &device)?;
    classifier.write(&config, &out)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

/// Builds a classifier with the tasks of a recipe from the encoder of a checkpoint and those of its heads that fit.
pub(crate) fn start(
    folder: &Path,
    recipe: &Recipe,
    seed: u64,
) -> Outcome<(ClassifierConfig, Classifier)> {
    let before = ClassifierConfig::read(&folder.join("config.json"))?;
    let config = ClassifierConfig::new(before.encoder, recipe.tasks.clone());
    let weights = Weights::read(&folder.join("model.safetensors"))?;
    let device = Device::flex();
    device.seed(seed);
    let mut classifier = Classifier::new(&config, &device)?;
    classifier.load_encoder(&weights, &device)?;
    for mut parameter in classifier.parameters_mut() {
        let kept = before.tasks.iter().filter(|task| recipe.tasks.contains(task));
        let is_kept = kept.map(|task| format!("heads.{}.", task.task));
        if is_kept.into_iter().any(|prefix| parameter.name.starts_with(&prefix)) {
            parameter.load(&weights, &device)?;
        }
    }
    Ok((config, classifier))
}

fn train(arguments: &Arguments) -> Outcome<()> {
    let (mut recipe, sets) = (arguments.recipe()?.with_auxiliary(), arguments.path("sets")?);
    let only_task = arguments.all("task").last().cloned();
    if let Some(task) = &only_task {
        recipe.sets.retain(|set| set.labels.contains_key(task));
    }
    let (from, out) = (arguments.path("start")?, arguments.path("out")?);
    let longest = arguments.number("longest", 112)?;
    let options = TrainingOptions {
        epochs: 1,
        token_budget: arguments.number("tokens", 1536)?,
        encoder_rate: arguments.number("rate", 100)? as f64 * 1e-6,
        frozen_layers: arguments.number("frozen", 1)?,
        shards: arguments.number("threads", 2)?,
        only_task,
        ..TrainingOptions::default()
    };
    let minutes = arguments.number("minutes", 10)?;
    let time_limit = 60.0 * arguments.number("time-limit", 100_000)? as f64;
    let tokenizer = Tokenizer::from_file(from.join("tokenizer.json"))?;
    std::fs::create_dir_all(&out)?;
    if from != out {
        std::fs::copy(from.join("tokenizer.json"), out.join("tokenizer.json"))?;
    }
    let read = recipe.read(&sets, Split::Train)?;
    let rows: BTreeMap<String, usize> =
        read.iter().map(|set| (set.name.clone(), set.examples.len())).collect();
    let mixed = recipe.mix(read, options.seed);
    let examples = tokenize(&tokenizer, &mixed, longest)?;
    drop(mixed);
    let tokens: usize = examples.iter().map(|example| example.ids.len()).sum();
    eprintln!("{} examples, {tokens} tokens, {rows:?}", examples.len());
    let validation = Parts::read(&recipe, &sets, Split::Validation, &tokenizer, longest)?;
    let checkpoint = out.join("checkpoint");
    let (config, classifier) = start(&from, &recipe, options.seed)?;
    let mut trainer = if has_checkpoint(&checkpoint) {
        Trainer::resume(&checkpoint, classifier, options.clone())?
    } else {
        Trainer::new(classifier, options.clone())?
    };
    eprintln!("{} parameters learn", trainer.trainable_count());

    let started = Instant::now();
    let mut saved = Instant::now();
    let (mut first_step, mut run_tokens, mut smooth_loss) = (None, 0usize, 0.0);
    let mut last_step = 0;
    let mut scored: Vec<Value> = Vec::new();
    trainer.run(&examples, |trainer, progress| {
        let first = *first_step.get_or_insert(progress.step);
        run_tokens += progress.tokens;
        last_step = progress.step;
        let weight = if progress.step == first { 1.0 } else { 0.02 };
        smooth_loss += weight * (progress.loss - smooth_loss);
        let seconds = started.elapsed().as_secs_f64();
        if progress.step % 20 == 0 || progress.step < 5 {
            let done = (progress.step + 1 - first) as f64;
            let left = (progress.steps - progress.step) as f64 * seconds / done / 60.0;
            if progress.step >= 100 {
                let fitting = ((time_limit - seconds).max(0.0) * done / seconds) as usize;
                trainer.limit_steps(progress.step + fitting);
            }
            eprintln!(
                "step {}/{} loss {smooth_loss:.4} norm {:.2} {:.0} tokens/s {left:.1} min left",
                progress.step,
                progress.steps,
                progress.norm,
                run_tokens as f64 / seconds,
            );
        }
        if saved.elapsed() > Duration::from_secs(60 * minutes as u64) || progress.ends_epoch {
            trainer.write_checkpoint(&checkpoint)?;
            saved = Instant::now();
        }
        if progress.step == progress.steps / 2 {
            let metrics = scores(&trainer.network(), &recipe, &validation, 10)
                .map_err(|error| ModelError::Invalid(error.to_string()))?;
            eprintln!("validation {}", summary(&metrics));
            scored.push(json!({ "step": progress.step, "metrics": metrics }));
        }
        Ok(true)
    })?;

    let classifier = trainer.network();
    classifier.write(&config, &out)?;
    let metrics = scores(&classifier, &recipe, &validation, 200)?;
    eprintln!("validation {}", summary(&metrics));
    scored.push(json!({ "step": last_step, "metrics": metrics }));
    let report = json!({
        "options": options, "steps": last_step, "longest_text_tokens": longest, "rows": rows, "tokens": run_tokens,
        "recipe": recipe, "validation": scored, "wall_minutes": started.elapsed().as_secs_f64() / 60.0,
    });
    std::fs::write(out.join("training.json"), serde_json::to_vec_pretty(&report)?)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

/// Writes the mixed training parts as lines of JSON, token ids with the labels per task, and the tasks: `train.jsonl`, `tasks.json`.
fn mix(arguments: &Arguments) -> Outcome<()> {
    let (recipe, sets) = (arguments.recipe()?.with_auxiliary(), arguments.path("sets")?);
    let (from, out) = (arguments.path("start")?, arguments.path("out")?);
    let longest = arguments.number("longest", 112)?;
    let tokenizer = Tokenizer::from_file(from.join("tokenizer.json"))?;
    std::fs::create_dir_all(&out)?;
    let read = recipe.read(&sets, Split::Train)?;
    let mixed = tokenize(&tokenizer, &recipe.mix(read, TrainingOptions::default().seed), longest)?;
    let tokens: usize = mixed.iter().map(|example| example.ids.len()).sum();
    eprintln!("{} examples, {tokens} tokens", mixed.len());
    let mut train = BufWriter::new(File::create(out.join("train.jsonl"))?);
    for example in &mixed {
        serde_json::to_writer(&mut train, &as_json(example, &recipe))?;
        train.write_all(b"\n")?;
    }
    train.flush()?;
    std::fs::write(out.join("tasks.json"), serde_json::to_vec_pretty(&recipe.tasks)?)?;
    Ok(())
}

fn as_json(example: &TokenizedExample, recipe: &Recipe) -> Value {
    let labels = recipe.tasks.iter().zip(&example.labels).filter_map(|(task, label)| {
        let label = label.as_ref()?;
        let value = json!({ "accepted": *label.accepted, "allowed": *label.allowed, "weight": label.weight });
        Some((task.task.clone(), value))
    });
    json!({ "ids": example.ids, "labels": labels.collect::<serde_json::Map<String, Value>>() })
}
