//! Runs a shipped or trained model: texts in, vectors and labels out.
//!
//! The callers are the threads of a query engine: every call computes on one thread, and all threads share the weights.
//! The result of a text depends on nothing but the text and the weights: not on the texts beside it, the thread, or what
//! was asked before.

mod arithmetic;
mod attention;
mod checkpoint;
mod encoder;
mod export;
mod folder;
mod head;
mod linear;
mod memo;
mod pieces;
mod projection;
mod reference;
mod wide;
mod workers;

use std::collections::HashMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::architectures::TaskLabels;
use crate::error::ModelError;
use crate::onnx::{HeadParameters, Heads, read_encoder, read_heads};
use crate::prepare::prepare_text;
use crate::runtime::encoder::Encoder;
use crate::runtime::folder::{ENCODER, HEADS, ModelFiles};
use crate::runtime::memo::{Memo, TextKey, key_of};
use crate::runtime::projection::Projection;
use crate::runtime::wide::Wide;
use crate::runtime::workers::Workers;

pub(crate) use arithmetic::exp_of_negative;
use arithmetic::with_widest_vectors;
pub(crate) use checkpoint::shipped_checkpoint;
pub use export::{EncoderForm, LONGEST_TEXT, export, write_shipped};
pub use folder::{Agreement, ModelDescription};
pub(crate) use folder::{TOKENIZER, sha256};
pub use head::Prediction;
pub(crate) use head::scores as head_scores;
pub(crate) use pieces::PieceCutter;
pub use reference::GraphEncoder;
pub(crate) use workers::single_thread;

/// How many texts a runtime remembers per core: three batches of a query engine, so that all functions of a query over one
/// batch of texts share the vectors while other cores work on other batches. 38 MiB of vectors 384 wide, each with 20 scores of wide
/// parts.
const REMEMBERED_PER_CORE: usize = 3 * 8192;
/// The most texts a runtime remembers: 808 MiB of vectors 384 wide with 20 scores of wide parts.
const MOST_REMEMBERED: usize = 524_288;
/// The most pieces of a forward pass, unless a text alone has more. More buys no speed and leaves the cache.
const PIECES_PER_PASS: usize = 256;

/// The model of this process, once it is loaded.
static CURRENT: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);

/// Holds a model with its tokenizer, ready to run.
pub struct Runtime {
    description: ModelDescription,
    cutter: PieceCutter,
    encoder: Encoder,
    heads: Vec<HeadParameters>,
    projection: Option<Projection>,
    wide: Wide,
    memo: Memo,
    workers: Workers,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    texts: AtomicU64,
    encoded_texts: AtomicU64,
    tokens: AtomicU64,
    encoder_runs: AtomicU64,
}

/// Is a prepared text, and the prepared target it is read about.
struct Input {
    text: String,
    target: Option<String>,
}

impl Input {
    fn new(text: &str, target: Option<&str>) -> Self {
        Self { text: prepare_text(text), target: target.map(prepare_text) }
    }

    /// Identifies the input; no prepared text holds the separator.
    fn key(&self) -> TextKey {
        match &self.target {
            None => key_of(&self.text),
            Some(target) => key_of(&format!("{target}\u{1f}{}", self.text)),
        }
    }
}

/// Counts what a runtime has done since it was opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Statistics {
    /// The texts asked for, in all calls.
    pub texts: u64,
    /// The texts that went through the encoder.
    pub encoded_texts: u64,
    /// The pieces that went through the encoder.
    pub tokens: u64,
    /// The forward passes of the encoder; one serves many texts.
    pub encoder_runs: u64,
    /// The texts that were answered without the encoder, since they were known or came twice in a call.
    pub cache_hits: u64,
}

impl Runtime {
    /// Gives the model of this process: the one that was [chosen](Runtime::choose), else the one that is part of the program,
    /// which is loaded at the first call.
    ///
    /// # Errors
    /// Fails if the weights are damaged.
    pub fn current() -> Result<Arc<Runtime>, ModelError> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*current {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Arc::new(Self::from_files(&ModelFiles::shipped())?);
        *current = Some(Arc::clone(&runtime));
        Ok(runtime)
    }

    /// Makes the model in a folder the one of this process, from the next call of [`Runtime::current`] on.
    ///
    /// # Errors
    /// As [`Runtime::open`]; the model of the process stays the one it was.
    pub fn choose(folder: &Path) -> Result<(), ModelError> {
        let runtime = Arc::new(Self::open(folder)?);
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(runtime);
        Ok(())
    }

