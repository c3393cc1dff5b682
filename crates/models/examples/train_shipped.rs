//! Trains the weights that ship with Groundswell: prunes the vocabulary, learns a recipe, evaluates.
//!
//! ```text
//! train_shipped prune    --base DIR --out DIR --corpus FILE… [--pieces 46000]
//! train_shipped train    --recipe FILE --sets DIR --start DIR --out DIR [--tokens 1536] [--rate MILLIONTHS] [--longest 112]
//!                        [--frozen 1] [--threads 2] [--minutes N] [--time-limit MINUTES] [--task NAME]
//! train_shipped mix      --recipe FILE --sets DIR --start DIR --out DIR [--longest 112] [--passes 1]
//! train_shipped wide     --recipe FILE --sets DIR --start DIR --out DIR [--longest 128] [--rows 131071] [--epochs 10]
//!                        [--rate THOUSANDTHS] [--task NAME…]
//! train_shipped calibrate --recipe FILE --sets DIR --start DIR --out DIR [--longest 128] [--texts 1000]
//! train_shipped evaluate --recipe FILE --sets DIR --out DIR [--split validation] [--longest 128]
//! ```
//! `--sets` holds the labelled texts that `training/public_sets.py` writes, `--base` a multilingual-e5-small checkpoint, `--start`
//! the checkpoint to begin with: heads that it lacks start random. `train` resumes from `OUT/checkpoint` if it is there; `--task` lets
//! the head of one task learn, from its sets alone, and leaves all else as it was. `mix` writes what a training reads, as token ids,
//! for `training/train.py`. `wide` adds the wide part of every head, or of the tasks that are named, to a checkpoint.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use groundswell_models::architectures::{
    Classifier, ClassifierConfig, Network, Weights, WideOptions, WideTable, reduce_weights,
};
use groundswell_models::evaluate::{
    CalibrationText, Evaluation, Predictions, Resampling, Temperature, merge_labels,
};
use groundswell_models::train::{
    Label, Recipe, Split, TokenizedExample, Trainer, TrainingOptions, has_checkpoint, predict,
    tokenize,
};
use groundswell_models::{ModelError, prepare_text, prune_vocabulary};
use serde_json::{Value, json};
use tokenizers::Tokenizer;

