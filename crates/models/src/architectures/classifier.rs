//! One encoder with a head per task.

use std::path::Path;
use std::sync::Arc;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::architectures::encoder::{
    Encoder, EncoderConfig, SEGMENT_EMBEDDINGS, TokenBatch, linear,
};
use crate::architectures::network::{Dropout, Network};
use crate::architectures::parameters::NamedParameter;
use crate::architectures::projection::Projection;
use crate::architectures::weights::{NamedTensor, Weights, write_whole};
use crate::architectures::wide::WideTable;
use crate::error::ModelError;

/// Says how the labels of a task relate.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// A text has exactly one label: softmax, cross-entropy.
    #[default]
    Single,
    /// A text has any number of labels: a sigmoid each, binary cross-entropy.
    Multi,
    /// The labels are the steps of a rating, lowest first: softmax, squared error of the expected step.
    Ordinal,
}

impl LabelKind {
    fn is_single(&self) -> bool {
        *self == Self::Single
    }
}

/// Names a task and its labels, in the order of the outputs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TaskLabels {
    /// The name of the task.
    pub task: String,
    /// The labels.
    pub labels: Vec<String>,
    /// How they relate.
    #[serde(default, skip_serializing_if = "LabelKind::is_single")]
    pub kind: LabelKind,
}

impl TaskLabels {
    /// Names a task whose texts have one label each.
    pub fn single(task: impl Into<String>, labels: &[&str]) -> Self {
        Self {
            task: task.into(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            kind: LabelKind::Single,
        }
    }
}

/// Describes an encoder with its heads: a Hugging Face `config.json` with one more key, `tasks`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ClassifierConfig {
    /// The kind of model, `bert`.
    pub model_type: String,
    /// The activation, `gelu` (by the error function).
    pub hidden_act: String,
    /// The kind of position vectors, `absolute`.
    pub position_embedding_type: String,
    /// The number of segments; their vectors are zero.
    pub type_vocab_size: usize,
    /// The size of the encoder.
    #[serde(flatten)]
    pub encoder: EncoderConfig,
    /// The tasks, one head each.
    #[serde(default)]
    pub tasks: Vec<TaskLabels>,
}

impl ClassifierConfig {
    /// Describes a classifier.
    pub fn new(encoder: EncoderConfig, tasks: Vec<TaskLabels>) -> Self {
        Self {
            model_type: "bert".into(),
            hidden_act: "gelu".into(),
            position_embedding_type: "absolute".into(),
            type_vocab_size: 1,
            encoder,
            tasks,
        }
    }

    /// Reads a `config.json`, with or without tasks.
    ///
    /// # Errors
    /// Fails if the file cannot be read, lacks a key, or describes another kind of model.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|error| ModelError::file(path, error))?;
        let config: Self = serde_json::from_slice(&bytes)
            .map_err(|error| ModelError::format(path, "model config", error))?;
        let kind = (config.model_type.as_str(), config.hidden_act.as_str());
        if kind != ("bert", "gelu") || config.position_embedding_type != "absolute" {
            let reason =
                format!("model `{}`, activation `{}`", config.model_type, config.hidden_act);
            return Err(ModelError::format(path, "config of a BERT encoder with gelu", reason));
        }
        config.encoder.validate()?;
        Ok(config)
    }
}

/// Is the head of a task: a layer with tanh as wide as the encoder, then one output per label.
#[derive(Module, Debug)]
pub struct Head {
    dense: Linear,
    out: Linear,
}

impl Head {
    /// Builds a random head.
    pub fn new(width: usize, labels: usize, device: &Device) -> Self {
        Self {
            dense: LinearConfig::new(width, width).init(device),
            out: LinearConfig::new(width, labels).init(device),
        }
    }

    /// Builds a random head that is the same for the same seed.
    pub(crate) fn seeded(width: usize, labels: usize, seed: u64, device: &Device) -> Self {
        let mut head = Self::new(width, labels, device);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let limit = 1.0 / (width as f32).sqrt();
        for mut parameter in head_parameters("", &mut head) {
            let count = parameter.shape().iter().product();
            let values = (0..count).map(|_| random.random_range(-limit..limit)).collect();
            parameter.assign(values, false, device);
        }
        head
    }

    /// Computes the scores of the labels before softmax: `[texts, width]` to `[texts, labels]`.
    pub fn forward(&self, pooled: Tensor<2>) -> Tensor<2> {
        self.out.forward(self.dense.forward(pooled).tanh())
    }
}

