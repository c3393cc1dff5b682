//! The projection of an encoder, as a checkpoint holds it.

use crate::architectures::weights::{NamedTensor, Weights};
use crate::error::ModelError;

const WEIGHT: &str = "projection.weight";
const BIAS: &str = "projection.bias";

/// Maps the mean token vector of a text to its embedding: `embedding = weight · mean + bias`.
///
/// It does not learn with the network; `training/train.py` teaches it.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    weight: NamedTensor,
    bias: NamedTensor,
}

impl Projection {
    /// Takes the projection from a checkpoint, if it has one, given the width of the encoder.
    ///
    /// # Errors
    /// Fails if a tensor is missing or of another shape.
    pub fn from_weights(weights: &Weights, width: usize) -> Result<Option<Self>, ModelError> {
        let Some(weight) = weights.find(WEIGHT) else { return Ok(None) };
        let wrong = |name: &str, tensor: &NamedTensor, expected: Vec<usize>| ModelError::Shape {
            name: name.to_owned(),
            found: tensor.shape.clone(),
            expected,
        };
        let dimension = match weight.shape[..] {
            [dimension, columns] if dimension > 0 && columns == width => dimension,
            _ => return Err(wrong(WEIGHT, weight, vec![width, width])),
        };
        let bias = weights.get(BIAS)?;
        if bias.shape != [dimension] {
            return Err(wrong(BIAS, bias, vec![dimension]));
        }
        Ok(Some(Self { weight: weight.clone(), bias: bias.clone() }))
    }

    /// Puts the projection among the tensors of a checkpoint.
    pub(crate) fn insert_into(&self, weights: &mut Weights) {
        weights.insert(WEIGHT, self.weight.clone());
        weights.insert(BIAS, self.bias.clone());
    }

    /// Gives the weight, `[dimension, width]`.
    pub(crate) fn weight(&self) -> &NamedTensor {
        &self.weight
    }

    /// Gives the bias, `[dimension]`.
    pub(crate) fn bias(&self) -> &NamedTensor {
        &self.bias
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(weight: &[usize], bias: &[usize]) -> Weights {
        let mut weights = Weights::default();
        for (name, shape) in [(WEIGHT, weight), (BIAS, bias)] {
            let values = vec![0.5; shape.iter().product()];
            weights.insert(name, NamedTensor { shape: shape.to_vec(), values });
        }
        weights
    }

    #[test]
    fn a_checkpoint_without_one_has_none_and_one_of_another_shape_is_refused() {
        assert_eq!(Projection::from_weights(&Weights::default(), 4).unwrap(), None);
        let found = Projection::from_weights(&weights(&[2, 4], &[2]), 4).unwrap().unwrap();
        let mut written = Weights::default();
        found.insert_into(&mut written);
        assert_eq!(written, weights(&[2, 4], &[2]));
        for (weight, bias) in [(&[2, 3][..], &[2][..]), (&[2, 4], &[3]), (&[8], &[2])] {
            let error =
                Projection::from_weights(&weights(weight, bias), 4).unwrap_err().to_string();
            assert!(error.contains("projection"), "{error}");
        }
    }
}
