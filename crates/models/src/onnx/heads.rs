//! The heads of the tasks: their parameters, and their ONNX file.
//!
//! The file takes `pooled`, `[batch, width]` of floats, and gives for every task an output of its name with the
//! probabilities of the labels, `[batch, labels]`.

use std::path::Path;

use crate::architectures::{ClassifierConfig, LabelKind, NamedTensor, TaskLabels, Weights};
use crate::error::ModelError;
use crate::onnx::builder::{Axis, GraphBuilder, integer_attribute};
use crate::onnx::proto::ModelProto;
use crate::onnx::reader::Constants;

/// Holds the head of a task: a layer with tanh, then one score per label.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadParameters {
    /// The name of the task.
    pub task: String,
    /// The labels.
    pub labels: Vec<String>,
    /// How they relate.
    pub kind: LabelKind,
    /// The first layer, `[width, width]`, rows by input.
    pub dense: Vec<f32>,
    /// The bias of the first layer.
    pub dense_bias: Vec<f32>,
    /// The second layer, `[width, labels]`, rows by input.
    pub out: Vec<f32>,
    /// The bias of the second layer.
    pub out_bias: Vec<f32>,
}

/// Takes the heads from a checkpoint.
///
/// # Errors
/// Fails if a tensor is missing or of another shape.
pub fn heads_from_weights(
    config: &ClassifierConfig,
    weights: &Weights,
) -> Result<Vec<HeadParameters>, ModelError> {
    let width = config.encoder.hidden_size;
    config.tasks.iter().map(|task| HeadParameters::from_weights(task, weights, width)).collect()
}

impl HeadParameters {
    /// Takes the head of a task from a checkpoint.
    ///
    /// # Errors
    /// Fails if a tensor is missing or of another shape.
    pub fn from_weights(
        task: &TaskLabels,
        weights: &Weights,
        width: usize,
    ) -> Result<Self, ModelError> {
        let tensor = |name: String, expected: &[usize]| {
            let tensor = weights.get(&name)?;
            if tensor.shape != expected {
                let (found, expected) = (tensor.shape.clone(), expected.to_vec());
                return Err(ModelError::Shape { name, found, expected });
            }
            Ok(tensor)
        };
        let prefix = format!("heads.{}", task.task);
        let labels = task.labels.len();
        Ok(Self {
            task: task.task.clone(),
            labels: task.labels.clone(),
            kind: task.kind,
            dense: tensor(format!("{prefix}.dense.weight"), &[width, width])?.transposed().values,
            dense_bias: tensor(format!("{prefix}.dense.bias"), &[width])?.values.clone(),
            out: tensor(format!("{prefix}.out.weight"), &[labels, width])?.transposed().values,
            out_bias: tensor(format!("{prefix}.out.bias"), &[labels])?.values.clone(),
        })
    }

    /// Gives the head under the names of a checkpoint.
    pub(crate) fn to_weights(&self, width: usize) -> Weights {
        let mut weights = Weights::default();
        let prefix = format!("heads.{}", self.task);
        let mut insert = |name: &str, shape: &[usize], values: &[f32]| {
            let tensor = NamedTensor { shape: shape.to_vec(), values: values.to_vec() };
            let tensor = if shape.len() == 2 { tensor.transposed() } else { tensor };
            weights.insert(format!("{prefix}.{name}"), tensor);
        };
        insert("dense.weight", &[width, width], &self.dense);
        insert("dense.bias", &[width], &self.dense_bias);
        insert("out.weight", &[width, self.labels.len()], &self.out);
        insert("out.bias", &[self.labels.len()], &self.out_bias);
        weights
    }
}

/// Builds the model of the heads.
pub fn heads_model(heads: &[HeadParameters], width: usize, description: &str) -> ModelProto {
    let mut graph = GraphBuilder::default();
    let pooled = graph.float_input("pooled", &[Axis::Named("batch"), Axis::Fixed(width)]);
    for head in heads {
        let prefix = format!("heads.{}", head.task);
        let labels = head.labels.len();
        let dense = graph.floats(&format!("{prefix}.dense.weight"), &[width, width], &head.dense);
        let dense_bias = graph.floats(&format!("{prefix}.dense.bias"), &[width], &head.dense_bias);
        let out = graph.floats(&format!("{prefix}.out.weight"), &[width, labels], &head.out);
        let out_bias = graph.floats(&format!("{prefix}.out.bias"), &[labels], &head.out_bias);
        let inner = graph.node("MatMul", &[&pooled, &dense]);
        let inner = graph.node("Add", &[&inner, &dense_bias]);
        let inner = graph.node("Tanh", &[&inner]);
        let scores = graph.node("MatMul", &[&inner, &out]);
        let scores = graph.node("Add", &[&scores, &out_bias]);
        let shares = match head.kind {
            LabelKind::Multi => graph.node("Sigmoid", &[&scores]),
            LabelKind::Single | LabelKind::Ordinal => {
                graph.node_with("Softmax", &[&scores], vec![integer_attribute("axis", -1)])
            }
        };
        graph.output(&head.task, &shares, &[Axis::Named("batch"), Axis::Fixed(labels)]);
    }
    graph.finish("heads", description)
}

/// Reads the heads of these tasks, given with their labels; `path` appears in errors.
///
/// # Errors
/// Fails if the bytes are no ONNX file, or a constant is missing, of another shape, or not finite.
pub fn read_heads(
    path: &Path,
    bytes: &[u8],
    width: usize,
    tasks: &[TaskLabels],
) -> Result<Vec<HeadParameters>, ModelError> {
    let mut constants = Constants::decode(path, bytes)?;
    let mut heads = Vec::with_capacity(tasks.len());
    for TaskLabels { task, labels, kind } in tasks {
        let prefix = format!("heads.{task}");
        heads.push(HeadParameters {
            task: task.clone(),
            labels: labels.clone(),
            kind: *kind,
            dense: constants.floats_of(&format!("{prefix}.dense.weight"), &[width, width])?,
            dense_bias: constants.floats_of(&format!("{prefix}.dense.bias"), &[width])?,
            out: constants.floats_of(&format!("{prefix}.out.weight"), &[width, labels.len()])?,
            out_bias: constants.floats_of(&format!("{prefix}.out.bias"), &[labels.len()])?,
        });
    }
    Ok(heads)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    #[test]
    fn reads_back_what_was_written() {
        let head = |task: &str, labels: &[&str]| HeadParameters {
            task: task.to_owned(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            kind: LabelKind::Single,
            dense: vec![1.0, 2.0, 3.0, 4.0],
            dense_bias: vec![0.5, -0.5],
            out: (0..2 * labels.len()).map(|i| i as f32).collect(),
            out_bias: vec![0.0; labels.len()],
        };
        let heads = [head("mood", &["good", "bad"]), head("topic", &["a", "b", "c"])];
        let bytes = heads_model(&heads, 2, "test").encode_to_vec();
        let labels_of = |head: &HeadParameters| TaskLabels {
            task: head.task.clone(),
            labels: head.labels.clone(),
            kind: head.kind,
        };
        let tasks: Vec<TaskLabels> = heads.iter().map(labels_of).collect();
        assert_eq!(read_heads(Path::new("h"), &bytes, 2, &tasks).unwrap(), heads);
        let unknown = [TaskLabels::single("humour", &["yes"])];
        let error = read_heads(Path::new("h"), &bytes, 2, &unknown).unwrap_err().to_string();
        assert!(error.contains("heads.humour"), "{error}");
    }
}