/// Lists the parameters of a head: two layers with a bias each.
pub(crate) fn head_parameters<'a>(name: &str, head: &'a mut Head) -> Vec<NamedParameter<'a>> {
    let mut parameters = Vec::with_capacity(4);
    linear(&mut parameters, format!("{name}.dense"), &mut head.dense);
    linear(&mut parameters, format!("{name}.out"), &mut head.out);
    parameters
}

/// Is an encoder with a head per task.
#[derive(Module, Debug)]
pub struct Classifier {
    encoder: Encoder,
    heads: Vec<Head>,
    /// The wide part of every head that has one; it does not learn with the network.
    #[module(skip)]
    wide: Vec<Option<Arc<WideTable>>>,
    /// What maps the mean token vector to the embedding, if there is one; it does not learn with the network.
    #[module(skip)]
    projection: Option<Arc<Projection>>,
    #[module(skip)]
    tasks: Vec<String>,
    #[module(skip)]
    pad_token_id: u32,
}

impl Classifier {
    /// Builds a classifier with random weights; `Device::seed` makes them repeatable.
    ///
    /// # Errors
    /// Fails if the config is impossible.
    pub fn new(config: &ClassifierConfig, device: &Device) -> Result<Self, ModelError> {
        let width = config.encoder.hidden_size;
        Ok(Self {
            encoder: Encoder::new(&config.encoder, device)?,
            heads: config
                .tasks
                .iter()
                .map(|task| Head::new(width, task.labels.len(), device))
                .collect(),
            wide: vec![None; config.tasks.len()],
            projection: None,
            tasks: config.tasks.iter().map(|task| task.task.clone()).collect(),
            pad_token_id: config.encoder.pad_token_id,
        })
    }

    /// Reads a classifier from a folder with `config.json` and `model.safetensors`.
    ///
    /// # Errors
    /// Fails if a file is missing or does not fit the other.
    pub fn read(folder: &Path, device: &Device) -> Result<(ClassifierConfig, Self), ModelError> {
        let config = ClassifierConfig::read(&folder.join("config.json"))?;
        let weights = Weights::read(&folder.join("model.safetensors"))?;
        let mut classifier = Self::new(&config, device)?;
        for mut parameter in classifier.parameters_mut() {
            parameter.load(&weights, device)?;
        }
        classifier.load_projection(&weights)?;
        for (task, wide) in config.tasks.iter().zip(&mut classifier.wide) {
            *wide = WideTable::from_weights(&weights, task)?.map(Arc::new);
        }
        Ok((config, classifier))
    }

    /// Loads the weights of the encoder, and of its projection if there is one, and leaves the heads as they are.
    ///
    /// # Errors
    /// Fails if a tensor is missing or of another shape.
    pub fn load_encoder(&mut self, weights: &Weights, device: &Device) -> Result<(), ModelError> {
        for mut parameter in self.encoder.parameters_mut() {
            parameter.load(weights, device)?;
        }
        self.load_projection(weights)
    }

    fn load_projection(&mut self, weights: &Weights) -> Result<(), ModelError> {
        let projection = Projection::from_weights(weights, self.encoder.width())?;
        self.projection = projection.map(Arc::new);
        Ok(())
    }

    /// Writes `config.json` and `model.safetensors` into a folder, which is made if it is missing.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn write(&self, config: &ClassifierConfig, folder: &Path) -> Result<(), ModelError> {
        std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
        self.weights(config).write(&folder.join("model.safetensors"))?;
        let path = folder.join("config.json");
        let text = serde_json::to_vec_pretty(config)
            .map_err(|error| ModelError::format(&path, "model config", error))?;
        write_whole(&path, &text)
    }

    /// Gives the weights under the names of a checkpoint.
    pub(crate) fn weights(&self, config: &ClassifierConfig) -> Weights {
        let mut weights = Weights::default();
        for parameter in self.clone().parameters_mut() {
            weights.insert(parameter.name.clone(), parameter.stored());
        }
        let (segments, width) = (config.type_vocab_size, config.encoder.hidden_size);
        let zeros =
            NamedTensor { shape: vec![segments, width], values: vec![0.0; segments * width] };
        weights.insert(SEGMENT_EMBEDDINGS, zeros);
        if let Some(projection) = &self.projection {
            projection.insert_into(&mut weights);
        }
        for (task, wide) in self.tasks.iter().zip(&self.wide) {
            if let Some(wide) = wide {
                wide.insert_into(&mut weights, task);
            }
        }
        weights
    }

    /// Draws the heads anew, always the same for a seed.
    pub fn seed_heads(&mut self, seed: u64) {
        for (number, head) in self.heads.iter_mut().enumerate() {
            let [width, labels] = head.out.weight.val().dims();
            *head = Head::seeded(width, labels, seed.wrapping_add(number as u64), &Device::flex());
        }
    }

    /// Sets the wide part of the head of the `task`th task, or takes it away.
    pub fn set_wide(&mut self, task: usize, wide: Option<WideTable>) {
        self.wide[task] = wide.map(Arc::new);
    }

    /// Gives the wide part of the head of the `task`th task, if it has one.
    pub fn wide(&self, task: usize) -> Option<&WideTable> {
        self.wide[task].as_deref()
    }

    /// Gives the encoder.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Gives the encoder to change it.
    pub fn encoder_mut(&mut self) -> &mut Encoder {
        &mut self.encoder
    }
}