    /// Opens the model in a folder that [`export`] or [`write_shipped`] wrote.
    ///
    /// # Errors
    /// Fails if a file cannot be read, is damaged, or does not fit the others.
    pub fn open(folder: &Path) -> Result<Runtime, ModelError> {
        Self::from_files(&ModelFiles::read(folder)?)
    }

    fn from_files(files: &ModelFiles<'_>) -> Result<Runtime, ModelError> {
        let description = files.describe()?;
        let encoder = Encoder::new(read_encoder(&files.path(ENCODER), files.bytes(ENCODER))?)?;
        if description.longest != encoder.longest() {
            let reason = format!(
                "texts of {}, the description says {}",
                encoder.longest(),
                description.longest
            );
            return Err(ModelError::format(&files.path(ENCODER), "encoder of this model", reason));
        }
        let cutter = PieceCutter::new(
            &files.path(TOKENIZER),
            files.bytes(TOKENIZER),
            encoder.vocabulary(),
            encoder.longest(),
        )?;
        let Heads { tasks: mut heads, projection } = read_heads(
            &files.path(HEADS),
            files.bytes(HEADS),
            encoder.width(),
            &description.tasks,
        )?;
        let projection = projection.as_ref().map(Projection::new);
        let dimension = projection.as_ref().map_or(encoder.width(), Projection::dimension);
        if description.dimension != dimension {
            let reason = format!(
                "embeddings of {dimension}, the description says {}",
                description.dimension
            );
            return Err(ModelError::format(&files.path(HEADS), "heads of this model", reason));
        }
        Ok(Runtime {
            description,
            cutter,
            encoder,
            wide: Wide::take_from(&mut heads),
            heads,
            projection,
            memo: Memo::new(remembered()),
            workers: Workers::default(),
            counters: Counters::default(),
        })
    }

    /// Gives the name of the model with the first digits of the hash of its files.
    pub fn version(&self) -> &str {
        &self.description.version
    }

    /// Gives the bytes of the model that is part of the program.
    pub(crate) fn shipped_bytes() -> u64 {
        let files = ModelFiles::shipped();
        [ENCODER, HEADS, TOKENIZER].iter().map(|name| files.bytes(name).len() as u64).sum()
    }

    /// Gives the width of the mean token vector of a text, which the heads read.
    pub fn width(&self) -> usize {
        self.encoder.width()
    }

    /// Gives the width of an embedding.
    pub fn dimension(&self) -> usize {
        self.description.dimension
    }

    /// Describes the model.
    pub fn description(&self) -> &ModelDescription {
        &self.description
    }

    /// Gives the tasks the model has a head for, with their labels.
    pub fn tasks(&self) -> &[TaskLabels] {
        &self.description.tasks
    }

    /// Gives the labels of a task in the order of its probabilities.
    ///
    /// # Errors
    /// Fails if the model has no such head.
    pub fn labels(&self, task: &str) -> Result<&[String], ModelError> {
        Ok(&self.heads[self.head(task)?].labels)
    }

    /// Finds the head of a task.
    fn head(&self, task: &str) -> Result<usize, ModelError> {
        self.heads.iter().position(|head| head.task == task).ok_or_else(|| {
            let known: Vec<&str> = self.heads.iter().map(|head| head.task.as_str()).collect();
            ModelError::Invalid(format!(
                "model `{}` has no head for task `{task}`; it has `{}`",
                self.version(),
                known.join("`, `")
            ))
        })
    }

