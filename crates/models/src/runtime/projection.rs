//! From the mean token vector of a text to its embedding.

use crate::onnx::LinearParameters;
use crate::runtime::arithmetic::with_widest_vectors;
use crate::runtime::head::add_product;

/// Holds the projection of a model in floats.
pub(crate) struct Projection {
    /// `[width, dimension]`.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Projection {
    /// Takes the layer of a file.
    pub(crate) fn new(layer: &LinearParameters) -> Self {
        Self { weight: layer.floats(), bias: layer.bias.clone() }
    }

    /// Gives the width of an embedding.
    pub(crate) fn dimension(&self) -> usize {
        self.bias.len()
    }

    /// Maps a vector; the result is not normalised.
    pub(crate) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        with_widest_vectors(
            #[inline(always)]
            || {
                let mut embedding = self.bias.clone();
                add_product(vector, &self.weight, &mut embedding);
                embedding
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::MatrixValues;

    #[test]
    fn follows_the_formula() {
        let weight =
            MatrixValues::Bytes { values: vec![1, 2, 3, -4, 5, 6], scales: vec![0.5, 1.0, 2.0] };
        let layer = LinearParameters { inputs: 2, outputs: 3, weight, bias: vec![0.0, 1.0, -1.0] };
        let projection = Projection::new(&layer);
        assert_eq!(projection.dimension(), 3);
        assert_eq!(projection.apply(&[1.0, 2.0]), [0.5 - 4.0, 2.0 + 10.0 + 1.0, 6.0 + 24.0 - 1.0]);
    }
}