impl Network for Classifier {
    fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        let mut parameters = self.encoder.parameters_mut();
        for (task, head) in self.tasks.iter().zip(&mut self.heads) {
            parameters.extend(head_parameters(&format!("heads.{task}"), head));
        }
        parameters
    }

    fn logits(&self, rows: &[&[u32]], dropout: Option<Dropout>, device: &Device) -> Vec<Tensor<2>> {
        let mut pooled = self.encoder.pooled(&TokenBatch::new(rows, self.pad_token_id, device));
        if let Some(dropout) = dropout {
            pooled = dropout.apply(pooled, device);
        }
        let with_wide = |(head, wide): (&Head, &Option<Arc<WideTable>>)| {
            let scores = head.forward(pooled.clone());
            let Some(wide) = wide else { return scores };
            let added: Vec<f32> = rows.iter().flat_map(|ids| wide.scores(ids)).collect();
            let shape = scores.dims();
            scores + Tensor::from_data(TensorData::new(added, shape), device)
        };
        self.heads.iter().zip(&self.wide).map(with_wide).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::floats;
    use crate::architectures::wide::WideOptions;
    use crate::train::tiny::{tiny_classifier, tiny_config, tiny_examples};

    #[test]
    fn reads_back_what_it_wrote() {
        let folder = std::env::temp_dir().join(format!("groundswell-model-{}", std::process::id()));
        let config = tiny_config();
        let mut classifier = tiny_classifier(&config);
        let options = WideOptions { rows: 101, ..WideOptions::default() };
        classifier.set_wide(1, Some(WideTable::fit(&tiny_examples(), 1, 2, &options)));
        classifier.write(&config, &folder).unwrap();
        let device = Device::flex();
        let (read_config, read) = Classifier::read(&folder, &device).unwrap();
        assert_eq!(read_config, config);
        let rows: [&[u32]; 2] = [&[0, 5, 2], &[0, 2]];
        let logits = |classifier: &Classifier| classifier.logits(&rows, None, &device);
        for (before, after) in logits(&classifier).into_iter().zip(logits(&read)) {
            assert_eq!(floats(before), floats(after));
        }
        let mut deep = classifier.clone();
        deep.set_wide(1, None);
        let added = classifier.wide(1).unwrap().scores(rows[0]);
        let both = floats(logits(&classifier).remove(1));
        for ((both, deep), added) in both.iter().zip(floats(logits(&deep).remove(1))).zip(added) {
            assert!((both - deep - added).abs() < 1e-6, "{both} {deep} {added}");
        }
        let weights = Weights::read(&folder.join("model.safetensors")).unwrap();
        assert_eq!(weights.get("heads.first.out.weight").unwrap().shape, [3, 16]);
        assert_eq!(weights.get(SEGMENT_EMBEDDINGS).unwrap().shape, [1, 16]);

        let mut other = config.clone();
        other.encoder.intermediate_size = 25;
        other.encoder.vocab_size = 21;
        std::fs::write(folder.join("config.json"), serde_json::to_vec(&other).unwrap()).unwrap();
        let error = Classifier::read(&folder, &device).unwrap_err().to_string();
        assert!(error.contains("word_embeddings") && error.contains("[21, 16]"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn refuses_another_kind_of_model() {
        let path = std::env::temp_dir().join(format!("groundswell-kind-{}", std::process::id()));
        let mut config = tiny_config();
        config.hidden_act = "relu".into();
        std::fs::write(&path, serde_json::to_vec(&config).unwrap()).unwrap();
        let error = ClassifierConfig::read(&path).unwrap_err().to_string();
        assert!(error.contains("`relu`"), "{error}");
        std::fs::remove_file(&path).unwrap();
    }
}
