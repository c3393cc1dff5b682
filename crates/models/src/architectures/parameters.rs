//! The parameters of a module under the names of its checkpoint.

use burn::module::{Param, ParamId};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

use crate::architectures::weights::{NamedTensor, Weights};
use crate::error::ModelError;

/// Points at a parameter of a module.
pub enum Slot<'a> {
    /// A bias or the scale of a normalisation.
    Vector(&'a mut Param<Tensor<1>>),
    /// A matrix that the file stores as it is, such as an embedding table.
    Matrix(&'a mut Param<Tensor<2>>),
    /// The weight of a linear layer: `[in, out]` in memory, `[out, in]` in the file.
    Linear(&'a mut Param<Tensor<2>>),
}

/// Joins a parameter with its name in the file.
pub struct NamedParameter<'a> {
    /// The name in the safetensors file.
    pub name: String,
    /// The parameter.
    pub slot: Slot<'a>,
}

impl<'a> NamedParameter<'a> {
    pub(crate) fn new(name: String, slot: Slot<'a>) -> Self {
        Self { name, slot }
    }

    /// Gives the shape in memory.
    pub fn shape(&self) -> Vec<usize> {
        match &self.slot {
            Slot::Vector(parameter) => parameter.val().dims().to_vec(),
            Slot::Matrix(parameter) | Slot::Linear(parameter) => parameter.val().dims().to_vec(),
        }
    }

    /// Copies the values in the order of memory.
    pub fn values(&self) -> Vec<f32> {
        match &self.slot {
            Slot::Vector(parameter) => floats(parameter.val()),
            Slot::Matrix(parameter) | Slot::Linear(parameter) => floats(parameter.val()),
        }
    }

    /// Sets the values, given in the order of memory; only a trainable parameter receives gradients.
    pub fn assign(&mut self, values: Vec<f32>, trainable: bool, device: &Device) {
        let shape = self.shape();
        let data = TensorData::new(values, shape);
        match &mut self.slot {
            Slot::Vector(parameter) => **parameter = parameter_of(data, trainable, device),
            Slot::Matrix(parameter) | Slot::Linear(parameter) => {
                **parameter = parameter_of(data, trainable, device);
            }
        }
    }

    /// Takes the gradient out of the result of a backward pass.
    pub fn take_gradient(&self, gradients: &mut Gradients) -> Option<Vec<f32>> {
        match &self.slot {
            Slot::Vector(parameter) => parameter.val().grad_remove(gradients).map(floats),
            Slot::Matrix(parameter) | Slot::Linear(parameter) => {
                parameter.val().grad_remove(gradients).map(floats)
            }
        }
    }

    /// Sets the values from a file.
    ///
    /// # Errors
    /// Fails if the file has no such tensor or one of another shape.
    pub fn load(&mut self, weights: &Weights, device: &Device) -> Result<(), ModelError> {
        let stored = weights.get(&self.name)?;
        let mut expected = self.shape();
        if matches!(self.slot, Slot::Linear(_)) {
            expected.reverse();
        }
        if stored.shape != expected {
            let (name, found) = (self.name.clone(), stored.shape.clone());
            return Err(ModelError::Shape { name, found, expected });
        }
        let values = match self.slot {
            Slot::Linear(_) => stored.transposed().values,
            Slot::Vector(_) | Slot::Matrix(_) => stored.values.clone(),
        };
        self.assign(values, false, device);
        Ok(())
    }

    /// Gives the tensor as the file stores it.
    pub fn stored(&self) -> NamedTensor {
        let tensor = NamedTensor { shape: self.shape(), values: self.values() };
        match self.slot {
            Slot::Linear(_) => tensor.transposed(),
            Slot::Vector(_) | Slot::Matrix(_) => tensor,
        }
    }
}

fn parameter_of<const D: usize>(
    data: TensorData,
    trainable: bool,
    device: &Device,
) -> Param<Tensor<D>> {
    let tensor = Tensor::<D>::from_data(data, device).set_require_grad(trainable);
    Param::initialized(ParamId::new(), tensor)
}

/// Copies the values of a tensor of floats.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data();
    match data.as_slice::<f32>() {
        Ok(values) => values.to_vec(),
        Err(_) => data.iter::<f32>().collect(),
    }
}
