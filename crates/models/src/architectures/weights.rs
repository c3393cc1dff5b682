//! Named tensors and their safetensors files.
//!
//! Tensors keep the names and the orientation of the Hugging Face checkpoints: the weight of a linear layer is
//! `[out, in]`. Format: <https://huggingface.co/docs/safetensors>.

use std::collections::BTreeMap;
use std::path::Path;

use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::error::ModelError;

/// Holds one tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// The length of every axis.
    pub shape: Vec<usize>,
    /// The values, as many as the product of the shape.
    pub values: Vec<f32>,
}

impl NamedTensor {
    /// Gives the transpose of a matrix.
    pub fn transposed(&self) -> NamedTensor {
        let (rows, columns) = (self.shape[0], self.shape[1]);
        let mut values = Vec::with_capacity(self.values.len());
        for column in 0..columns {
            for row in 0..rows {
                values.push(self.values[row * columns + column]);
            }
        }
        NamedTensor { shape: vec![columns, rows], values }
    }

    /// Gathers rows of a matrix.
    ///
    /// # Errors
    /// Fails if a row lies outside the matrix.
    pub fn gather_rows(&self, rows: &[u32]) -> Result<NamedTensor, ModelError> {
        let columns = self.shape[1];
        let mut values = Vec::with_capacity(rows.len() * columns);
        for &row in rows {
            let start = row as usize * columns;
            let Some(row_values) = self.values.get(start..start + columns) else {
                return Err(ModelError::Invalid(format!(
                    "row `{row}` lies outside a matrix of `{}` rows; use the vocabulary of the weights",
                    self.shape[0]
                )));
            };
            values.extend_from_slice(row_values);
        }
        Ok(NamedTensor { shape: vec![rows.len(), columns], values })
    }
}

/// Holds the tensors of a model by name, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    tensors: BTreeMap<String, NamedTensor>,
}

impl Weights {
    /// Reads the f32, f16 and bf16 values of a safetensors file. Tensors of other types, such as the numbers of the positions that
    /// published encoders hold beside their weights, are left out.
    ///
    /// # Errors
    /// Fails if the file cannot be read or is no safetensors file.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|error| ModelError::file(path, error))?;
        let file = SafeTensors::deserialize(&bytes)
            .map_err(|error| ModelError::format(path, "safetensors file", error))?;
        let mut weights = Self::default();
        for (name, view) in file.iter() {
            let values = match view.dtype() {
                Dtype::F32 => decode::<4>(view.data(), f32::from_le_bytes),
                Dtype::F16 => decode::<2>(view.data(), |b| f16::from_le_bytes(b).to_f32()),
                Dtype::BF16 => decode::<2>(view.data(), |b| bf16::from_le_bytes(b).to_f32()),
                _ => continue,
            };
            let shape = view.shape().to_vec();
            weights.insert(name.to_owned(), NamedTensor { shape, values });
        }
        Ok(weights)
    }

    /// Writes the tensors as f32. The file appears whole or not at all.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ModelError> {
        let encoded: Vec<(&String, &NamedTensor, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, tensor)| {
                let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
                (name, tensor, bytes)
            })
            .collect();
        let mut views = Vec::with_capacity(encoded.len());
        for (name, tensor, bytes) in &encoded {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)
                .map_err(|error| ModelError::format(path, "set of tensors", error))?;
            views.push((name.as_str(), view));
        }
        let bytes = safetensors::serialize(views, None)
            .map_err(|error| ModelError::format(path, "set of tensors", error))?;
        write_whole(path, &bytes)
    }

    /// Adds a tensor, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, tensor: NamedTensor) {
        self.tensors.insert(name.into(), tensor);
    }

    /// Gives the tensor of this name.
    ///
    /// # Errors
    /// Fails if there is none.
    pub fn get(&self, name: &str) -> Result<&NamedTensor, ModelError> {
        self.find(name).ok_or_else(|| ModelError::MissingTensor { name: name.to_owned() })
    }

    /// Gives the tensor of this name if there is one.
    pub fn find(&self, name: &str) -> Option<&NamedTensor> {
        self.tensors.get(name)
    }

    /// Gives all tensors in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &NamedTensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }
}

fn decode<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| convert(*chunk)).collect()
}

/// Writes a file beside its place and then moves it there, so that a reader never sees half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, bytes).map_err(|error| ModelError::file(path, error))?;
    std::fs::rename(&partial, path).map_err(|error| ModelError::file(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote() {
        let path = std::env::temp_dir().join(format!("groundswell-weights-{}", std::process::id()));
        let mut weights = Weights::default();
        weights.insert(
            "b",
            NamedTensor { shape: vec![2, 3], values: vec![1.0, -2.5, 3.0, 0.0, 1e-9, 6.0] },
        );
        weights.insert("a", NamedTensor { shape: vec![1], values: vec![f32::MAX] });
        weights.write(&path).unwrap();
        assert_eq!(Weights::read(&path).unwrap(), weights);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn leaves_out_what_is_no_float() {
        let path = std::env::temp_dir().join(format!("groundswell-types-{}", std::process::id()));
        let view = |kind, bytes: &'static [u8]| TensorView::new(kind, vec![1], bytes).unwrap();
        let tensors = [("ids", view(Dtype::I64, &[1; 8])), ("weight", view(Dtype::F32, &[0; 4]))];
        std::fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
        let weights = Weights::read(&path).unwrap();
        let names: Vec<&str> = weights.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["weight"]);
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn transposes_and_gathers() {
        let matrix = NamedTensor { shape: vec![2, 3], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        assert_eq!(matrix.transposed().values, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(matrix.gather_rows(&[1, 1, 0]).unwrap().values[..4], [4.0, 5.0, 6.0, 4.0]);
        assert!(matrix.gather_rows(&[2]).is_err());
    }
}
