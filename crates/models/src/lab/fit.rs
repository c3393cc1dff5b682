//! Fits a model of any architecture and writes its folder.

use std::path::Path;
use std::time::{Duration, Instant};

use tokenizers::Tokenizer;

use crate::architectures::{
    Classifier, ClassifierConfig, LabelKind, Network, ScratchConfig, ScratchKind, ScratchNetwork,
    SparseKind, SparseOptions, TaskLabels, Weights, write_whole,
};
use crate::error::ModelError;
use crate::lab::architecture::Architecture;
use crate::lab::description::{CurvePoint, DataDescription};
use crate::lab::heads::HeadNetwork;
use crate::lab::labelled::{Labelled, Parts, fingerprint};
use crate::lab::probe::vectors_of;
use crate::lab::progress::{FitProgress, Pace};
use crate::lab::settings::{ClassWeights, TrainSettings};
use crate::lab::trained::{Body, Draft, Reads, TrainedModel, WEIGHTS, joined_with_target};
use crate::runtime::{Prediction, Runtime, TOKENIZER, shipped_checkpoint};
use crate::train::{
    Example, Label, TokenizedExample, Trainer, TrainingOptions, has_checkpoint, predict, tokenize,
};
use crate::vocabulary::prune_vocabulary;
use crate::word_vectors::WordVectors;

/// How many pieces the vocabulary of a network from scratch aims at.
const SCRATCH_PIECES: usize = 20_000;
/// How many updates a model over n-grams makes at least, unless it is told how many passes.
const FEWEST_UPDATES: usize = 20_000;
/// How many tokens are scored at a time.
const PREDICTION_TOKENS: usize = 4096;
/// How often a checkpoint is written.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(60);

/// Trains a model on labelled texts and writes it into `folder`; `folder/checkpoint` keeps what a killed training needs to go on.
///
/// `data` says where the texts came from. With `validation` those texts stop and calibrate the training, else a part of the others.
///
/// # Errors
/// Fails if a setting or the data is impossible, the loss is no number any more, a checkpoint is of another training, or a
/// file cannot be written.
pub fn train(
    name: &str,
    labelled: Labelled,
    validation: Option<Labelled>,
    settings: &TrainSettings,
    source: &str,
    folder: &Path,
    observe: &mut dyn FnMut(&FitProgress),
) -> Result<TrainedModel, ModelError> {
    settings.validate()?;
    let begun = Instant::now();
    let (task, reads_target) = (labelled.task.clone(), labelled.reads_target);
    let mut parts = match validation {
        Some(validation) => {
            Parts { task: task.clone(), train: labelled.examples, validation: validation.examples }
        }
        None => labelled.split(settings.seed),
    };
    weigh(&mut parts.train, settings.class_weights);
    let data = DataDescription {
        source: source.to_owned(),
        train_rows: parts.train.len(),
        validation_rows: parts.validation.len(),
        fingerprint: fingerprint(&[&parts.train, &parts.validation]),
    };
    std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
    let mut fit = Fit { task: &task, parts: &parts, settings, folder, observe, curve: Vec::new() };
    let fitted = match settings.architecture {
        Architecture::Sparse(kind) => fit.sparse(kind)?,
        Architecture::Scratch(kind) => fit.scratch(kind)?,
        Architecture::Static => fit.heads(Reads::Words)?,
        Architecture::Heads => fit.heads(Reads::Encoder)?,
        Architecture::Lora | Architecture::Encoder => fit.encoder()?,
        Architecture::Cascade => {
            return Err(ModelError::Invalid(
                "a `cascade` is put together of two trained models; use `models cascade`"
                    .to_owned(),
            ));
        }
    };
    let draft = Draft {
        name: name.to_owned(),
        task: task.clone(),
        reads_target,
        base: fitted.base,
        network: fitted.network,
        cascade: None,
        settings: settings.clone(),
        data,
        curve: fit.curve,
        seconds: begun.elapsed().as_secs_f64(),
    };
    draft.finish(fitted.body, &parts.validation, folder)
}

/// Is a fitted model before it is calibrated and described.
struct Fitted {
    body: Body,
    base: Option<String>,
    network: Option<ScratchConfig>,
}

struct Fit<'a> {
    task: &'a TaskLabels,
    parts: &'a Parts,
    settings: &'a TrainSettings,
    folder: &'a Path,
    observe: &'a mut dyn FnMut(&FitProgress),
    curve: Vec<CurvePoint>,
}

