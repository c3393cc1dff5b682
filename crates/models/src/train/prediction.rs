//! Scores of texts by a network that is not learning.

use std::num::NonZero;

use burn::tensor::Device;

use crate::architectures::{Network, floats};
use crate::runtime::single_thread;
use crate::train::batches::plan_batches;

/// Computes the scores of all labels before softmax for texts: per text, per task, per label. Batches are shared out to the cores;
/// how many there are changes no score.
pub fn predict(network: &impl Network, rows: &[&[u32]], token_budget: usize) -> Vec<Vec<Vec<f32>>> {
    let lengths: Vec<usize> = rows.iter().map(|row| row.len()).collect();
    let batches = plan_batches(&lengths, token_budget, 0);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(batches.len());
    let mut results = vec![Vec::new(); rows.len()];
    std::thread::scope(|scope| {
        let mut running = Vec::with_capacity(cores);
        for core in 0..cores {
            let (network, batches) = (network.clone(), &batches);
            let own = move || batches.iter().skip(core).step_by(cores);
            running.push(scope.spawn(move || {
                let scored = || own().map(|batch| scores_of(&network, rows, batch)).collect();
                // A pool of one thread keeps each operation on this core.
                match single_thread() {
                    Ok(pool) => pool.install(scored),
                    Err(_) => scored(),
                }
            }));
        }
        for (core, part) in running.into_iter().enumerate() {
            let part: Vec<Vec<Vec<Vec<f32>>>> =
                part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let own = batches.iter().skip(core).step_by(cores);
            for (index, scores) in own.flatten().zip(part.into_iter().flatten()) {
                results[*index] = scores;
            }
        }
    });
    results
}

/// Scores one batch: per text, per task, per label.
fn scores_of(network: &impl Network, rows: &[&[u32]], batch: &[usize]) -> Vec<Vec<Vec<f32>>> {
    let texts: Vec<&[u32]> = batch.iter().map(|index| rows[*index]).collect();
    let mut scores = vec![Vec::new(); batch.len()];
    for logits in network.logits(&texts, None, &Device::flex()) {
        let width = logits.dims()[1];
        for (scores, values) in scores.iter_mut().zip(floats(logits).chunks(width)) {
            scores.push(values.to_vec());
        }
    }
    scores
}
