//! A trained model: opened from its folder, it predicts.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Device;

use crate::architectures::{
    ClassifierConfig, Network, ScratchNetwork, SparseModel, Weights, floats,
};
use crate::error::ModelError;
use crate::lab::architecture::Architecture;
use crate::lab::cascade::Cascade;
use crate::lab::description::{DESCRIPTION, TrainedDescription};
use crate::onnx::HeadParameters;
use crate::prepare::prepare_text;
use crate::runtime::{
    PieceCutter, Prediction, Runtime, TOKENIZER, head_scores, sha256, single_thread,
};
use crate::train::Example;

/// The name of the weights in a folder.
pub(crate) const WEIGHTS: &str = "model.safetensors";
/// The name of the size of an encoder in a folder.
const CONFIG: &str = "config.json";
/// The files that a folder may have beside its description.
pub(crate) const FILES: [&str; 3] = [WEIGHTS, TOKENIZER, CONFIG];
/// How many texts a network from scratch scores at a time.
const TEXTS_PER_PASS: usize = 32;

/// Is what computes the scores.
pub(crate) enum Body {
    /// A head on vectors of the shipped encoder.
    Head {
        /// The head.
        head: HeadParameters,
        /// Which vectors.
        reads: Reads,
        /// The model with the encoder.
        runtime: Arc<Runtime>,
    },
    /// An encoder of its own.
    Encoder(Box<Runtime>),
    /// A network from random weights.
    Scratch(Box<Scratch>),
    /// A model over n-grams.
    Sparse(SparseModel),
    /// Two models.
    Cascade(Box<Cascade>),
}

/// Holds a network with copies for the threads that use it at the same time.
pub(crate) struct Scratch {
    network: ScratchNetwork,
    cutter: PieceCutter,
    idle: Mutex<Vec<(ScratchNetwork, rayon::ThreadPool)>>,
}

/// Is a model of a user, ready to predict.
pub struct TrainedModel {
    description: TrainedDescription,
    body: Body,
}

impl std::fmt::Debug for TrainedModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TrainedModel")
            .field("name", &self.description.name)
            .finish_non_exhaustive()
    }
}

/// Puts a target before a text, for models that read no pairs.
pub(crate) fn joined_with_target(text: &str, target: Option<&str>) -> String {
    target.map_or_else(|| text.to_owned(), |target| format!("{target} ¦ {text}"))
}

impl TrainedModel {
    pub(crate) fn new(description: TrainedDescription, body: Body) -> Self {
        Self { description, body }
    }

    /// Opens the model in a folder.
    ///
    /// # Errors
    /// Fails if a file is missing, was changed since the training, or does not fit the others, or if its head reads another encoder
    /// than that of this program.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let description = TrainedDescription::read(folder)?;
        for (name, expected) in &description.files {
            let path = folder.join(name);
            let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
            let found = sha256(&bytes);
            if found != *expected {
                let reason = format!("its SHA-256 is `{found}`, `{DESCRIPTION}` says `{expected}`");
                return Err(ModelError::format(&path, "file of this model", reason));
            }
        }
        let body = Body::open(folder, &description)?;
        Ok(Self { description, body })
    }

    /// Describes the model.
    pub fn description(&self) -> &TrainedDescription {
        &self.description
    }

    /// Gives the labels, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.description.task.labels
    }

    /// Predicts the labels of texts; `targets` are as many as the texts, if the model reads them.
    ///
    /// # Errors
    /// Fails if targets are missing or too many, or the tokenizer refuses a text.
    pub fn predict(
        &self,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Prediction>, ModelError> {
        let name = &self.description.name;
        match (targets, self.description.reads_target) {
            (None, true) => {
                return Err(ModelError::Invalid(format!(
                    "model `{name}` reads a target: call classify(text, '{name}', target)"
                )));
            }
            (Some(_), false) => {
                return Err(ModelError::Invalid(format!(
                    "model `{name}` reads no target: call classify(text, '{name}')"
                )));
            }
            (Some(targets), true) if targets.len() != texts.len() => {
                return Err(ModelError::Invalid(format!(
                    "`{}` texts came with `{}` targets; give one for each",
                    texts.len(),
                    targets.len()
                )));
            }
            _ => {}
        }
        let temperature = self.description.temperature;
        let kind = self.description.task.kind;
        let scores = self.body.scores(texts, targets)?;
        let tempered = scores.into_iter().map(|mut scores| {
            scores.iter_mut().for_each(|score| *score /= temperature);
            Prediction::of_scores(scores, kind)
        });
        Ok(tempered.collect())
    }
}

/// Says which vectors a head reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reads {
    /// Those that come out of the encoder.
    Encoder,
    /// The means of word vectors, before the encoder.
    Words,
}