impl Fit<'_> {
    fn sparse(&mut self, kind: SparseKind) -> Result<Fitted, ModelError> {
        let settings = self.settings;
        // Small sets need more passes before the vectors of fastText leave their first values.
        let enough = FEWEST_UPDATES.div_ceil(self.parts.train.len().max(1));
        let options = SparseOptions {
            epochs: settings.epochs.unwrap_or(settings.epochs().max(enough)),
            rate: settings.rates().0 as f32,
            seed: settings.seed,
        };
        let text = |example: &Example| joined_with_target(&example.text, example.target.as_deref());
        let texts: Vec<String> = self.parts.train.iter().map(text).collect();
        let labels: Vec<Label> =
            self.parts.train.iter().filter_map(|example| example.labels[0].clone()).collect();
        let checks: Vec<String> = self.parts.validation.iter().map(text).collect();
        let mut stopping = Stopping::new(settings.patience.max(5));
        let mut best = None;
        let (parts, task, curve) = (self.parts, self.task, &mut self.curve);
        let observe = &mut *self.observe;
        let last =
            kind.fit(&texts, &labels, task.labels.len(), &options, |epoch, loss, model| {
                let scores: Vec<Vec<f32>> = checks.iter().map(|text| model.scores(text)).collect();
                let score = validation_score(&scores, &parts.validation, task);
                let point = CurvePoint { epoch, loss, score };
                curve.push(point);
                observe(&FitProgress {
                    step: epoch,
                    steps: options.epochs,
                    loss,
                    epoch: Some(point),
                    ..FitProgress::default()
                });
                if stopping.is_best(score) {
                    best = Some(model.clone());
                }
                Ok(!stopping.is_over())
            })?;
        let model = best.unwrap_or(last);
        model.weights().write(&self.folder.join(WEIGHTS))?;
        Ok(Fitted { body: Body::Sparse(model), base: None, network: None })
    }

    fn scratch(&mut self, kind: ScratchKind) -> Result<Fitted, ModelError> {
        let (_, _, tokenizer) = shipped_checkpoint(Vec::new())?;
        let texts = self.parts.train.iter().flat_map(|example| {
            [example.text.as_str(), example.target.as_deref().unwrap_or_default()]
        });
        let pruned = prune_vocabulary(&tokenizer, texts, SCRATCH_PIECES)?;
        let path = self.folder.join(TOKENIZER);
        write_whole(&path, &pruned.tokenizer_json)?;
        let tokenizer = read_tokenizer(&path)?;
        let tasks = vec![self.task.clone()];
        let mut config = ScratchConfig::new(kind, pruned.kept.len(), self.settings.longest, tasks);
        config.seed = self.settings.seed;
        let vectors = match &self.settings.vectors {
            None => None,
            Some(folder) => Some(WordVectors::read(Path::new(folder))?),
        };
        if let Some(vectors) = &vectors {
            config.dimension = vectors.dimension();
        }
        let mut network = ScratchNetwork::new(&config, &burn::tensor::Device::flex())?;
        if let Some(vectors) = &vectors {
            network.start_with(vectors, &pieces_of(&tokenizer));
        }
        let options = TrainingOptions { learns_tables: true, ..self.options() };
        let network = self.network(network, options, &tokenizer)?;
        let mut stored = Weights::default();
        for parameter in network.clone().parameters_mut() {
            stored.insert(parameter.name.clone(), parameter.stored());
        }
        stored.write(&self.folder.join(WEIGHTS))?;
        let (vocabulary, longest) = (config.vocab_size, config.longest);
        let body = Body::scratch(network, vocabulary, &path, &pruned.tokenizer_json, longest)?;
        Ok(Fitted { body, base: None, network: Some(config) })
    }

    fn heads(&mut self, reads: Reads) -> Result<Fitted, ModelError> {
        let runtime = Runtime::current()?;
        let (vectors, numbered) =
            vectors_of(&runtime, reads, &self.parts.train, &self.parts.validation)?;
        let (train, validation) = numbered.split_at(self.parts.train.len());
        let (width, labels) = (runtime.dimension(), self.task.labels.len());
        let network = HeadNetwork::new(vectors, width, labels, self.settings.seed);
        // A vector counts as one token: a batch holds 32 texts.
        let options = TrainingOptions { token_budget: 32, shards: 1, ..self.options() };
        let mut network = self.run(network, options, train, validation)?;
        let head = network.parameters(self.task);
        head.to_weights(width).write(&self.folder.join(WEIGHTS))?;
        let base = runtime.version().to_owned();
        Ok(Fitted { body: Body::Head { head, reads, runtime }, base: Some(base), network: None })
    }

    fn encoder(&mut self) -> Result<Fitted, ModelError> {
        let tasks = vec![self.task.clone()];
        let (config, weights, tokenizer) = match &self.settings.base {
            None => shipped_checkpoint(tasks)?,
            Some(folder) => read_base(Path::new(folder), tasks)?,
        };
        let device = burn::tensor::Device::flex();
        let mut classifier = Classifier::new(&config, &device)?;
        classifier.load_encoder(&weights, &device)?;
        classifier.seed_heads(self.settings.seed);
        let is_lora = self.settings.architecture == Architecture::Lora;
        if is_lora {
            let (rank, seed) = (self.settings.adapter_rank, self.settings.seed);
            classifier.encoder_mut().add_adapters(rank, seed, &device);
        }
        let path = self.folder.join(TOKENIZER);
        write_whole(&path, &tokenizer)?;
        let options = TrainingOptions { adapters_only: is_lora, ..self.options() };
        let mut classifier = self.network(classifier, options, &read_tokenizer(&path)?)?;
        classifier.encoder_mut().merge_adapters();
        classifier.write(&config, self.folder)?;
        Ok(Fitted { body: Body::encoder(self.folder)?, base: None, network: None })
    }

    fn options(&self) -> TrainingOptions {
        let settings = self.settings;
        let (encoder_rate, head_rate) = settings.rates();
        TrainingOptions {
            epochs: settings.epochs(),
            token_budget: settings.batch_tokens,
            encoder_rate,
            head_rate,
            label_smoothing: settings.label_smoothing,
            dropout: settings.dropout,
            frozen_layers: settings.frozen_layers,
            seed: settings.seed,
            ..TrainingOptions::default()
        }
    }

    fn network<N: Network>(
        &mut self,
        network: N,
        options: TrainingOptions,
        tokenizer: &Tokenizer,
    ) -> Result<N, ModelError> {
        let longest = self.settings.longest;
        let train = tokenize(tokenizer, &self.parts.train, longest)?;
        let validation = tokenize(tokenizer, &self.parts.validation, longest)?;
        self.run(network, options, &train, &validation)
    }

    /// Runs the training loop to the end or until the validation score no longer grows; goes on from a checkpoint.
    fn run<N: Network>(
        &mut self,
        network: N,
        options: TrainingOptions,
        train: &[TokenizedExample],
        validation: &[TokenizedExample],
    ) -> Result<N, ModelError> {
        let checkpoint = self.folder.join("checkpoint");
        let mut trainer = if has_checkpoint(&checkpoint) {
            Trainer::resume(&checkpoint, network, options)?
        } else {
            Trainer::new(network, options)?
        };
        let mut pace = Pace::default();
        let mut saved = Instant::now();
        self.curve = serde_json::from_value(trainer.notes.clone()).unwrap_or_default();
        let mut stopping = Stopping::new(self.settings.patience);
        for point in &self.curve {
            stopping.is_best(point.score);
        }
        let rows: Vec<&[u32]> = validation.iter().map(|example| example.ids.as_slice()).collect();
        let Self { task, parts, curve, observe, .. } = self;
        trainer.run(train, |trainer, progress| {
            let mut shown = pace.after(progress);
            if progress.ends_epoch {
                let logits = predict(&trainer.network(), &rows, PREDICTION_TOKENS);
                let scores: Vec<Vec<f32>> =
                    logits.into_iter().map(|mut tasks| tasks.swap_remove(0)).collect();
                let score = validation_score(&scores, &parts.validation, task);
                let point = CurvePoint { epoch: curve.len() + 1, loss: pace.end_epoch(), score };
                curve.push(point);
                shown.epoch = Some(point);
                if stopping.is_best(score) {
                    trainer.keep_best();
                }
                trainer.notes = serde_json::to_value(&*curve).unwrap_or_default();
            }
            if saved.elapsed() > CHECKPOINT_INTERVAL {
                trainer.write_checkpoint(&checkpoint)?;
                saved = Instant::now();
            }
            observe(&shown);
            Ok(!(progress.ends_epoch && stopping.is_over()))
        })?;
        crate::train::remove_checkpoint(&checkpoint)?;
        Ok(trainer.best_network())
    }
}

