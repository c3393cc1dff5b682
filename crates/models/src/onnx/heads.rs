//! The heads of the tasks: their parameters, and their ONNX file.
//!
//! The file takes `pooled`, `[batch, width]` of floats, and gives for every task an output of its name with the
//! probabilities of the labels, `[batch, labels]`, and `embedding` (`projection.rs`). If a head has a wide part, it also takes `input_ids` and `attention_mask`, as the
//! encoder does.

use std::path::Path;

use crate::architectures::{
    ClassifierConfig, LabelKind, NamedTensor, Projection, RUN_FACTORS, TaskLabels, Weights,
    WideTable,
};
use crate::error::ModelError;
use crate::onnx::builder::{Axis, GraphBuilder, Value, integer_attribute};
use crate::onnx::parameters::{LinearParameters, MatrixValues};
use crate::onnx::projection;
use crate::onnx::proto::ModelProto;
use crate::onnx::reader::Constants;
use crate::onnx::rounding::{TABLE_BYTE_LIMIT, round_columns};

/// Holds what reads the mean token vector of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heads {
    /// The heads of the tasks.
    pub tasks: Vec<HeadParameters>,
    /// What maps the vector to the embedding; without it the vector is the embedding.
    pub projection: Option<LinearParameters>,
}

/// Holds the head of a task: a layer with tanh, then one score per label, to which those of the wide part are added.
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
    /// The wide part, if it has one.
    pub wide: Option<WideParameters>,
}

/// Holds the wide part of a head (`architectures/wide.rs`) in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct WideParameters {
    /// The number of rows.
    pub rows: usize,
    /// The table, `[rows, labels]`.
    pub values: Vec<i8>,
    /// The scale of every label.
    pub scales: Vec<f32>,
}

impl WideParameters {
    fn rounded(table: &WideTable, labels: usize) -> Self {
        let (values, scales) = round_columns(table.values(), labels, TABLE_BYTE_LIMIT);
        Self { rows: table.rows(), values, scales }
    }
}

/// Takes heads and projection from a checkpoint.
///
/// # Errors
/// Fails if a tensor is missing or of another shape.
pub fn heads_from_weights(
    config: &ClassifierConfig,
    weights: &Weights,
) -> Result<Heads, ModelError> {
    let width = config.encoder.hidden_size;
    let heads = config.tasks.iter().map(|task| HeadParameters::from_weights(task, weights, width));
    let projection = Projection::from_weights(weights, width)?;
    Ok(Heads {
        tasks: heads.collect::<Result<_, _>>()?,
        projection: projection.as_ref().map(projection::rounded),
    })
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
            wide: WideTable::from_weights(weights, task)?
                .map(|table| WideParameters::rounded(&table, labels)),
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
        if let Some(wide) = &self.wide {
            let scales = wide.scales.iter().cycle();
            let values =
                wide.values.iter().zip(scales).map(|(byte, scale)| f32::from(*byte) * scale);
            let shape = vec![wide.rows, self.labels.len()];
            let tensor = NamedTensor { shape, values: values.collect() };
            weights.insert(format!("{prefix}.wide.weight"), tensor);
        }
        weights
    }
}

