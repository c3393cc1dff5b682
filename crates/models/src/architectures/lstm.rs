//! A bidirectional LSTM: two recurrent layers that read a text from both ends, a dense layer, softmax.
//!
//! Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; both directions: Graves and Schmidhuber 2005.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use crate::architectures::encoder::linear;
use crate::architectures::network::{Dropout, Network};
use crate::architectures::parameters::NamedParameter;
use crate::architectures::scratch::{PieceVectors, ScratchConfig};

/// Is one recurrent layer; the four gates share a matrix, in the order input, forget, cell, output.
#[derive(Module, Debug)]
struct LstmLayer {
    input: Linear,
    recurrent: Linear,
    width: usize,
}

impl LstmLayer {
    fn new(dimension: usize, width: usize, device: &Device) -> Self {
        let recurrent = LinearConfig::new(width, 4 * width).with_bias(false);
        Self {
            input: LinearConfig::new(dimension, 4 * width).init(device),
            recurrent: recurrent.init(device),
            width,
        }
    }

    /// Reads the vectors of pieces, `[texts, tokens, dimension]`, and gives the state after the last piece of each text,
    /// `[texts, width]`: after its end a text keeps its state.
    fn last_state(&self, vectors: Tensor<3>, is_piece: &Tensor<3>, device: &Device) -> Tensor<2> {
        let [texts, tokens, dimension] = vectors.dims();
        let width = self.width;
        let inputs = self.input.forward(vectors.reshape([texts * tokens, dimension]));
        let inputs = inputs.reshape([texts, tokens, 4 * width]);
        let mut hidden = Tensor::<2>::zeros([texts, width], device);
        let mut cell = Tensor::<2>::zeros([texts, width], device);
        for place in 0..tokens {
            let input: Tensor<2> =
                inputs.clone().slice([0..texts, place..place + 1]).squeeze_dim(1);
            let gates = input + self.recurrent.forward(hidden.clone());
            let gate = |number: usize| {
                gates.clone().slice([0..texts, number * width..(number + 1) * width])
            };
            // The forget gate starts open (Gers et al. 2000).
            let kept = sigmoid(gate(1).add_scalar(1.0)) * cell.clone();
            let next_cell = kept + sigmoid(gate(0)) * gate(2).tanh();
            let next_hidden = sigmoid(gate(3)) * next_cell.clone().tanh();
            let real: Tensor<2> =
                is_piece.clone().slice([0..texts, place..place + 1]).squeeze_dim(1);
            hidden = hidden.clone() + (next_hidden - hidden) * real.clone();
            cell = cell.clone() + (next_cell - cell) * real;
        }
        hidden
    }
}

/// Is a bidirectional LSTM over pieces.
#[derive(Module, Debug)]
pub struct BiLstm {
    words: PieceVectors,
    forward: LstmLayer,
    backward: LstmLayer,
    dense: Linear,
    out: Vec<Linear>,
    #[module(skip)]
    tasks: Vec<String>,
}

impl BiLstm {
    /// Builds a random network.
    pub fn new(config: &ScratchConfig, device: &Device) -> Self {
        let (dimension, width) = (config.dimension, config.width);
        Self {
            words: PieceVectors::new(config, device),
            forward: LstmLayer::new(dimension, width, device),
            backward: LstmLayer::new(dimension, width, device),
            dense: LinearConfig::new(2 * width, width).init(device),
            out: config.heads(width, device),
            tasks: config.task_names(),
        }
    }
}

impl Network for BiLstm {
    fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        let mut parameters = vec![self.words.parameter()];
        for (name, layer) in [("forward", &mut self.forward), ("backward", &mut self.backward)] {
            linear(&mut parameters, format!("{name}.input"), &mut layer.input);
            linear(&mut parameters, format!("{name}.recurrent"), &mut layer.recurrent);
        }
        linear(&mut parameters, "dense".to_owned(), &mut self.dense);
        for (task, out) in self.tasks.iter().zip(&mut self.out) {
            linear(&mut parameters, format!("heads.{task}.out"), out);
        }
        parameters
    }

    fn logits(&self, rows: &[&[u32]], dropout: Option<Dropout>, device: &Device) -> Vec<Tensor<2>> {
        let reversed: Vec<Vec<u32>> =
            rows.iter().map(|row| row.iter().rev().copied().collect()).collect();
        let reversed: Vec<&[u32]> = reversed.iter().map(Vec::as_slice).collect();
        let ahead = self.words.look_up(rows, 0, device);
        let back = self.words.look_up(&reversed, 0, device);
        let states = Tensor::cat(
            vec![
                self.forward.last_state(ahead.vectors, &ahead.is_piece, device),
                self.backward.last_state(back.vectors, &back.is_piece, device),
            ],
            1,
        );
        let mut inner = relu(self.dense.forward(states));
        if let Some(dropout) = dropout {
            inner = dropout.apply(inner, device);
        }
        self.out.iter().map(|out| out.forward(inner.clone())).collect()
    }
}
