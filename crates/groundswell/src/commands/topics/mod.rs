//! `topics`: what people talk about.

mod evaluate;
mod events;
mod fit;
mod guide;
mod list;
mod npy;
mod replay;
mod show;
mod tree;

use super::{Surroundings, UsageError, labelled};
use crate::cli::{Topics, TopicsWhat};
use anyhow::Result;
use groundswell_engine::{EngineError, topics};
use groundswell_insight::InsightError;

pub(crate) async fn run(surroundings: &Surroundings, options: Topics) -> Result<()> {
    match options.what {
        TopicsWhat::Fit(options) => fit::fit(surroundings, options).await,
        TopicsWhat::Merge(options) => fit::merge(surroundings, options).await,
        TopicsWhat::Reduce(options) => fit::reduce(surroundings, options).await,
        TopicsWhat::List(options) => list::run(surroundings, &options.name).await,
        TopicsWhat::Show(options) => show::run(surroundings, options).await,
        TopicsWhat::Events(options) => events::run(surroundings, options).await,
        TopicsWhat::Tree(options) => tree::run(surroundings, &options.name).await,
        TopicsWhat::Evaluate(options) => evaluate::run(surroundings, options).await,
    }
}

/// Tells impossible wishes from failures.
fn usage(error: InsightError) -> anyhow::Error {
    match error {
        InsightError::Topics(_) | InsightError::UnknownTopic { .. } | InsightError::MergeOne => {
            UsageError(error.to_string()).into()
        }
        error => error.into(),
    }
}

/// As [`usage`], of what the engine did.
fn usage_of(error: EngineError) -> anyhow::Error {
    match error {
        EngineError::Insight(error) => usage(error),
        EngineError::UnknownFit { .. } => UsageError(error.to_string()).into(),
        error => error.into(),
    }
}

/// Finds a stored fit by its name.
async fn stored(local: &dyn groundswell_engine::Runner, name: &str) -> Result<topics::StoredFit> {
    let fits = topics::stored_fits(local).await?;
    let known = fits.iter().map(|fit| fit.name.as_str()).collect::<Vec<_>>().join(", ");
    fits.into_iter()
        .find(|fit| fit.name == name)
        .ok_or_else(|| usage_of(EngineError::UnknownFit { name: name.to_owned(), known }))
}

/// Writes a text as a constant of a query.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
