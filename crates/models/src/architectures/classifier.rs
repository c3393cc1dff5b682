//! One encoder with a head per task.

use std::path::Path;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::architectures::encoder::{
    Encoder, EncoderConfig, SEGMENT_EMBEDDINGS, TokenBatch, linear,
};
use crate::architectures::parameters::NamedParameter;
use crate::architectures::weights::{NamedTensor, Weights, write_whole};
use crate::error::ModelError;

/// Names a task and its labels, in the order of the outputs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TaskLabels {
    /// The name of the task.
    pub task: String,
    /// The labels.
    pub labels: Vec<String>,
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

    /// Computes the scores of the labels before softmax: `[texts, width]` to `[texts, labels]`.
    pub fn forward(&self, pooled: Tensor<2>) -> Tensor<2> {
        self.out.forward(self.dense.forward(pooled).tanh())
    }
}

/// Is an encoder with a head per task.
#[derive(Module, Debug)]
pub struct Classifier {
    encoder: Encoder,
    heads: Vec<Head>,
    #[module(skip)]
    tasks: Vec<String>,
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
            tasks: config.tasks.iter().map(|task| task.task.clone()).collect(),
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
        Ok((config, classifier))
    }

    /// Loads the weights of the encoder and leaves the heads as they are.
    ///
    /// # Errors
    /// Fails if a tensor is missing or of another shape.
    pub fn load_encoder(&mut self, weights: &Weights, device: &Device) -> Result<(), ModelError> {
        for mut parameter in self.encoder.parameters_mut() {
            parameter.load(weights, device)?;
        }
        Ok(())
    }

    /// Writes `config.json` and `model.safetensors` into a folder, which is made if it is missing.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn write(&self, config: &ClassifierConfig, folder: &Path) -> Result<(), ModelError> {
        std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
        let mut weights = Weights::default();
        for parameter in self.clone().parameters_mut() {
            weights.insert(parameter.name.clone(), parameter.stored());
        }
        let (segments, width) = (config.type_vocab_size, config.encoder.hidden_size);
        let zeros =
            NamedTensor { shape: vec![segments, width], values: vec![0.0; segments * width] };
        weights.insert(SEGMENT_EMBEDDINGS, zeros);
        weights.write(&folder.join("model.safetensors"))?;
        let path = folder.join("config.json");
        let text = serde_json::to_vec_pretty(config)
            .map_err(|error| ModelError::format(&path, "model config", error))?;
        write_whole(&path, &text)
    }

    /// Gives the encoder.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Computes the scores of the labels of every task before softmax, from the vectors of texts.
    pub fn logits(&self, pooled: Tensor<2>) -> Vec<Tensor<2>> {
        self.heads.iter().map(|head| head.forward(pooled.clone())).collect()
    }

    /// Computes the scores of the labels of every task before softmax: `[texts, labels]` per task.
    pub fn forward(&self, batch: &TokenBatch) -> Vec<Tensor<2>> {
        self.logits(self.encoder.pooled(batch))
    }

    /// Lists the parameters under their names: the encoder's, then `heads.<task>.…`.
    pub fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        let mut parameters = self.encoder.parameters_mut();
        for (task, head) in self.tasks.iter().zip(&mut self.heads) {
            linear(&mut parameters, format!("heads.{task}.dense"), &mut head.dense);
            linear(&mut parameters, format!("heads.{task}.out"), &mut head.out);
        }
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::floats;
    use crate::train::tiny::{tiny_classifier, tiny_config};

    #[test]
    fn reads_back_what_it_wrote() {
        let folder = std::env::temp_dir().join(format!("groundswell-model-{}", std::process::id()));
        let config = tiny_config();
        let classifier = tiny_classifier(&config);
        classifier.write(&config, &folder).unwrap();
        let device = Device::flex();
        let (read_config, read) = Classifier::read(&folder, &device).unwrap();
        assert_eq!(read_config, config);
        let batch = TokenBatch::new(&[&[0, 5, 2], &[0, 2]], 1, &device);
        for (before, after) in classifier.forward(&batch).into_iter().zip(read.forward(&batch)) {
            assert_eq!(floats(before), floats(after));
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
