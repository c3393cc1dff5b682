//! TextCNN: filters of several widths over word vectors, the strongest answer of each, one dense layer.
//!
//! Kim 2014, arXiv:1408.5882, with pieces of a vocabulary in the place of words.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use crate::architectures::encoder::linear;
use crate::architectures::network::{Dropout, Network};
use crate::architectures::parameters::NamedParameter;
use crate::architectures::scratch::{PieceVectors, ScratchConfig};

/// How many pieces a filter sees.
const FILTER_WIDTHS: [usize; 3] = [2, 3, 4];

/// Is a convolutional network over pieces.
#[derive(Module, Debug)]
pub struct TextCnn {
    words: PieceVectors,
    /// One layer per filter width, `[width · dimension, filters]`.
    filters: Vec<Linear>,
    out: Vec<Linear>,
    #[module(skip)]
    tasks: Vec<String>,
}

impl TextCnn {
    /// Builds a random network.
    pub fn new(config: &ScratchConfig, device: &Device) -> Self {
        let filters = FILTER_WIDTHS
            .map(|width| LinearConfig::new(width * config.dimension, config.width).init(device));
        let inner = FILTER_WIDTHS.len() * config.width;
        Self {
            words: PieceVectors::new(config, device),
            filters: filters.into(),
            out: config.heads(inner, device),
            tasks: config.task_names(),
        }
    }
}

impl Network for TextCnn {
    fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        let mut parameters = vec![self.words.parameter()];
        for (width, filter) in FILTER_WIDTHS.iter().zip(&mut self.filters) {
            linear(&mut parameters, format!("filters.{width}"), filter);
        }
        for (task, out) in self.tasks.iter().zip(&mut self.out) {
            linear(&mut parameters, format!("heads.{task}.out"), out);
        }
        parameters
    }

    fn logits(&self, rows: &[&[u32]], dropout: Option<Dropout>, device: &Device) -> Vec<Tensor<2>> {
        let batch = self.words.look_up(rows, FILTER_WIDTHS[FILTER_WIDTHS.len() - 1] - 1, device);
        let [texts, tokens, dimension] = batch.vectors.dims();
        let mut strongest = Vec::with_capacity(FILTER_WIDTHS.len());
        for (width, filter) in FILTER_WIDTHS.iter().zip(&self.filters) {
            let places = tokens + 1 - width;
            let shifted: Vec<Tensor<3>> = (0..*width)
                .map(|start| batch.vectors.clone().slice([0..texts, start..start + places]))
                .collect();
            let windows = Tensor::cat(shifted, 2).reshape([texts * places, width * dimension]);
            let answers =
                relu(filter.forward(windows)).reshape([texts, places, filter.weight.dims()[1]]);
            // Windows that begin in the padding answer nothing; those of real pieces are 0 or more.
            let real = batch.is_piece.clone().slice([0..texts, 0..places]);
            strongest.push((answers * real).max_dim(1).squeeze_dim(1));
        }
        let mut pooled = Tensor::cat(strongest, 1);
        if let Some(dropout) = dropout {
            pooled = dropout.apply(pooled, device);
        }
        self.out.iter().map(|out| out.forward(pooled.clone())).collect()
    }
}
