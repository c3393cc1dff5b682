//! Training of classifiers: data sets, batches, the optimiser, the loop and its evaluation.

mod adamw;
mod batches;
mod checkpoint;
mod examples;
mod loss;
mod options;
mod prediction;
mod recipe;
mod trainer;
mod validation;

#[cfg(test)]
pub(crate) mod tiny;

pub use adamw::{AdamW, AdamWConfig};
pub use batches::plan_batches;
pub use checkpoint::{has_checkpoint, remove_checkpoint};
pub use examples::{
    Example, Label, TokenizedExample, read_tokenizer, token_ids, tokenize, weigh_by_rarity,
};
pub use loss::{Found, ShardTask};
pub use options::TrainingOptions;
pub use prediction::predict;
pub use recipe::{LabelledText, Meaning, ReadSet, Recipe, SetRecipe, Split, read_labelled_texts};
pub use trainer::{Trainer, TrainingProgress};

pub(crate) use examples::classes_of;
pub(crate) use loss::heads_loss;
pub(crate) use recipe::repeated;
pub(crate) use validation::{measure_of, validation_score};
