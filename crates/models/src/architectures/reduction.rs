//! Makes a smaller encoder out of a larger one.

use crate::architectures::encoder::{POSITION_EMBEDDINGS, SEGMENT_EMBEDDINGS, WORD_EMBEDDINGS};
use crate::architectures::weights::Weights;
use crate::error::ModelError;

/// Makes the weights of a smaller encoder from a Hugging Face `BertModel`: keeps the listed blocks, in this order, and the
/// listed rows of the word vectors, and folds the vector of the first segment into those of the positions.
///
/// # Errors
/// Fails if a tensor is missing or a row does not exist.
pub fn reduce_weights(
    weights: &Weights,
    layers: &[usize],
    rows: &[u32],
) -> Result<Weights, ModelError> {
    let mut reduced = Weights::default();
    reduced.insert(WORD_EMBEDDINGS, weights.get(WORD_EMBEDDINGS)?.gather_rows(rows)?);
    let mut positions = weights.get(POSITION_EMBEDDINGS)?.clone();
    if let Ok(segments) = weights.get(SEGMENT_EMBEDDINGS) {
        let width = segments.shape[1];
        for position in positions.values.chunks_mut(width) {
            for (value, segment) in position.iter_mut().zip(&segments.values) {
                *value += segment;
            }
        }
    }
    reduced.insert(POSITION_EMBEDDINGS, positions);
    for name in ["embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"] {
        reduced.insert(name, weights.get(name)?.clone());
    }
    for (to, from) in layers.iter().enumerate() {
        let source = format!("encoder.layer.{from}.");
        let mut is_found = false;
        for (name, tensor) in weights.iter() {
            if let Some(rest) = name.strip_prefix(&source) {
                reduced.insert(format!("encoder.layer.{to}.{rest}"), tensor.clone());
                is_found = true;
            }
        }
        if !is_found {
            return Err(ModelError::MissingTensor { name: source });
        }
    }
    Ok(reduced)
}

/// Keeps the vectors of the first positions: the encoder then reads so many pieces of a text at most.
///
/// # Errors
/// Fails if there are fewer.
pub fn keep_positions(weights: &mut Weights, positions: usize) -> Result<(), ModelError> {
    let rows: Vec<u32> = (0..positions as u32).collect();
    let kept = weights.get(POSITION_EMBEDDINGS)?.gather_rows(&rows)?;
    weights.insert(POSITION_EMBEDDINGS, kept);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::NamedTensor;

    #[test]
    fn keeps_blocks_and_rows_and_folds_the_segment() {
        let mut weights = Weights::default();
        let tensor = |shape: [usize; 2], values: &[f32]| NamedTensor {
            shape: shape.to_vec(),
            values: values.to_vec(),
        };
        weights.insert(WORD_EMBEDDINGS, tensor([3, 1], &[0.0, 1.0, 2.0]));
        weights.insert(POSITION_EMBEDDINGS, tensor([2, 1], &[10.0, 20.0]));
        weights.insert(SEGMENT_EMBEDDINGS, tensor([2, 1], &[0.5, 9.0]));
        weights.insert("embeddings.LayerNorm.weight", tensor([1, 1], &[1.0]));
        weights.insert("embeddings.LayerNorm.bias", tensor([1, 1], &[0.0]));
        for layer in [0, 1, 10] {
            weights.insert(format!("encoder.layer.{layer}.x"), tensor([1, 1], &[layer as f32]));
        }
        let reduced = reduce_weights(&weights, &[1, 10], &[0, 2]).unwrap();
        assert_eq!(reduced.get(WORD_EMBEDDINGS).unwrap().values, [0.0, 2.0]);
        assert_eq!(reduced.get(POSITION_EMBEDDINGS).unwrap().values, [10.5, 20.5]);
        assert_eq!(reduced.get("encoder.layer.0.x").unwrap().values, [1.0]);
        assert_eq!(reduced.get("encoder.layer.1.x").unwrap().values, [10.0]);
        assert!(reduced.get("encoder.layer.2.x").is_err());
        assert!(reduce_weights(&weights, &[3], &[0]).is_err());
        let mut shorter = reduced;
        keep_positions(&mut shorter, 1).unwrap();
        assert_eq!(shorter.get(POSITION_EMBEDDINGS).unwrap(), &tensor([1, 1], &[10.5]));
        assert!(keep_positions(&mut shorter, 2).is_err());
    }
}
