//! Trains the weights that ship with Groundswell: prunes the vocabulary, fine-tunes, evaluates.
//!
//! ```text
//! train_shipped prune    --data DIR --base DIR --out DIR [--corpus FILE]… [--pieces 46000]
//! train_shipped train    --data DIR --base DIR --out DIR [--epochs 1] [--tokens 1024] [--rate MILLIONTHS] [--longest 96] [--frozen 0]
//!                        [--threads 2] [--steps N] [--minutes N] [--time-limit MINUTES]
//! train_shipped evaluate --data DIR --out DIR [--split validation]
//! ```
//! `--data` holds the unpacked public sets, `--base` a multilingual-e5-small checkpoint, `--corpus` plain text files, one text
//! a line, that the vocabulary should serve too. `train` resumes from `OUT/checkpoint` if it is there.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use groundswell_models::architectures::{Classifier, ClassifierConfig, Weights, reduce_weights};
use groundswell_models::train::{
    Example, LabelSet, Metrics, PUBLIC_SETS, Split, TokenizedExample, Trainer, TrainingOptions,
    predict, shipped_tasks, tokenize, weigh_by_rarity,
};
use groundswell_models::{prepare_text, prune_vocabulary};
use serde_json::{Value, json};
use tokenizers::Tokenizer;

/// The blocks of the base that the shipped encoder starts from.
const LAYERS: [usize; 6] = [1, 3, 5, 7, 9, 11];
/// How often a set is repeated in an epoch; sets not named here come once.
const REPEATS: [(&str, usize); 3] =
    [("tweeteval_emotion", 6), ("ewect_usual", 3), ("goemotions", 2)];
/// The tokens of a batch when nothing is learned.
const PREDICTION_TOKENS: usize = 2048;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Arguments {
    values: BTreeMap<String, Vec<String>>,
}

impl Arguments {
    fn parse() -> Outcome<(String, Self)> {
        let mut words = std::env::args().skip(1);
        let command = words.next().ok_or("give a command: prune, train or evaluate")?;
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or(format!("unknown argument `{word}`"))?;
            let value = words.next().ok_or(format!("`{word}` needs a value"))?;
            values.entry(name.to_owned()).or_default().push(value);
        }
        Ok((command, Self { values }))
    }

    fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn path(&self, name: &str) -> Outcome<PathBuf> {
        Ok(self.all(name).last().ok_or(format!("`--{name}` is missing"))?.into())
    }

    fn number(&self, name: &str, default: usize) -> Outcome<usize> {
        Ok(self.all(name).last().map_or(Ok(default), |value| value.parse())?)
    }
}

fn main() -> Outcome<()> {
    let (command, arguments) = Arguments::parse()?;
    match command.as_str() {
        "prune" => prune(&arguments),
        "train" => train(&arguments),
        "evaluate" => evaluate(&arguments),
        other => Err(format!("unknown command `{other}`; use prune, train or evaluate").into()),
    }
}

fn prune(arguments: &Arguments) -> Outcome<()> {
    let (data, base, out) =
        (arguments.path("data")?, arguments.path("base")?, arguments.path("out")?);
    let mut texts: Vec<String> = Vec::new();
    for set in PUBLIC_SETS {
        for split in [Split::Train, Split::Validation] {
            texts.extend((set.read)(&data, split)?.into_iter().map(|example| example.text));
        }
    }
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
    let config = ClassifierConfig::new(encoder, shipped_tasks());
    let weights = Weights::read(&base.join("model.safetensors"))?;
    let weights = reduce_weights(&weights, &LAYERS, &pruned.kept)?;
    let device = Device::flex();
    device.seed(42);
    let mut classifier = Classifier::new(&config, &device)?;
    classifier.load_encoder(&weights, &device)?;
    let initial = out.join("initial");
    classifier.write(&config, &initial)?;
    std::fs::copy(out.join("tokenizer.json"), initial.join("tokenizer.json"))?;
    eprintln!("wrote {}", initial.display());
    Ok(())
}

/// Is a part of a data set as token ids.
struct Part {
    name: &'static str,
    examples: Vec<TokenizedExample>,
}

fn read_parts(data: &Path, out: &Path, split: Split, longest: usize) -> Outcome<Vec<Part>> {
    let path = out.join("tokenizer.json");
    let tokenizer = Tokenizer::from_file(path)?;
    let mut parts = Vec::new();
    for set in PUBLIC_SETS {
        let mut examples: Vec<Example> = (set.read)(data, split)?;
        if split == Split::Train {
            for task in 0..shipped_tasks().len() {
                weigh_by_rarity(&mut examples, task);
            }
        }
        if !examples.is_empty() {
            parts
                .push(Part { name: set.name, examples: tokenize(&tokenizer, &examples, longest)? });
        }
    }
    Ok(parts)
}