/// Ends a training when the score has not grown for some epochs.
struct Stopping {
    best: f64,
    since: usize,
    patience: usize,
}

impl Stopping {
    fn new(patience: usize) -> Self {
        Self { best: f64::NEG_INFINITY, since: 0, patience }
    }

    fn is_best(&mut self, score: f64) -> bool {
        let is_best = score > self.best;
        self.since = if is_best { 0 } else { self.since + 1 };
        self.best = self.best.max(score);
        is_best
    }

    fn is_over(&self) -> bool {
        self.since >= self.patience
    }
}

/// Scores predictions of the validation part: macro-F1, of ratings minus the mean squared error, of multi labels micro-F1.
pub(crate) fn validation_score(
    scores: &[Vec<f32>],
    examples: &[Example],
    task: &TaskLabels,
) -> f64 {
    let predictions = scores.iter().map(|scores| Prediction::of_scores(scores.clone(), task.kind));
    let labels = examples.iter().filter_map(|example| example.labels[0].as_ref());
    let pairs: Vec<(&Label, Prediction)> = labels.zip(predictions).collect();
    match task.kind {
        LabelKind::Single => {
            let truth: Vec<usize> = pairs.iter().map(|(label, _)| label.accepted[0]).collect();
            let guesses: Vec<usize> =
                pairs.iter().map(|(_, prediction)| prediction.label).collect();
            macro_f1(&truth, &guesses, task.labels.len())
        }
        LabelKind::Ordinal => {
            let errors = pairs.iter().map(|(label, prediction)| {
                let steps = prediction.probabilities.iter().enumerate();
                let expected: f32 = steps.map(|(step, share)| step as f32 * share).sum();
                f64::from(expected - label.accepted[0] as f32).powi(2)
            });
            -errors.sum::<f64>() / pairs.len().max(1) as f64
        }
        LabelKind::Multi => {
            let (mut hits, mut said, mut present) = (0, 0, 0);
            for (label, prediction) in &pairs {
                let chosen = prediction.chosen();
                hits += chosen.iter().filter(|index| label.accepted.contains(index)).count();
                said += chosen.len();
                present += label.accepted.len();
            }
            2.0 * hits as f64 / (said + present).max(1) as f64
        }
    }
}

