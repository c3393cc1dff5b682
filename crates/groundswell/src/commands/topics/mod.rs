//! `topics`: what people talk about.

mod evaluate;

use super::{Surroundings, UsageError, labelled};
use crate::cli::{Topics, TopicsWhat};
use anyhow::Result;

pub(crate) async fn run(surroundings: &Surroundings, options: Topics) -> Result<()> {
    match options.what {
        TopicsWhat::Evaluate(options) => evaluate::run(surroundings, options).await,
    }
}