fn train(arguments: &Arguments) -> Outcome<()> {
    let (data, out) = (arguments.path("data")?, arguments.path("out")?);
    let longest = arguments.number("longest", 96)?;
    let options = TrainingOptions {
        epochs: arguments.number("epochs", 1)?,
        token_budget: arguments.number("tokens", 1024)?,
        encoder_rate: arguments.number("rate", 100)? as f64 * 1e-6,
        frozen_layers: arguments.number("frozen", 0)?,
        shards: arguments.number("threads", 2)?,
        ..TrainingOptions::default()
    };
    let most_steps = arguments.number("steps", usize::MAX)?;
    let minutes = arguments.number("minutes", 10)?;
    let time_limit = 60.0 * arguments.number("time-limit", 100_000)? as f64;
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let mut examples = Vec::new();
    for part in read_parts(&data, &out, Split::Train, longest)? {
        let repeats = REPEATS.iter().find(|(name, _)| *name == part.name).map_or(1, |(_, n)| *n);
        rows.insert(part.name, part.examples.len());
        for _ in 0..repeats {
            examples.extend(part.examples.iter().cloned());
        }
    }
    let tokens: usize = examples.iter().map(|example| example.ids.len()).sum();
    eprintln!("{} examples, {tokens} tokens an epoch, {rows:?}", examples.len());
    let validation = read_parts(&data, &out, Split::Validation, longest)?;
    let checkpoint = out.join("checkpoint");
    let mut trainer = if checkpoint.join("progress.json").exists() {
        Trainer::resume(&checkpoint, options.clone())?
    } else {
        let (config, classifier) = Classifier::read(&out.join("initial"), &Device::flex())?;
        Trainer::new(config, classifier, options.clone())?
    };
    eprintln!("{} parameters learn", trainer.trainable_count());

    let started = Instant::now();
    let mut saved = Instant::now();
    let (mut first_step, mut run_tokens, mut smooth_loss) = (None, 0usize, 0.0);
    let mut epochs: Vec<Value> = Vec::new();
    let mut last_step = 0;
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
        if progress.ends_epoch
            || progress.step == progress.steps
            || progress.step == progress.steps / 2
        {
            let metrics = scores(&trainer.classifier(), &validation);
            eprintln!("validation {}", summary(&metrics));
            epochs.push(json!({ "step": progress.step, "metrics": metrics }));
        }
        Ok(progress.step < most_steps)
    })?;

    let config = ClassifierConfig::read(&out.join("initial/config.json"))?;
    trainer.classifier().write(&config, &out)?;
    let report = json!({
        "options": options, "steps": last_step, "longest_text_tokens": longest, "sets": rows,
        "repeats": BTreeMap::from(REPEATS), "validation": epochs,
        "wall_minutes": started.elapsed().as_secs_f64() / 60.0,
    });
    std::fs::write(out.join("training.json"), serde_json::to_vec_pretty(&report)?)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

/// Scores a classifier on each part, per task that the part has labels for.
fn scores(classifier: &Classifier, parts: &[Part]) -> BTreeMap<String, Metrics> {
    let tasks = shipped_tasks();
    let mut scores = BTreeMap::new();
    for part in parts {
        let rows: Vec<&[u32]> =
            part.examples.iter().map(|example| example.ids.as_slice()).collect();
        let logits = predict(classifier, &rows, 1, PREDICTION_TOKENS);
        for (task, labels) in tasks.iter().enumerate() {
            let mut pairs = Vec::new();
            let mut used = LabelSet::full(0);
            for (example, logits) in part.examples.iter().zip(&logits) {
                let Some(label) = example.labels[task] else { continue };
                used = label.allowed;
                let allowed = (0..labels.labels.len()).filter(|index| used.contains(*index));
                let scores = &logits[task];
                let best = allowed.max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0);
                pairs.push((label.index, best));
            }
            if !pairs.is_empty() {
                let metrics = Metrics::of(&pairs, used, &labels.labels);
                scores.insert(format!("{}/{}", part.name, labels.task), metrics);
            }
        }
    }
    scores
}

fn summary(scores: &BTreeMap<String, Metrics>) -> String {
    let lines = scores.iter().map(|(name, metrics)| {
        format!(
            "\n  {name}: {} texts, accuracy {:.3}, macro recall {:.3}, macro F1 {:.3}",
            metrics.texts, metrics.accuracy, metrics.macro_recall, metrics.macro_f1
        )
    });
    lines.collect()
}

fn evaluate(arguments: &Arguments) -> Outcome<()> {
    let (data, out) = (arguments.path("data")?, arguments.path("out")?);
    let (_, classifier) = Classifier::read(&out, &Device::flex())?;
    let longest = arguments.number("longest", 96)?;
    let (split, name) = match arguments.all("split").last().map(String::as_str) {
        None | Some("test") => (Split::Test, "test"),
        Some("validation") => (Split::Validation, "validation"),
        Some(other) => {
            return Err(format!("unknown split `{other}`; use validation or test").into());
        }
    };
    let scores = scores(&classifier, &read_parts(&data, &out, split, longest)?);
    eprintln!("{name} {}", summary(&scores));
    std::fs::write(out.join(format!("{name}.json")), serde_json::to_vec_pretty(&scores)?)?;
    Ok(())
}
