//! What the training loop asks of a neural network.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::architectures::parameters::NamedParameter;
use crate::train::{ShardTask, TrainingOptions, heads_loss};

/// Is a neural network over token ids with one output per task and label.
pub trait Network: Clone + Send + Sync {
    /// Lists the parameters under the names of the checkpoint; those of the last layers start with `heads.`.
    fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>>;

    /// Computes the scores of the labels before softmax, `[texts, labels]` per task; every row has at least one token.
    fn logits(&self, rows: &[&[u32]], dropout: Option<Dropout>, device: &Device) -> Vec<Tensor<2>>;

    /// Computes what training makes small: the sum over the examples of a part of a batch, times its scale. Unless a network has
    /// an aim of its own, that of its heads against the labels.
    fn loss(&self, part: &ShardTask<'_>, options: &TrainingOptions, device: &Device) -> Tensor<1>
    where
        Self: Sized,
    {
        heads_loss(self, part, options, device)
    }
}

/// Blanks a share of values in training (Srivastava et al. 2014).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The share of values that become 0; the others grow so that the mean stays.
    pub share: f32,
    /// The seed of the choice.
    pub seed: u64,
}

impl Dropout {
    /// Blanks values of a `[rows, width]` tensor.
    pub fn apply(self, values: Tensor<2>, device: &Device) -> Tensor<2> {
        let shape = values.dims();
        values * Tensor::from_data(TensorData::new(self.mask(shape[0] * shape[1]), shape), device)
    }

    fn mask(self, count: usize) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let kept = 1.0 / (1.0 - self.share);
        (0..count).map(|_| if random.random::<f32>() < self.share { 0.0 } else { kept }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropout_keeps_the_mean() {
        let mask = Dropout { share: 0.2, seed: 3 }.mask(10_000);
        let mean = mask.iter().sum::<f32>() / mask.len() as f32;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!(mask.contains(&0.0));
    }
}