/// Builds the model of the heads.
pub fn heads_model(heads: &Heads, width: usize, description: &str) -> ModelProto {
    let mut graph = GraphBuilder::default();
    let pooled = graph.float_input("pooled", &[Axis::Named("batch"), Axis::Fixed(width)]);
    if let Some(projection) = &heads.projection {
        projection::add_embedding(&mut graph, &pooled, projection);
    }
    let runs = heads.tasks.iter().any(|head| head.wide.is_some()).then(|| Runs::new(&mut graph));
    for head in &heads.tasks {
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
        let mut scores = graph.node("Add", &[&scores, &out_bias]);
        if let (Some(wide), Some(runs)) = (&head.wide, &runs) {
            let added = runs.scores(&mut graph, &format!("{prefix}.wide.weight"), wide);
            scores = graph.node("Add", &[&scores, &added]);
        }
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

/// Are the runs of pieces of a batch of texts.
struct Runs {
    /// `[batch, runs]`: what they hash to, before the modulus of a table.
    hashes: Value,
    /// `[batch, runs, 1]`: what their rows are multiplied by, 0 where a run reaches into padding.
    weights: Value,
    /// The axis of the runs.
    axis: Value,
}

impl Runs {
    /// Computes the runs of the inputs `input_ids` and `attention_mask`.
    fn new(graph: &mut GraphBuilder) -> Self {
        let axes = [Axis::Named("batch"), Axis::Named("length")];
        let ids = graph.input("input_ids", &axes);
        let mask = graph.input("attention_mask", &axes);
        let axis = graph.integers("run_axis", &[1]);
        let end = graph.integers("run_end", &[i64::MAX]);
        let (mut hashes, mut present) = (Vec::new(), Vec::new());
        for factors in RUN_FACTORS {
            let last = factors.len() - 1;
            let mut sum: Option<Value> = None;
            for (place, factor) in factors.iter().enumerate() {
                let name = format!("run_factor_{}_{place}", factors.len());
                let factor = graph.integers(&name, &[*factor as i64]);
                // The pieces at this place of every run: from `place` on, without those that no run of this length begins with.
                let from = graph.integers(&format!("{name}.from"), &[place as i64]);
                let to = match last - place {
                    0 => end.clone(),
                    left => graph.integers(&format!("{name}.to"), &[-(left as i64)]),
                };
                let pieces = graph.node("Slice", &[&ids, &from, &to, &axis]);
                let product = graph.node("Mul", &[&pieces, &factor]);
                sum = Some(match sum {
                    Some(sum) => graph.node("Add", &[&sum, &product]),
                    None => product,
                });
                if place == last {
                    present.push(graph.node("Slice", &[&mask, &from, &to, &axis]));
                }
            }
            hashes.extend(sum);
        }
        let joined = |graph: &mut GraphBuilder, parts: &[Value]| {
            let parts: Vec<&Value> = parts.iter().collect();
            graph.node_with("Concat", &parts, vec![integer_attribute("axis", 1)])
        };
        let hashes = joined(graph, &hashes);
        let present = joined(graph, &present);
        let present = graph.cast_to_float(&present);
        let count = graph.node("ReduceSum", &[&present, &axis]);
        let root = graph.node("Sqrt", &[&count]);
        let weights = graph.node("Div", &[&present, &root]);
        let last_axis = graph.integers("run_last_axis", &[2]);
        let weights = graph.node("Unsqueeze", &[&weights, &last_axis]);
        Self { hashes, weights, axis }
    }

    /// Adds up the rows of a table: `[batch, labels]`.
    fn scores(&self, graph: &mut GraphBuilder, name: &str, wide: &WideParameters) -> Value {
        let labels = wide.scales.len();
        let table = graph.signed_bytes(name, &[wide.rows, labels], &wide.values);
        let scales = graph.floats(&format!("{name}.scale"), &[labels], &wide.scales);
        let modulus = graph.integers(&format!("{name}.rows"), &[wide.rows as i64]);
        let rows = graph.node("Mod", &[&self.hashes, &modulus]);
        let found = graph.node("Gather", &[&table, &rows]);
        let found = graph.cast_to_float(&found);
        let weighted = graph.node("Mul", &[&found, &self.weights]);
        let drop_axis = vec![integer_attribute("keepdims", 0)];
        let sum = graph.node_with("ReduceSum", &[&weighted, &self.axis], drop_axis);
        graph.node("Mul", &[&sum, &scales])
    }
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
) -> Result<Heads, ModelError> {
    let mut constants = Constants::decode(path, bytes)?;
    let projection = projection::take(&mut constants, width)?;
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
            wide: read_wide(&mut constants, &format!("{prefix}.wide.weight"), labels.len())?,
        });
    }
    Ok(Heads { tasks: heads, projection })
}

fn read_wide(
    constants: &mut Constants<'_>,
    name: &str,
    labels: usize,
) -> Result<Option<WideParameters>, ModelError> {
    if !constants.holds(name) {
        return Ok(None);
    }
    match constants.matrix(name, 1)? {
        ([rows, columns], MatrixValues::Bytes { values, scales }) if columns == labels => {
            Ok(Some(WideParameters { rows, values, scales }))
        }
        (shape, _) => Err(constants.wrong(format!(
            "tensor `{name}` has shape `{shape:?}`, expected bytes for `{labels}` labels"
        ))),
    }
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
            wide: None,
        };
        let mut tasks = vec![head("mood", &["good", "bad"]), head("topic", &["a", "b", "c"])];
        let values = vec![1, -2, 127, 0, 5, -127];
        tasks[0].wide = Some(WideParameters { rows: 3, values, scales: vec![0.5, 0.25] });
        let weight =
            MatrixValues::Bytes { values: vec![1, -2, 63, 0, 5, -63], scales: vec![0.5; 3] };
        let layer = LinearParameters { inputs: 2, outputs: 3, weight, bias: vec![0.0, 1.0, 2.0] };
        let labels_of = |head: &HeadParameters| TaskLabels {
            task: head.task.clone(),
            labels: head.labels.clone(),
            kind: head.kind,
        };
        let named: Vec<TaskLabels> = tasks.iter().map(labels_of).collect();
        let weights = tasks[0].to_weights(2);
        let table = weights.get("heads.mood.wide.weight").unwrap();
        assert_eq!(table.values, [0.5, -0.5, 63.5, 0.0, 2.5, -31.75]);
        assert_eq!(HeadParameters::from_weights(&named[0], &weights, 2).unwrap(), tasks[0]);
        let mut heads = Heads { tasks, projection: None };
        for projection in [None, Some(layer)] {
            heads.projection = projection;
            let bytes = heads_model(&heads, 2, "test").encode_to_vec();
            assert_eq!(read_heads(Path::new("h"), &bytes, 2, &named).unwrap(), heads);
        }
        let bytes = heads_model(&heads, 2, "test").encode_to_vec();
        let unknown = [TaskLabels::single("humour", &["yes"])];
        let error = read_heads(Path::new("h"), &bytes, 2, &unknown).unwrap_err().to_string();
        assert!(error.contains("heads.humour"), "{error}");
    }
}
