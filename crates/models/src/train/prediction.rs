//! Scores of texts by a network that is not learning.

use burn::tensor::Device;

use crate::architectures::{Network, floats};
use crate::train::batches::plan_batches;

/// Computes the scores of all labels before softmax for texts: per text, per task, per label.
pub fn predict(network: &impl Network, rows: &[&[u32]], token_budget: usize) -> Vec<Vec<Vec<f32>>> {
    let device = Device::flex();
    let lengths: Vec<usize> = rows.iter().map(|row| row.len()).collect();
    let mut results = vec![Vec::new(); rows.len()];
    for batch in plan_batches(&lengths, token_budget, 0) {
        let texts: Vec<&[u32]> = batch.iter().map(|index| rows[*index]).collect();
        for logits in network.logits(&texts, None, &device) {
            let width = logits.dims()[1];
            let values = floats(logits);
            for (index, scores) in batch.iter().zip(values.chunks(width)) {
                results[*index].push(scores.to_vec());
            }
        }
    }
    results
}
