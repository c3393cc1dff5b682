//! A head on vectors that do not change: what the architecture `heads` trains.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use crate::architectures::{Dropout, Head, NamedParameter, Network, TaskLabels, head_parameters};
use crate::onnx::HeadParameters;

/// Is a head over a table of vectors; a text is the number of its vector.
#[derive(Module, Debug)]
pub(crate) struct HeadNetwork {
    head: Head,
    #[module(skip)]
    vectors: Arc<[f32]>,
    width: usize,
}

impl HeadNetwork {
    /// Builds a random head over vectors of this width.
    pub(crate) fn new(vectors: Arc<[f32]>, width: usize, labels: usize, seed: u64) -> Self {
        Self { head: Head::seeded(width, labels, seed, &Device::flex()), vectors, width }
    }

    /// Gives the weights of the head.
    pub(crate) fn parameters(&mut self, task: &TaskLabels) -> HeadParameters {
        let values: Vec<Vec<f32>> =
            self.parameters_mut().iter().map(|parameter| parameter.values()).collect();
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_default();
        HeadParameters {
            task: task.task.clone(),
            labels: task.labels.clone(),
            kind: task.kind,
            dense: next(),
            dense_bias: next(),
            out: next(),
            out_bias: next(),
            wide: None,
        }
    }
}

impl Network for HeadNetwork {
    fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        head_parameters("heads.own", &mut self.head)
    }

    fn logits(&self, rows: &[&[u32]], dropout: Option<Dropout>, device: &Device) -> Vec<Tensor<2>> {
        let width = self.width;
        let mut values = Vec::with_capacity(rows.len() * width);
        for row in rows {
            values.extend_from_slice(&self.vectors[row[0] as usize * width..][..width]);
        }
        let mut pooled = Tensor::from_data(TensorData::new(values, [rows.len(), width]), device);
        if let Some(dropout) = dropout {
            pooled = dropout.apply(pooled, device);
        }
        vec![self.head.forward(pooled)]
    }
}
