//! Fits a model of any architecture and writes its folder.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokenizers::Tokenizer;

use crate::architectures::{
    Classifier, ClassifierConfig, Network, ScratchConfig, ScratchKind, ScratchNetwork, SparseKind,
    SparseOptions, TaskLabels, Weights, count_tokens, keep_positions, reduce_weights, write_whole,
};
use crate::error::ModelError;
use crate::lab::architecture::Architecture;
use crate::lab::description::{CurvePoint, DataDescription};
use crate::lab::draft::Draft;
use crate::lab::heads::HeadNetwork;
use crate::lab::labelled::{Labelled, Parts, fingerprint};
use crate::lab::probe::vectors_of;
use crate::lab::progress::{FitProgress, Pace};
use crate::lab::settings::{TrainSettings, check_longest};
use crate::lab::trained::{Body, Reads, TrainedModel, WEIGHTS, joined_with_target};
use crate::runtime::{Runtime, TOKENIZER, shipped_checkpoint};
use crate::train::{
    Example, Label, TokenizedExample, Trainer, TrainingOptions, TrainingProgress, measure_of,
    predict, read_tokenizer, repeated, tokenize, validation_score,
};
use crate::vocabulary::{pieces_of, prune_vocabulary};
use crate::word_vectors::WordVectors;

/// How many pieces the vocabulary of a network from scratch aims at.
const SCRATCH_PIECES: usize = 20_000;
/// How many updates a model over n-grams makes at least, unless it is told how many passes.
const FEWEST_UPDATES: usize = 20_000;
/// How many tokens are scored at a time.
const PREDICTION_TOKENS: usize = 4096;