pub(crate) fn macro_f1(truth: &[usize], guesses: &[usize], labels: usize) -> f64 {
    let f1 = |label: usize| {
        let hits = truth.iter().zip(guesses).filter(|(a, b)| **a == label && **b == label).count();
        let count = |list: &[usize]| list.iter().filter(|index| **index == label).count();
        2.0 * hits as f64 / (count(truth) + count(guesses)).max(1) as f64
    };
    (0..labels).map(f1).sum::<f64>() / labels.max(1) as f64
}

/// Weighs the texts by the rarity of their label, so that the mean stays 1.
fn weigh(examples: &mut [Example], weights: ClassWeights) {
    if weights == ClassWeights::None {
        return;
    }
    crate::train::weigh_by_rarity(examples, 0);
    if weights == ClassWeights::Balanced {
        // The weights of the root, squared, are those of the rarity; the mean is brought back to 1.
        let mut total = 0.0;
        for label in examples.iter_mut().filter_map(|example| example.labels[0].as_mut()) {
            label.weight *= label.weight;
            total += label.weight;
        }
        let mean = total / examples.len().max(1) as f32;
        for label in examples.iter_mut().filter_map(|example| example.labels[0].as_mut()) {
            label.weight /= mean;
        }
    }
}

/// Lists the pieces of a tokenizer by their ids, without the sign of a word's beginning.
fn pieces_of(tokenizer: &Tokenizer) -> Vec<String> {
    let mut pieces = vec![String::new(); tokenizer.get_vocab_size(true)];
    for (piece, id) in tokenizer.get_vocab(true) {
        if let Some(place) = pieces.get_mut(id as usize) {
            *place = piece.trim_start_matches('\u{2581}').to_lowercase();
        }
    }
    pieces
}

/// Checks that a folder holds a checkpoint that a training can start from: a BERT encoder with its weights and tokenizer.
///
/// # Errors
/// Fails if a file is missing, is damaged, or does not fit the others.
pub fn check_base(folder: &Path) -> Result<(), ModelError> {
    let (config, weights, _) = read_base(folder, Vec::new())?;
    let device = burn::tensor::Device::flex();
    Classifier::new(&config, &device)?.load_encoder(&weights, &device)
}

/// Reads the checkpoint that a training starts from, with other tasks than its own.
fn read_base(
    folder: &Path,
    tasks: Vec<TaskLabels>,
) -> Result<(ClassifierConfig, Weights, Vec<u8>), ModelError> {
    let before = ClassifierConfig::read(&folder.join("config.json"))?;
    let weights = Weights::read(&folder.join(WEIGHTS))?;
    let path = folder.join(TOKENIZER);
    let tokenizer = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
    let pieces = read_tokenizer(&path)?.get_vocab_size(true);
    if pieces != before.encoder.vocab_size {
        let reason = format!("it has {pieces} pieces, the encoder {}", before.encoder.vocab_size);
        return Err(ModelError::format(&path, "tokenizer of these weights", reason));
    }
    Ok((ClassifierConfig::new(before.encoder, tasks), weights, tokenizer))
}

fn read_tokenizer(path: &Path) -> Result<Tokenizer, ModelError> {
    Tokenizer::from_file(path).map_err(|error| ModelError::format(path, "tokenizer", error))
}