    /// Computes the embeddings of texts, in their order, each of length 1.
    ///
    /// # Errors
    /// Fails if the tokenizer refuses a text.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, ModelError> {
        let read = self.read(&inputs_of(texts))?;
        let embedding = |read: &Arc<[f32]>| match &self.projection {
            Some(projection) => normalized(&projection.apply(self.vector_of(read))),
            None => normalized(self.vector_of(read)),
        };
        Ok(read.iter().map(embedding).collect())
    }

    /// Predicts the labels of texts for a task, in their order.
    ///
    /// # Errors
    /// Fails if the model has no such head or the tokenizer refuses a text.
    pub fn predict(&self, task: &str, texts: &[&str]) -> Result<Vec<Prediction>, ModelError> {
        let head = self.head(task)?;
        let read = self.read(&inputs_of(texts))?;
        Ok(read.iter().map(|text| self.prediction(head, text)).collect())
    }

    /// Predicts the labels of texts for a task about a target each, in their order.
    ///
    /// # Errors
    /// As [`Runtime::predict`].
    pub fn predict_about(
        &self,
        task: &str,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Prediction>, ModelError> {
        let head = self.head(task)?;
        let read = self.read(&inputs_about(pairs))?;
        Ok(read.iter().map(|text| self.prediction(head, text)).collect())
    }

    /// Computes the scores of the labels of a task before softmax for texts, each about its target if there are targets.
    ///
    /// # Errors
    /// As [`Runtime::predict`].
    pub(crate) fn scores(
        &self,
        task: &str,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let head = self.head(task)?;
        let target = |index: usize| targets.map(|targets| targets[index]);
        let inputs = texts.iter().enumerate().map(|(index, text)| Input::new(text, target(index)));
        let read = self.read(&inputs.collect::<Vec<_>>())?;
        Ok(read.iter().map(|text| self.head_scores(head, text)).collect())
    }

    /// Predicts the label of a text that was [read](Runtime::read).
    fn prediction(&self, head: usize, read: &[f32]) -> Prediction {
        let kind = self.heads[head].kind;
        with_widest_vectors(
            #[inline(always)]
            || Prediction::of_scores(self.head_scores(head, read), kind),
        )
    }

    /// Adds the scores of the wide part of a head to those it has for the vector.
    #[inline(always)]
    fn head_scores(&self, head: usize, read: &[f32]) -> Vec<f32> {
        let mut scores = head::scores(&self.heads[head], self.vector_of(read));
        let added = self.wide.of_head(head, &read[self.width()..]);
        for (score, added) in scores.iter_mut().zip(added) {
            *score += added;
        }
        scores
    }

    /// Gives the mean token vector of a text that was [read](Runtime::read).
    fn vector_of<'a>(&self, read: &'a [f32]) -> &'a [f32] {
        &read[..self.width()]
    }

    /// Gives the ids of the pieces that the encoder reads of a text.
    ///
    /// # Errors
    /// Fails if the tokenizer refuses the text.
    pub fn pieces(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        self.cutter.cut(&prepare_text(text), None)
    }

    /// Forgets the vectors of all texts, so that the next call encodes them.
    pub(crate) fn forget(&self) {
        self.memo.clear();
    }

    /// Counts what was done so far.
    pub fn statistics(&self) -> Statistics {
        let texts = self.counters.texts.load(Ordering::Relaxed);
        let encoded_texts = self.counters.encoded_texts.load(Ordering::Relaxed);
        Statistics {
            texts,
            encoded_texts,
            tokens: self.counters.tokens.load(Ordering::Relaxed),
            encoder_runs: self.counters.encoder_runs.load(Ordering::Relaxed),
            cache_hits: texts.saturating_sub(encoded_texts),
        }
    }

    /// Computes the mean token vector of every text, in their order; each distinct unknown text is encoded once.
    ///
    /// # Errors
    /// Fails if the tokenizer refuses a text.
    pub fn pooled(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, ModelError> {
        self.vectors(&inputs_of(texts))
    }

    /// Computes the mean token vector of every text after its target, given as (text, target).
    ///
    /// # Errors
    /// Fails if the tokenizer refuses a text.
    pub fn pooled_about(&self, pairs: &[(&str, &str)]) -> Result<Vec<Arc<[f32]>>, ModelError> {
        self.vectors(&inputs_about(pairs))
    }

    fn vectors(&self, inputs: &[Input]) -> Result<Vec<Arc<[f32]>>, ModelError> {
        Ok(self.read(inputs)?.iter().map(|read| Arc::from(self.vector_of(read))).collect())
    }

    /// Computes the mean of the word vectors of every text, after those of its target if there are any; the encoder does not run.
    ///
    /// # Errors
    /// Fails if the tokenizer refuses a text.
    pub(crate) fn word_means(
        &self,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Arc<[f32]>>, ModelError> {
        let mean = |(index, text): (usize, &&str)| {
            let input = Input::new(text, targets.map(|targets| targets[index]));
            let ids = self.cutter.cut(&input.text, input.target.as_deref())?;
            Ok(self.encoder.word_mean(&ids))
        };
        texts.iter().enumerate().map(mean).collect()
    }

    /// Computes for every text its mean token vector and, after it, the scores of the wide parts; each distinct unknown text is
    /// encoded once.
    fn read(&self, inputs: &[Input]) -> Result<Vec<Arc<[f32]>>, ModelError> {
        let mut keys = Vec::with_capacity(inputs.len());
        let mut known: HashMap<TextKey, Arc<[f32]>> = HashMap::new();
        let mut missing: HashMap<TextKey, usize> = HashMap::new();
        let mut pieces: Vec<(TextKey, Vec<u32>)> = Vec::new();
        for input in inputs {
            let key = input.key();
            keys.push(key);
            if known.contains_key(&key) || missing.contains_key(&key) {
                continue;
            }
            match self.memo.get(key) {
                Some(vector) => {
                    known.insert(key, vector);
                }
                None => {
                    missing.insert(key, pieces.len());
                    let ids = self.cutter.cut(&input.text, input.target.as_deref())?;
                    pieces.push((key, ids));
                }
            }
        }
        let encoded = self.encode(&pieces)?;
        self.counters.texts.fetch_add(inputs.len() as u64, Ordering::Relaxed);
        let vectors = keys.iter().filter_map(|key| match missing.get(key) {
            Some(index) => encoded.get(*index).map(Arc::clone),
            None => known.get(key).map(Arc::clone),
        });
        Ok(vectors.collect())
    }

    /// Puts the scores of the wide parts behind the vector of a text.
    fn with_wide(&self, vector: &[f32], ids: &[u32]) -> Arc<[f32]> {
        let mut read = vector.to_vec();
        self.wide.append_scores(ids, &mut read);
        Arc::from(read)
    }

    /// Encodes texts of similar length together and remembers what was computed.
    fn encode(&self, texts: &[(TextKey, Vec<u32>)]) -> Result<Vec<Arc<[f32]>>, ModelError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let mut vectors: Vec<Option<Arc<[f32]>>> = vec![None; texts.len()];
        let mut passes = 0;
        self.workers.run(|buffers| -> Result<(), ModelError> {
            for pass in passes_of(texts) {
                let ids: Vec<&[u32]> =
                    pass.iter().map(|index| texts[*index].1.as_slice()).collect();
                let pooled = self.encoder.forward(&ids, buffers)?;
                for (index, vector) in pass.iter().zip(pooled.chunks_exact(self.encoder.width())) {
                    vectors[*index] = Some(self.with_wide(vector, &texts[*index].1));
                }
                passes += 1;
            }
            Ok(())
        })?;
        let vectors: Vec<Arc<[f32]>> = vectors.into_iter().flatten().collect();
        for ((key, _), vector) in texts.iter().zip(&vectors) {
            self.memo.insert(*key, Arc::clone(vector));
        }
        let tokens: usize = texts.iter().map(|(_, ids)| ids.len()).sum();
        self.counters.encoded_texts.fetch_add(texts.len() as u64, Ordering::Relaxed);
        self.counters.tokens.fetch_add(tokens as u64, Ordering::Relaxed);
        self.counters.encoder_runs.fetch_add(passes, Ordering::Relaxed);
        Ok(vectors)
    }
}