/// Trains a model on labelled texts and writes it into `folder`; `folder/checkpoint` keeps what a killed training needs to go on, until
/// the caller has the model in its place and removes it.
///
/// `source` says where the texts came from. With `validation` those texts stop and calibrate the training, else a part of the others.
///
/// # Errors
/// Fails if a setting or the data is impossible, the loss is no number any more, a checkpoint is of another training, or a
/// file cannot be written.
pub fn train(
    name: &str,
    mut labelled: Labelled,
    validation: Option<Labelled>,
    settings: &TrainSettings,
    source: &str,
    folder: &Path,
    observe: &mut dyn FnMut(&FitProgress),
) -> Result<TrainedModel, ModelError> {
    settings.validate(labelled.task.kind)?;
    let begun = Instant::now();
    let (task, reads_target) = (labelled.task.clone(), labelled.reads_target);
    let mixed = std::mem::take(&mut labelled.mixed);
    let mut parts = match validation {
        Some(validation) => {
            let (mut train, validation) = (labelled.examples, validation.examples);
            leave_out(&mut train, &validation);
            if train.is_empty() {
                return Err(ModelError::Invalid(
                    "all texts to learn from are texts of --validation too; give others".to_owned(),
                ));
            }
            Parts { task: task.clone(), train, validation }
        }
        None => labelled.split(settings.seed),
    };
    if parts.validation.is_empty() {
        return Err(ModelError::Invalid(
            "`0` texts are left to validate on, since no label has two; label more, or give --validation"
                .to_owned(),
        ));
    }
    settings.class_weights.weigh(&mut parts.train);
    mix(&mut parts, mixed, settings);
    let data = DataDescription {
        source: source.to_owned(),
        train_rows: parts.train.len(),
        validation_rows: parts.validation.len(),
        fingerprint: fingerprint(&[&parts.train, &parts.validation]),
    };
    std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
    let mut fit = Fit {
        task: &task,
        parts: &parts,
        fingerprint: &data.fingerprint,
        settings,
        folder,
        observe,
        curve: Vec::new(),
    };
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
    let curve = fit.curve;
    let draft = Draft {
        name: name.to_owned(),
        task: task.clone(),
        reads_target,
        base: fitted.base,
        network: fitted.network,
        cascade: None,
        settings: settings.clone(),
        data,
        curve,
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
    /// The fingerprint of the parts.
    fingerprint: &'a str,
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
        let tokens: usize = texts.iter().map(|text| count_tokens(text)).sum();
        let known = self.word_vectors()?;
        let mut pace = Pace::new(measure_of(self.task.kind));
        let mut best = None;
        let (parts, task, observe) = (self.parts, self.task, &mut *self.observe);
        let last =
            kind.fit(&texts, &labels, task.labels.len(), &options, known.as_ref(), |epoch, loss, model| {
                let mut shown = pace.after(&TrainingProgress {
                    step: epoch,
                    steps: options.epochs,
                    loss,
                    accuracy: None,
                    norm: 0.0,
                    tokens,
                    ends_epoch: true,
                });
                let scores: Vec<Vec<f32>> = checks.iter().map(|text| model.scores(text)).collect();
                if !scores.iter().flatten().all(|score| score.is_finite()) {
                    return Err(ModelError::Invalid(format!(
                        "a score is no number any more after `{epoch}` passes; lower the learning rate"
                    )));
                }
                pace.end_epoch(validation_score(&scores, &parts.validation, task)?, &mut shown);
                if pace.is_best() {
                    best = Some(model.clone());
                }
                observe(&shown);
                Ok(!pace.is_over(settings.patience()))
            })?;
        self.curve = pace.into_curve();
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
        let tokenizer = read_tokenizer(&path, &pruned.tokenizer_json)?;
        let tasks = vec![self.task.clone()];
        let longest = self.settings.longest();
        let mut config = ScratchConfig::new(kind, pruned.kept.len(), longest, tasks);
        config.seed = self.settings.seed;
        let vectors = self.word_vectors()?;
        if let Some(vectors) = &vectors {
            config.dimension = vectors.dimension();
        }
        let mut network = ScratchNetwork::new(&config, &burn::tensor::Device::flex())?;
        if let Some(vectors) = &vectors {
            network.start_with(vectors, &pieces_of(&tokenizer));
        }
        let options = TrainingOptions { learns_tables: true, ..self.options() };
        let network = self.network(network, options, &tokenizer, longest)?;
        let mut stored = Weights::default();
        for parameter in network.clone().parameters_mut() {
            stored.insert(parameter.name.clone(), parameter.stored());
        }
        stored.write(&self.folder.join(WEIGHTS))?;
        let vocabulary = config.vocab_size;
        let body = Body::scratch(network, vocabulary, &path, &pruned.tokenizer_json, longest)?;
        Ok(Fitted { body, base: None, network: Some(config) })
    }

    fn heads(&mut self, reads: Reads) -> Result<Fitted, ModelError> {
        let runtime = Runtime::current()?;
        let (vectors, numbered) =
            vectors_of(&runtime, reads, &self.parts.train, &self.parts.validation)?;
        let (train, validation) = numbered.split_at(self.parts.train.len());
        let (width, labels) = (runtime.width(), self.task.labels.len());
        let network = HeadNetwork::new(vectors, width, labels, self.settings.seed);
        let tokens: usize =
            self.parts.train.iter().map(|example| count_tokens(&example.text)).sum();
        let tokens_per_text = tokens as f64 / train.len() as f64;
        // A vector counts as one token: a batch holds 32 texts.
        let options = TrainingOptions { token_budget: 32, shards: 1, ..self.options() };
        let mut network = self.run(network, options, train, validation, tokens_per_text)?;
        let head = network.parameters(self.task);
        head.to_weights(width).write(&self.folder.join(WEIGHTS))?;
        let base = runtime.version().to_owned();
        Ok(Fitted { body: Body::Head { head, reads, runtime }, base: Some(base), network: None })
    }

    fn encoder(&mut self) -> Result<Fitted, ModelError> {
        let tasks = vec![self.task.clone()];
        let (mut config, mut weights, tokenizer) = match &self.settings.base {
            None => shipped_checkpoint(tasks)?,
            Some(folder) => read_base(Path::new(folder), tasks)?,
        };
        let positions = config.encoder.max_position_embeddings;
        let longest = match self.settings.longest {
            None => self.settings.longest().min(positions),
            Some(longest) => longest,
        };
        check_longest(longest, positions)?;
        // The model never reads more of a text than it learned from.
        keep_positions(&mut weights, longest)?;
        config.encoder.max_position_embeddings = longest;
        let device = burn::tensor::Device::flex();
        let mut classifier = Classifier::new(&config, &device)?;
        classifier.load_encoder(&weights, &device)?;
        classifier.seed_heads(self.settings.seed);
        let is_lora = self.settings.architecture == Architecture::Lora;
        if is_lora {
            let (rank, seed) = (self.settings.adapter_rank(), self.settings.seed);
            classifier.encoder_mut().add_adapters(rank, seed, &device);
        }
        let path = self.folder.join(TOKENIZER);
        write_whole(&path, &tokenizer)?;
        let options = TrainingOptions { adapters_only: is_lora, ..self.options() };
        let tokenizer = read_tokenizer(&path, &tokenizer)?;
        let mut classifier = self.network(classifier, options, &tokenizer, longest)?;
        classifier.encoder_mut().merge_adapters();
        classifier.write(&config, self.folder)?;
        Ok(Fitted { body: Body::encoder(self.folder)?, base: None, network: None })
    }

    /// Reads the word vectors to start with, if any were asked for.
    fn word_vectors(&self) -> Result<Option<WordVectors>, ModelError> {
        let folder = self.settings.vectors.as_deref();
        folder.map(|folder| WordVectors::read(Path::new(folder))).transpose()
    }

    fn options(&self) -> TrainingOptions {
        let settings = self.settings;
        let (encoder_rate, head_rate) = settings.rates();
        TrainingOptions {
            epochs: settings.epochs(),
            token_budget: settings.batch_tokens(),
            encoder_rate,
            head_rate,
            label_smoothing: settings.label_smoothing(),
            dropout: settings.dropout(),
            frozen_layers: settings.frozen_layers(),
            seed: settings.seed,
            ..TrainingOptions::default()
        }
    }

    fn network<N: Network>(
        &mut self,
        network: N,
        options: TrainingOptions,
        tokenizer: &Tokenizer,
        longest: usize,
    ) -> Result<N, ModelError> {
        let train = tokenize(tokenizer, &self.parts.train, longest)?;
        let validation = tokenize(tokenizer, &self.parts.validation, longest)?;
        self.run(network, options, &train, &validation, 1.0)
    }

    /// Runs the training loop to the end or until the validation score no longer grows; goes on from a checkpoint. Each id of an
    /// example stands for so many tokens of its text.
    fn run<N: Network>(
        &mut self,
        network: N,
        options: TrainingOptions,
        train: &[TokenizedExample],
        validation: &[TokenizedExample],
        tokens_per_id: f64,
    ) -> Result<N, ModelError> {
        let checkpoint = self.folder.join("checkpoint");
        let mut trainer =
            Trainer::resume_or_start(&checkpoint, network, options, self.fingerprint)?;
        let mut pace = Pace::resumed(measure_of(self.task.kind), &trainer.notes);
        let patience = self.settings.patience();
        let rows: Vec<&[u32]> = validation.iter().map(|example| example.ids.as_slice()).collect();
        let (parts, task, observe) = (self.parts, self.task, &mut *self.observe);
        // A training that was killed after its last epoch has nothing left to learn.
        if !pace.is_over(patience) {
            trainer.run(train, |trainer, progress| {
                let mut shown = pace.after(progress);
                shown.tokens_per_second *= tokens_per_id;
                if progress.ends_epoch {
                    let logits = predict(&trainer.network(), &rows, PREDICTION_TOKENS);
                    let scores: Vec<Vec<f32>> =
                        logits.into_iter().map(|mut tasks| tasks.swap_remove(0)).collect();
                    pace.end_epoch(validation_score(&scores, &parts.validation, task)?, &mut shown);
                    if pace.is_best() {
                        trainer.keep_best();
                    }
                }
                if trainer.is_checkpoint_due(progress) {
                    trainer.notes = pace.notes();
                    trainer.write_checkpoint(&checkpoint)?;
                }
                observe(&shown);
                Ok(!pace.is_over(patience))
            })?;
        }
        self.curve = pace.into_curve();
        Ok(trainer.best_network())
    }
}

