//! `score`: what the models say about each post.

use super::derive::{Derivation, derive, with_columns};
use super::{Step, StepContext, StepReport};
use crate::EngineError;
use crate::tables::{SCORED, TableSpec};
use arrow::array::{AsArray, RecordBatch};
use async_trait::async_trait;
use groundswell_models::Runtime;
use groundswell_models::tasks::scored_tasks;

/// Posts of a chunk: some seconds of work, lost at most when the process dies.
const CHUNK_ROWS: usize = 8_192;

/// What is pending: prepared posts that have no row in `scored`.
const PENDING: &str = "SELECT post_id, created_at, clean_text, month FROM prepared p
    WHERE NOT EXISTS (SELECT 1 FROM scored d WHERE d.post_id = p.post_id)";

/// Derives `scored` from `prepared`: a map without exchange of rows, on a cluster too.
pub(super) struct Score;

#[async_trait]
impl Step for Score {
    fn name(&self) -> &'static str {
        "score"
    }

    fn summary(&self) -> &'static str {
        "runs the encoder and every task over each post"
    }

    fn table(&self) -> &'static TableSpec {
        &SCORED
    }

    async fn run(&self, context: &StepContext<'_>) -> Result<StepReport, EngineError> {
        let runtime = Runtime::current()?;
        let version = runtime.version().to_owned();
        let derivation = Derivation {
            step: self.name(),
            target: &SCORED,
            version: &version,
            pending: PENDING.to_owned(),
            map: map(),
            chunk_rows: CHUNK_ROWS,
        };
        let before = runtime.statistics().tokens;
        let report = derive(context, &derivation, &mut |rows| checked(&rows, &version)).await?;
        Ok(StepReport { tokens: runtime.statistics().tokens - before, ..report })
    }
}

/// Names a column of every task that is one of `scored`.
fn map() -> String {
    let mut columns = "post_id, created_at, model_version() AS model_version, \
                       embedding(clean_text) AS embedding"
        .to_owned();
    for task in scored_tasks() {
        let name = task.name();
        columns.push_str(&format!(", {name}(clean_text) AS {name}"));
    }
    columns + ", month"
}

/// Refuses rows that a machine with other weights has scored.
fn checked(rows: &RecordBatch, version: &str) -> Result<RecordBatch, EngineError> {
    let rows = with_columns(&SCORED, rows, &[])?;
    let versions = rows.column(2).as_string::<i32>();
    match versions.iter().flatten().find(|found| *found != version) {
        None => Ok(rows),
        Some(found) => Err(EngineError::Runner(format!(
            "an executor scored with model `{found}`, this program has `{version}`; \
             start executors of the same version"
        ))),
    }
}