/// The blocks of the base that the shipped encoder starts from.
const LAYERS: [usize; 6] = [1, 3, 5, 7, 9, 11];
/// The tokens of a batch when nothing is learned.
const PREDICTION_TOKENS: usize = 2048;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Arguments {
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

    fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn path(&self, name: &str) -> Outcome<PathBuf> {
        Ok(self.all(name).last().ok_or(format!("`--{name}` is missing"))?.into())
    }

    fn number(&self, name: &str, default: usize) -> Outcome<usize> {
        Ok(self.all(name).last().map_or(Ok(default), |value| value.parse())?)
    }

    fn recipe(&self) -> Outcome<Recipe> {
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
fn start(folder: &Path, recipe: &Recipe, seed: u64) -> Outcome<(ClassifierConfig, Classifier)> {
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
    let (mut recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
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
    let (mut recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
    let (from, out) = (arguments.path("start")?, arguments.path("out")?);
    let longest = arguments.number("longest", 112)?;
    let passes = arguments.number("passes", 1)?;
    for set in &mut recipe.sets {
        set.passes *= passes as f64;
    }
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

/// Holds a split of all sets as token ids.
struct Parts(Vec<(String, Vec<TokenizedExample>)>);

impl Parts {
    fn read(
        recipe: &Recipe,
        sets: &Path,
        split: Split,
        tokenizer: &Tokenizer,
        longest: usize,
    ) -> Outcome<Self> {
        let mut parts = Vec::new();
        for set in recipe.read(sets, split)? {
            parts.push((set.name, tokenize(tokenizer, &set.examples, longest)?));
        }
        Ok(Self(parts))
    }

    /// Computes what a classifier says of all texts.
    fn logits(&self, classifier: &Classifier) -> Vec<SetLogits> {
        let of_set = |(_, examples): &(String, Vec<TokenizedExample>)| {
            let rows: Vec<&[u32]> = examples.iter().map(|example| example.ids.as_slice()).collect();
            predict(classifier, &rows, PREDICTION_TOKENS)
        };
        self.0.iter().map(of_set).collect()
    }

    /// Adds a share of the scores of a table to the logits of a task.
    fn with_wide(
        &self,
        logits: &[SetLogits],
        task: usize,
        table: Option<&WideTable>,
        share: f32,
    ) -> Vec<SetLogits> {
        let mut logits = logits.to_vec();
        let Some(table) = table else { return logits };
        for ((_, examples), logits) in self.0.iter().zip(&mut logits) {
            for (example, logits) in examples.iter().zip(logits) {
                for (logit, score) in logits[task].iter_mut().zip(table.scores(&example.ids)) {
                    *logit += share * score;
                }
            }
        }
        logits
    }
}

/// Holds what a classifier says of the texts of a set: per text, per task, per label.
type SetLogits = Vec<Vec<Vec<f32>>>;

/// Pairs the labels of a task with what the classifier says of their texts; texts without one are left out.
fn labels_with_logits<'a>(
    examples: &'a [TokenizedExample],
    logits: &'a [Vec<Vec<f32>>],
    task: usize,
) -> Vec<(&'a Label, &'a [f32])> {
    let pairs = examples.iter().zip(logits);
    pairs
        .filter_map(|(example, logits)| {
            Some((example.labels[task].as_ref()?, logits[task].as_slice()))
        })
        .collect()
}

/// Scores a classifier on each set, per task that the set has labels for.
fn scores(
    classifier: &Classifier,
    recipe: &Recipe,
    parts: &Parts,
    resamples: usize,
) -> Outcome<BTreeMap<String, Evaluation>> {
    scores_of(parts, recipe, &parts.logits(classifier), None, resamples)
}

/// Scores logits on each set, for one task or all that the set has labels for; the classes are those that the set tells apart.
fn scores_of(
    parts: &Parts,
    recipe: &Recipe,
    logits: &[SetLogits],
    only_task: Option<usize>,
    resamples: usize,
) -> Outcome<BTreeMap<String, Evaluation>> {
    let mut scores = BTreeMap::new();
    let uncalibrated = Temperature::new(1.0)?;
    for ((name, examples), logits) in parts.0.iter().zip(logits) {
        for (task, declared) in recipe.tasks.iter().enumerate() {
            let labelled = labels_with_logits(examples, logits, task);
            if labelled.is_empty() || only_task.is_some_and(|only| only != task) {
                continue;
            }
            let mut classes: Vec<&[usize]> =
                labelled.iter().map(|(label, _)| &*label.accepted).collect();
            classes.sort_unstable();
            classes.dedup();
            if classes.len() < 2 {
                continue;
            }
            let (mut truth, mut shares) = (Vec::new(), Vec::new());
            for (label, logits) in &labelled {
                let place = classes.iter().position(|class| *class == &*label.accepted);
                truth.push(place.unwrap_or(0));
                shares.push(merge_labels(&uncalibrated.apply(logits), &classes));
            }
            let named = |class: &&[usize]| {
                let names: Vec<&str> =
                    class.iter().map(|index| declared.labels[*index].as_str()).collect();
                names.join("|")
            };
            let names: Vec<String> = classes.iter().map(named).collect();
            let predictions = Predictions::new(&truth, &shares, &names)?;
            let resampling = Resampling { resamples, ..Resampling::new(42) };
            let evaluation = Evaluation::of_predictions(&predictions, &resampling);
            scores.insert(format!("{name}/{}", declared.task), evaluation);
        }
    }
    Ok(scores)
}

fn summary(scores: &BTreeMap<String, Evaluation>) -> String {
    let lines = scores.iter().map(|(name, evaluation)| {
        let classes: Vec<String> =
            evaluation.scores.classes.iter().map(|c| format!("{} {:.3}", c.label, c.f1)).collect();
        let measure = |name: &str| evaluation.measure(name).unwrap_or(f64::NAN);
        format!(
            "\n  {name}: {} texts, accuracy {:.3}, macro recall {:.3}, macro F1 {:.3} ({})",
            evaluation.texts(),
            measure("accuracy"),
            measure("macro_recall"),
            measure("macro_f1"),
            classes.join(", ")
        )
    });
    lines.collect()
}

/// Learns the wide part of every head from the training parts, each set once, and writes the checkpoint with them.
fn wide(arguments: &Arguments) -> Outcome<()> {
    let (mut recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
    let (from, out) = (arguments.path("start")?, arguments.path("out")?);
    let (config, mut classifier) = Classifier::read(&from, &Device::flex())?;
    let tokenizer = Tokenizer::from_file(from.join("tokenizer.json"))?;
    for set in &mut recipe.sets {
        set.passes = 1.0;
    }
    let default = WideOptions::default();
    let options = WideOptions {
        rows: arguments.number("rows", default.rows)?,
        epochs: arguments.number("epochs", default.epochs)?,
        rate: arguments.number("rate", 100)? as f32 * 1e-3,
        seed: default.seed,
    };
    let mixed = recipe.mix(recipe.read(&sets, Split::Train)?, options.seed);
    let examples = tokenize(&tokenizer, &mixed, arguments.number("longest", 128)?)?;
    let wanted = arguments.all("task");
    for (task, declared) in recipe.tasks.iter().enumerate() {
        if wanted.is_empty() || wanted.contains(&declared.task) {
            let table = WideTable::fit(&examples, task, declared.labels.len(), &options);
            classifier.set_wide(task, Some(table));
        }
    }
    classifier.write(&config, &out)?;
    std::fs::copy(from.join("tokenizer.json"), out.join("tokenizer.json"))?;
    eprintln!("wrote {}, {options:?}", out.display());
    Ok(())
}

/// What the scores of a wide part may be multiplied by; 0 takes it away.
const SHARES: [f32; 7] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4];

/// Fits for every task, on the validation parts, all sets of a task counting alike: how much its wide part counts, by macro F1, for
/// that changes which label wins; then a temperature (Guo et al. 2017), by likelihood, for that changes how sure it is. Its scores are
/// divided by the temperature: whoever runs the weights then gets calibrated probabilities.
fn calibrate(arguments: &Arguments) -> Outcome<()> {
    let (recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
    let (from, out) = (arguments.path("start")?, arguments.path("out")?);
    let (config, mut classifier) = Classifier::read(&from, &Device::flex())?;
    let tokenizer = Tokenizer::from_file(from.join("tokenizer.json"))?;
    let longest = arguments.number("longest", 128)?;
    let mut parts = Parts::read(&recipe, &sets, Split::Validation, &tokenizer, longest)?;
    // A thousand texts of a set are enough for two numbers.
    let texts = arguments.number("texts", 1000)?;
    parts.0.iter_mut().for_each(|(_, examples)| examples.truncate(texts));
    let mut tables = Vec::new();
    for task in 0..recipe.tasks.len() {
        tables.push(classifier.wide(task).cloned());
        classifier.set_wide(task, None);
    }
    let alone = parts.logits(&classifier);
    let mut fitted: BTreeMap<&str, Value> = BTreeMap::new();
    let mut temperatures: BTreeMap<&str, f64> = BTreeMap::new();
    for ((task, declared), table) in recipe.tasks.iter().enumerate().zip(&mut tables) {
        let mut best: Option<(f64, f32)> = None;
        for share in SHARES {
            if share > 0.0 && table.is_none() {
                break;
            }
            let logits = parts.with_wide(&alone, task, table.as_ref(), share);
            let scored = scores_of(&parts, &recipe, &logits, Some(task), 10)?;
            let f1 = |evaluation: &Evaluation| evaluation.measure("macro_f1").unwrap_or_default();
            let mean = scored.values().map(f1).sum::<f64>() / scored.len().max(1) as f64;
            if best.is_none_or(|(most, _)| mean > most) {
                best = Some((mean, share));
            }
            let of_set = |(name, evaluation)| format!("{name} {:.1}", 100.0 * f1(evaluation));
            let of_sets: Vec<String> = scored.iter().map(of_set).collect();
            eprintln!("share {share}: macro F1 {:.2}, {}", 100.0 * mean, of_sets.join(", "));
        }
        let share = best.map_or(0.0, |(_, share)| share);
        let logits = parts.with_wide(&alone, task, table.as_ref(), share);
        let value = Temperature::fit_texts(&calibration_texts(&parts, &logits, task))?.value();
        eprintln!("{}: share {share}, temperature {value:.3}", declared.task);
        if let Some(table) = table {
            table.scale(share / value as f32);
        }
        classifier.set_wide(task, table.take().filter(|_| share > 0.0));
        fitted.insert(&declared.task, json!({ "wide_share": share, "temperature": value }));
        temperatures.insert(&declared.task, value);
    }
    for mut parameter in classifier.parameters_mut() {
        let mut of_task = temperatures.iter();
        let found =
            of_task.find(|(task, _)| parameter.name.starts_with(&format!("heads.{task}.out")));
        if let Some((_, temperature)) = found {
            let before = parameter.values();
            let values = before.iter().map(|value| value / *temperature as f32);
            parameter.assign(values.collect(), false, &Device::flex());
        }
    }
    classifier.write(&config, &out)?;
    std::fs::copy(from.join("tokenizer.json"), out.join("tokenizer.json"))?;
    std::fs::write(out.join("calibration.json"), serde_json::to_vec_pretty(&fitted)?)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

/// Collects what a task's temperature is fitted on; the texts of a set weigh 1 together.
fn calibration_texts<'a>(
    parts: &'a Parts,
    logits: &'a [SetLogits],
    task: usize,
) -> Vec<CalibrationText<'a>> {
    let mut texts = Vec::new();
    for ((_, examples), logits) in parts.0.iter().zip(logits) {
        let labelled = labels_with_logits(examples, logits, task);
        let weight = 1.0 / labelled.len() as f64;
        texts.extend(labelled.into_iter().map(|(label, logits)| CalibrationText {
            logits,
            accepted: &label.accepted,
            allowed: &label.allowed,
            weight,
        }));
    }
    texts
}

fn evaluate(arguments: &Arguments) -> Outcome<()> {
    let (recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
    let out = arguments.path("out")?;
    let (_, classifier) = Classifier::read(&out, &Device::flex())?;
    let longest = arguments.number("longest", 128)?;
    let (split, name) = match arguments.all("split").last().map(String::as_str) {
        None | Some("test") => (Split::Test, "test"),
        Some("validation") => (Split::Validation, "validation"),
        Some(other) => {
            return Err(format!("unknown split `{other}`; use validation or test").into());
        }
    };
    let tokenizer = Tokenizer::from_file(out.join("tokenizer.json"))?;
    let parts = Parts::read(&recipe, &sets, split, &tokenizer, longest)?;
    let scores = scores(&classifier, &recipe, &parts, 1000)?;
    eprintln!("{name} {}", summary(&scores));
    std::fs::write(out.join(format!("{name}.json")), serde_json::to_vec_pretty(&scores)?)?;
    Ok(())
}