/// Adds the further sets to the training part, each weighed by itself and as often as its passes say; texts that the validation part
/// has are left out.
fn mix(parts: &mut Parts, mixed: Vec<(Vec<Example>, f64)>, settings: &TrainSettings) {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    for (mut examples, passes) in mixed {
        leave_out(&mut examples, &parts.validation);
        settings.class_weights.weigh(&mut examples);
        parts.train.extend(repeated(examples, passes, &mut random));
    }
}

/// Takes the examples away whose text is one of those held out.
fn leave_out(examples: &mut Vec<Example>, held_out: &[Example]) {
    let known: HashSet<&str> = held_out.iter().map(|example| example.text.as_str()).collect();
    examples.retain(|example| !known.contains(example.text.as_str()));
}

/// Checks that a folder holds a checkpoint that a training can start from: a BERT encoder with its weights and tokenizer.
///
/// # Errors
/// Fails if a file is missing, is damaged, or does not fit the others.
pub fn check_base(folder: &Path) -> Result<(), ModelError> {
    read_base(folder, Vec::new()).map(|_| ())
}

/// Reads the checkpoint that a training starts from, with other tasks than its own and the vector of the first segment in those of the
/// positions.
fn read_base(
    folder: &Path,
    tasks: Vec<TaskLabels>,
) -> Result<(ClassifierConfig, Weights, Vec<u8>), ModelError> {
    let mut config = ClassifierConfig::read(&folder.join("config.json"))?;
    config.tasks.clear();
    let weights = Weights::read(&folder.join(WEIGHTS))?;
    let path = folder.join(TOKENIZER);
    let tokenizer = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
    // What is trained must run in the end: what the runtime refuses is refused before the training.
    Runtime::from_weights("base", &config, &weights, (&path, &tokenizer))?;
    let layers: Vec<usize> = (0..config.encoder.num_hidden_layers).collect();
    let rows: Vec<u32> = (0..config.encoder.vocab_size as u32).collect();
    let folded = reduce_weights(&weights, &layers, &rows)?;
    Ok((ClassifierConfig::new(config.encoder, tasks), folded, tokenizer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::{EncoderConfig, LabelKind, NamedTensor};
    use crate::lab::labelled::LabelledRow;
    use burn::tensor::Device;
    use std::path::PathBuf;

    const SEGMENTS: &str = "embeddings.token_type_embeddings.weight";
    const POSITIONS: &str = "embeddings.position_embeddings.weight";

    /// Writes an encoder of one block, 32 wide, with two segments; the vector of the first is 0.5 throughout.
    fn write_base(name: &str, heads: usize) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("groundswell-base-{name}-{}", std::process::id()));
        let encoder = EncoderConfig {
            vocab_size: 6,
            hidden_size: 32,
            num_hidden_layers: 1,
            num_attention_heads: heads,
            intermediate_size: 32,
            max_position_embeddings: 16,
            layer_norm_eps: 1e-12,
            pad_token_id: 1,
        };
        let config =
            ClassifierConfig { type_vocab_size: 2, ..ClassifierConfig::new(encoder, Vec::new()) };
        Classifier::new(&config, &Device::flex()).unwrap().write(&config, &folder).unwrap();
        let path = folder.join(WEIGHTS);
        let mut weights = Weights::read(&path).unwrap();
        let values = (0..64).map(|index| if index < 32 { 0.5 } else { 9.0 }).collect();
        weights.insert(SEGMENTS, NamedTensor { shape: vec![2, 32], values });
        weights.write(&path).unwrap();
        let vocabulary = r#"{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"a":4,"b":5}"#;
        let tokenizer = format!(
            r#"{{"version":"1.0","model":{{"type":"WordLevel","vocab":{vocabulary},"unk_token":"<unk>"}}}}"#
        );
        std::fs::write(folder.join(TOKENIZER), tokenizer).unwrap();
        folder
    }

    #[test]
    fn a_base_keeps_the_vector_of_its_first_segment() {
        let folder = write_base("segment", 1);
        let (config, weights, _) =
            read_base(&folder, vec![TaskLabels::single("t", &["x"])]).unwrap();
        assert_eq!((config.tasks.len(), config.encoder.max_position_embeddings), (1, 16));
        let positions = &weights.get(POSITIONS).unwrap().values;
        assert!(positions.iter().all(|value| *value == 0.5), "{positions:?}");
        let mut classifier = Classifier::new(&config, &Device::flex()).unwrap();
        classifier.load_encoder(&weights, &Device::flex()).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_base_that_could_not_run_is_refused_before_the_training() {
        let folder = write_base("heads", 2);
        let error = check_base(&folder).unwrap_err().to_string();
        assert!(error.contains("a head must be `32` wide"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    fn labelled(texts: std::ops::Range<usize>) -> Vec<LabelledRow> {
        let row = |number: usize| LabelledRow {
            text: format!("text {number}"),
            target: None,
            labels: vec![["a", "b"][number % 2].to_owned()],
        };
        texts.map(row).collect()
    }

    #[test]
    fn mixed_texts_are_sampled_and_never_those_of_the_validation_part() {
        let further = vec![(labelled(0..60), 0.5), (labelled(100..110), 2.0)];
        let single = LabelKind::Single;
        let rows = labelled(0..50);
        let mut labelled = Labelled::for_mixed_training("t", single, &rows, &further).unwrap();
        let mixed = std::mem::take(&mut labelled.mixed);
        let whole = labelled.split(42);
        assert_eq!((whole.train.len(), whole.validation.len()), (40, 10));
        let settings = TrainSettings::new(Architecture::Heads);
        let mut parts = whole.clone();
        mix(&mut parts, mixed.clone(), &settings);
        // Ten of the sixty are in the validation part.
        assert_eq!(parts.train.len(), 40 + 25 + 20);
        let held_out = |text: &str| parts.validation.iter().any(|example| example.text == text);
        assert!(parts.train.iter().all(|example| !held_out(&example.text)));
        let mut again = whole;
        mix(&mut again, mixed, &settings);
        assert_eq!(parts.train, again.train);
    }
}