fn inputs_of(texts: &[&str]) -> Vec<Input> {
    texts.iter().map(|text| Input::new(text, None)).collect()
}

/// Takes pairs of a text and its target.
fn inputs_about(pairs: &[(&str, &str)]) -> Vec<Input> {
    pairs.iter().map(|(text, target)| Input::new(text, Some(target))).collect()
}

/// Gives how many texts a runtime remembers on this machine.
fn remembered() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    (REMEMBERED_PER_CORE * cores).min(MOST_REMEMBERED)
}

/// Cuts texts, in their order, into passes of at most [`PIECES_PER_PASS`] pieces, if more than one text.
///
/// Nothing is padded, so texts need not be sorted by length.
fn passes_of(texts: &[(TextKey, Vec<u32>)]) -> Vec<Vec<usize>> {
    let mut passes: Vec<Vec<usize>> = Vec::new();
    let mut pieces = 0;
    for (index, (_, ids)) in texts.iter().enumerate() {
        pieces += ids.len();
        match passes.last_mut() {
            Some(pass) if pieces <= PIECES_PER_PASS => pass.push(index),
            _ => {
                passes.push(vec![index]);
                pieces = ids.len();
            }
        }
    }
    passes
}

fn normalized(vector: &[f32]) -> Arc<[f32]> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
    vector.iter().map(|value| value * inverse).collect()
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Runtime").field("version", &self.version()).finish_non_exhaustive()
    }
}
