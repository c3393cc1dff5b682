//! Training of classifiers: data sets, batches, the optimiser, the loop and its evaluation.

mod adamw;
mod batches;
mod checkpoint;
mod datasets;
mod evaluation;
mod examples;
mod loss;
mod options;
mod prediction;
mod trainer;

#[cfg(test)]
pub(crate) mod tiny;

pub use adamw::{AdamW, AdamWConfig};
pub use batches::plan_batches;
pub use datasets::{PUBLIC_SETS, PublicSet, Split};
pub use evaluation::{ClassScores, Metrics};
pub use examples::{
    EMOTION, Example, Label, LabelSet, SENTIMENT, TokenizedExample, shipped_tasks, tokenize,
    weigh_by_rarity,
};
pub use options::TrainingOptions;
pub use prediction::predict;
pub use trainer::{Trainer, TrainingProgress};
