//! Low-rank adapters (LoRA: Hu et al. 2021, arXiv:2106.09685).
//!
//! A frozen matrix `W` acts as `W + scale · down · up`; only the two thin matrices learn. `up` starts at zero, so that an
//! encoder with fresh adapters computes what it computed before. After training they are added into `W`.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::architectures::parameters::{NamedParameter, Slot};

/// What the names of adapters hold, and no other parameter's.
pub(crate) const ADAPTER: &str = ".lora_";

/// How much an adapter counts: alpha over rank, with alpha twice the rank.
const SCALE: f32 = 2.0;

/// Is the pair of thin matrices beside one linear layer.
#[derive(Module, Debug)]
pub struct Adapter {
    /// `[in, rank]`.
    down: Param<Tensor<2>>,
    /// `[rank, out]`.
    up: Param<Tensor<2>>,
}

impl Adapter {
    /// Builds an adapter for a square layer that changes nothing yet.
    pub(crate) fn new(width: usize, rank: usize, seed: u64, device: &Device) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let limit = (1.0 / width as f32).sqrt();
        let down: Vec<f32> =
            (0..width * rank).map(|_| random.random_range(-limit..limit)).collect();
        let down = Tensor::from_data(TensorData::new(down, [width, rank]), device);
        Self {
            down: Param::initialized(ParamId::new(), down),
            up: Param::initialized(ParamId::new(), Tensor::zeros([rank, width], device)),
        }
    }

    /// Computes what the adapter adds for the vectors of tokens, `[texts, tokens, width]`.
    pub(crate) fn forward(&self, hidden: Tensor<3>) -> Tensor<3> {
        let [texts, tokens, width] = hidden.dims();
        let flat = hidden.reshape([texts * tokens, width]);
        let added = flat.matmul(self.down.val()).matmul(self.up.val()).mul_scalar(SCALE);
        added.reshape([texts, tokens, width])
    }

    /// Adds the product of the two matrices to a layer.
    pub(crate) fn merge_into(&self, layer: &mut Linear) {
        let product = self.down.val().matmul(self.up.val()).mul_scalar(SCALE);
        let merged = layer.weight.val() + product;
        layer.weight = Param::initialized(ParamId::new(), merged);
    }

    /// Lists the two matrices under `<name>.lora_down` and `<name>.lora_up`.
    pub(crate) fn parameters_mut(&mut self, name: &str) -> [NamedParameter<'_>; 2] {
        [
            NamedParameter::new(format!("{name}{ADAPTER}down"), Slot::Matrix(&mut self.down)),
            NamedParameter::new(format!("{name}{ADAPTER}up"), Slot::Matrix(&mut self.up)),
        ]
    }
}
