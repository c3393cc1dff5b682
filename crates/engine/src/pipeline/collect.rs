//! Bringing posts in.

use super::Progress;
use crate::tables::{AUTHORS, POSTS, QUARANTINE};
use crate::{EngineError, Workspace};
use groundswell_core::{Batch, Rejected};
use groundswell_sources::{Source, SourceError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Commits after which small files are put together while a long collection goes on.
const COMPACT_EVERY: usize = 32;

/// Says what a collection brought.
#[derive(Debug, Clone, Default)]
pub struct CollectReport {
    /// Posts that were new.
    pub added: u64,
    /// Posts that were stored before.
    pub known: u64,
    /// Records in quarantine.
    pub rejected: u64,
    /// The first of them, for a message.
    pub first_rejected: Option<Rejected>,
    /// Wall time.
    pub elapsed: Duration,
}

/// Reads a source from where it was left to its end, storing batch by batch.
///
/// Reading goes on in a thread of its own while the batch before is written.
///
/// # Errors
/// [`EngineError::Source`] when the source fails, [`EngineError::Table`] when a table cannot be written; what was committed stays, and
/// the next run goes on behind it.
pub async fn collect(
    workspace: &Arc<Workspace>,
    mut source: Box<dyn Source>,
    progress: &dyn Progress,
) -> Result<CollectReport, EngineError> {
    let begun = Instant::now();
    let name = source.name();
    if let Some(position) = workspace.position(source.key()).await? {
        source.resume(&position).await?;
    }
    progress.start(name, source.progress().total_bytes);
    let mut report = CollectReport::default();
    let mut batches = read_ahead(source);
    let mut commits = 0;
    while let Some(read) = batches.recv().await {
        let (batch, read_bytes) = read?;
        let rejected = batch.rejected.first().cloned();
        let appended = workspace.append_batch(name, batch).await?;
        report.added += appended.added;
        report.known += appended.known;
        report.rejected += appended.rejected;
        report.first_rejected = report.first_rejected.or(rejected);
        progress.reach(read_bytes);
        commits += 1;
        if commits % COMPACT_EVERY == 0 {
            workspace.compact(&POSTS).await?;
        }
    }
    if commits > 0 {
        for table in [&POSTS, &AUTHORS, &QUARANTINE] {
            workspace.compact(table).await?;
        }
    }
    progress.finish();
    report.elapsed = begun.elapsed();
    Ok(report)
}

/// Reads a source to its end without storing anything, and refuses it when any record was rejected.
///
/// # Errors
/// [`EngineError::Strict`] with the first rejected record.
pub async fn check_strictly(source: Box<dyn Source>) -> Result<(), EngineError> {
    let mut batches = read_ahead(source);
    let mut rejected = 0;
    let mut first: Option<Rejected> = None;
    while let Some(read) = batches.recv().await {
        let (batch, _) = read?;
        rejected += batch.rejected.len() as u64;
        first = first.or(batch.rejected.into_iter().next());
    }
    match first {
        None => Ok(()),
        Some(Rejected { origin, line, reason, .. }) => {
            Err(EngineError::Strict { rejected, origin, line, reason })
        }
    }
}

type Read = Result<(Batch, u64), SourceError>;

/// Reads batches in a thread of its own, one ahead of the reader.
fn read_ahead(mut source: Box<dyn Source>) -> mpsc::Receiver<Read> {
    let (sender, receiver) = mpsc::channel(1);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        runtime.block_on(async move {
            loop {
                let read = match source.next_batch().await {
                    Ok(Some(batch)) => Ok((batch, source.progress().read_bytes)),
                    Ok(None) => return,
                    Err(error) => Err(error),
                };
                let last = read.is_err();
                if sender.send(read).await.is_err() || last {
                    return;
                }
            }
        });
    });
    receiver
}
