//! A quick head on frozen vectors: what an encoder knows of a task without learning it.

use std::sync::Arc;

use crate::architectures::LabelKind;
use crate::error::ModelError;
use crate::lab::heads::HeadNetwork;
use crate::lab::labelled::Parts;
use crate::lab::trained::Reads;
use crate::parallel::on_all_cores;
use crate::runtime::Runtime;
use crate::train::{
    Example, TokenizedExample, Trainer, TrainingOptions, predict, validation_score,
};

/// Fits a head on the vectors of the training part and scores it on the validation part: macro-F1.
///
/// # Errors
/// Fails if the tokenizer refuses a text.
pub(crate) fn probe(runtime: &Runtime, parts: &Parts) -> Result<f64, ModelError> {
    let task = &parts.task;
    debug_assert_eq!(task.kind, LabelKind::Single);
    let (vectors, numbered) = vectors_of(runtime, Reads::Encoder, &parts.train, &parts.validation)?;
    let (train, validation) = numbered.split_at(parts.train.len());
    let network = HeadNetwork::new(vectors, runtime.width(), task.labels.len(), 42);
    let options = TrainingOptions {
        epochs: 15,
        token_budget: 32,
        shards: 1,
        head_rate: 1e-3,
        ..TrainingOptions::default()
    };
    let mut trainer = Trainer::new(network, options)?;
    trainer.run(train, |_, _| Ok(true))?;
    let rows: Vec<&[u32]> = validation.iter().map(|example| example.ids.as_slice()).collect();
    let logits = predict(&trainer.network(), &rows, 4096);
    let scores: Vec<Vec<f32>> = logits.into_iter().map(|mut tasks| tasks.swap_remove(0)).collect();
    validation_score(&scores, &parts.validation, task)
}

/// Computes the vectors of two parts one after another, and examples that name them by number.
pub(crate) fn vectors_of(
    runtime: &Runtime,
    reads: Reads,
    train: &[Example],
    validation: &[Example],
) -> Result<(Arc<[f32]>, Vec<TokenizedExample>), ModelError> {
    let examples: Vec<&Example> = train.iter().chain(validation).collect();
    let found = on_all_cores(&examples, |part| reads.vectors(runtime, part))?;
    let mut vectors = Vec::with_capacity(found.len() * runtime.width());
    for vector in found {
        vectors.extend_from_slice(&vector);
    }
    let numbered = examples.iter().enumerate().map(|(number, example)| TokenizedExample {
        ids: vec![number as u32],
        labels: example.labels.clone(),
    });
    Ok((Arc::from(vectors), numbered.collect()))
}