impl Reads {
    /// Computes the vectors of texts.
    fn of_texts(
        self,
        runtime: &Runtime,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Arc<[f32]>>, ModelError> {
        match (self, targets) {
            (Self::Words, _) => runtime.word_means(texts, targets),
            (Self::Encoder, None) => runtime.pooled(texts),
            (Self::Encoder, Some(targets)) => {
                let pairs: Vec<(&str, &str)> =
                    texts.iter().copied().zip(targets.iter().copied()).collect();
                runtime.pooled_about(&pairs)
            }
        }
    }

    /// Computes the vectors of examples.
    pub(crate) fn vectors(
        self,
        runtime: &Runtime,
        examples: &[&Example],
    ) -> Result<Vec<Arc<[f32]>>, ModelError> {
        let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
        let targets: Option<Vec<&str>> =
            examples.iter().map(|example| example.target.as_deref()).collect();
        self.of_texts(runtime, &texts, targets.as_deref())
    }
}

impl Body {
    fn open(folder: &Path, description: &TrainedDescription) -> Result<Self, ModelError> {
        let path = folder.join(WEIGHTS);
        match description.settings.architecture {
            Architecture::Sparse(kind) => {
                let outputs = description.task.labels.len();
                Ok(Self::Sparse(SparseModel::from_weights(kind, &Weights::read(&path)?, outputs)?))
            }
            Architecture::Scratch(_) => {
                let Some(config) = &description.network else {
                    let reason = "it does not say the size of the network";
                    return Err(ModelError::format(
                        &folder.join(DESCRIPTION),
                        "model description",
                        reason,
                    ));
                };
                let network = ScratchNetwork::from_weights(config, &Weights::read(&path)?)?;
                let path = folder.join(TOKENIZER);
                let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
                Self::scratch(network, config.vocab_size, &path, &bytes, config.longest)
            }
            architecture @ (Architecture::Heads | Architecture::Static) => {
                let runtime = Runtime::current()?;
                let base = description.base.as_deref().unwrap_or_default();
                if base != runtime.version() {
                    return Err(ModelError::Invalid(format!(
                        "model `{}` is a head on encoder `{base}`, this program has `{}`; train it again, or set models.weights",
                        description.name,
                        runtime.version()
                    )));
                }
                let weights = Weights::read(&path)?;
                let head =
                    HeadParameters::from_weights(&description.task, &weights, runtime.width())?;
                let is_static = architecture == Architecture::Static;
                let reads = if is_static { Reads::Words } else { Reads::Encoder };
                Ok(Self::Head { head, reads, runtime })
            }
            Architecture::Lora | Architecture::Encoder => Self::encoder(folder),
            Architecture::Cascade => {
                Ok(Self::Cascade(Box::new(Cascade::open(folder, description)?)))
            }
        }
    }

    /// Reads an encoder of its own.
    pub(crate) fn encoder(folder: &Path) -> Result<Self, ModelError> {
        let config = ClassifierConfig::read(&folder.join(CONFIG))?;
        let weights = Weights::read(&folder.join(WEIGHTS))?;
        let path = folder.join(TOKENIZER);
        let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
        let runtime = Runtime::from_weights("own", &config, &weights, (&path, &bytes))?;
        Ok(Self::Encoder(Box::new(runtime)))
    }

    /// Makes a network from scratch ready.
    pub(crate) fn scratch(
        network: ScratchNetwork,
        vocabulary: usize,
        path: &Path,
        tokenizer: &[u8],
        longest: usize,
    ) -> Result<Self, ModelError> {
        let cutter = PieceCutter::new(path, tokenizer, vocabulary, longest)?;
        Ok(Self::Scratch(Box::new(Scratch { network, cutter, idle: Mutex::default() })))
    }

    /// Computes the scores of the labels before softmax.
    pub(crate) fn scores(
        &self,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        match self {
            Self::Head { head, reads, runtime } => {
                let vectors = reads.of_texts(runtime, texts, targets)?;
                Ok(vectors.iter().map(|vector| head_scores(head, vector)).collect())
            }
            Self::Encoder(runtime) => {
                let task = runtime.tasks().first().map_or("", |task| task.task.as_str());
                runtime.scores(task, texts, targets)
            }
            Self::Scratch(scratch) => {
                let inputs: Result<Vec<Vec<u32>>, ModelError> = (0..texts.len())
                    .map(|index| {
                        let target = targets.map(|targets| prepare_text(targets[index]));
                        scratch.cutter.cut(&prepare_text(texts[index]), target.as_deref())
                    })
                    .collect();
                scratch.scores(&inputs?)
            }
            Self::Sparse(model) => {
                let score = |index: usize| {
                    let target = targets.map(|targets| prepare_text(targets[index]));
                    model
                        .scores(&joined_with_target(&prepare_text(texts[index]), target.as_deref()))
                };
                Ok((0..texts.len()).map(score).collect())
            }
            Self::Cascade(cascade) => cascade.scores(texts, targets),
        }
    }
}

impl Scratch {
    /// Scores texts, those of like length together; on one thread, so that the threads of the caller decide about cores.
    fn scores(&self, rows: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, ModelError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (network, pool) = match idle {
            Some(worker) => worker,
            None => (self.network.clone(), single_thread()?),
        };
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|index| rows[*index].len());
        let mut scores = vec![Vec::new(); rows.len()];
        pool.install(|| {
            let device = Device::flex();
            for pass in order.chunks(TEXTS_PER_PASS) {
                let ids: Vec<&[u32]> = pass.iter().map(|index| rows[*index].as_slice()).collect();
                let logits = network.logits(&ids, None, &device).swap_remove(0);
                let width = logits.dims()[1];
                for (index, row) in pass.iter().zip(floats(logits).chunks(width)) {
                    scores[*index] = row.to_vec();
                }
            }
        });
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((network, pool));
        Ok(scores)
    }
}
