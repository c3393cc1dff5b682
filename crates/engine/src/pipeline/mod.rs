//! From collected posts to understood posts: each step derives one table from another, incrementally.
//!
//! A step asks which rows are missing, takes them in the order (`created_at`, `post_id`) chunk by chunk, runs one SQL projection over
//! each chunk wherever the [`Runner`] runs queries, and commits the chunk. A run that was killed goes on with the
//! first chunk that has no commit, and makes the same chunks again.

mod collect;
mod derive;
mod prepare;
mod progress;
mod score;
mod topics;

pub use collect::{CollectReport, check_strictly, collect};
pub use progress::{NoProgress, Progress};

use crate::{EngineError, Runner, TableSpec, Workspace};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// Gives a step what it works with.
pub struct StepContext<'a> {
    /// The tables.
    pub workspace: &'a Arc<Workspace>,
    /// Where the queries of the step run.
    pub runner: &'a dyn Runner,
    /// Where the pending rows are found and sorted: a session in this process.
    pub local: &'a dyn Runner,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
    /// Most rows to derive in this run.
    pub limit: Option<u64>,
}

/// Derives one table.
#[async_trait]
pub trait Step: Send + Sync {
    /// Returns the name in `--only` and in progress.
    fn name(&self) -> &'static str;
    /// Says what it does, for help and reports.
    fn summary(&self) -> &'static str;
    /// Returns the table it writes.
    fn table(&self) -> &'static TableSpec;
    /// Brings the table up to date.
    ///
    /// # Errors
    /// When a query or a commit fails; chunks committed before stay.
    async fn run(&self, context: &StepContext<'_>) -> Result<StepReport, EngineError>;
}

/// Lists the steps in the order in which they run.
pub static STEPS: &[&dyn Step] = &[&prepare::Prepare, &score::Score, &topics::Topics];

/// Finds a step by its name.
///
/// # Errors
/// [`EngineError::UnknownStep`], listing the names there are.
pub fn find_step(name: &str) -> Result<&'static dyn Step, EngineError> {
    let known = || STEPS.iter().map(|step| step.name()).collect::<Vec<_>>().join(", ");
    STEPS
        .iter()
        .copied()
        .find(|step| step.name() == name)
        .ok_or_else(|| EngineError::UnknownStep { name: name.to_owned(), known: known() })
}

/// Says what a step did.
#[derive(Debug, Clone, Default)]
pub struct StepReport {
    /// Name of the step.
    pub step: &'static str,
    /// Rows it derived.
    pub posts: u64,
    /// Model tokens it read, for steps that run models in this process.
    pub tokens: u64,
    /// Wall time.
    pub elapsed: Duration,
}
