//! What all steps share: find what is missing, map it chunk by chunk, commit each chunk.

use super::{StepContext, StepReport};
use crate::tables::TableSpec;
use crate::{EngineError, Runner, query};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{concat_batches, take_record_batch};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Instant;

/// Describes the derivation of one table.
pub(super) struct Derivation<'a> {
    /// Name of the step.
    pub(super) step: &'static str,
    /// The table it writes.
    pub(super) target: &'static TableSpec,
    /// Version of the derivation; rows of another version are derived again.
    pub(super) version: &'a str,
    /// Selects the rows a table holds that are not in the target, without order.
    pub(super) pending: String,
    /// The columns of the target as SQL over the columns of `pending`; what takes more than one row comes in `finish`.
    pub(super) map: String,
    /// Rows of a chunk, each chunk being one commit.
    pub(super) chunk_rows: usize,
}

/// Finishes mapped rows of a chunk, which come in the order of the target: gives them the columns that need more than one row to know.
pub(super) type Finish<'a> =
    &'a mut (dyn FnMut(RecordBatch) -> Result<RecordBatch, EngineError> + Send);

/// Runs a derivation to its end.
pub(super) async fn derive(
    context: &StepContext<'_>,
    derivation: &Derivation<'_>,
    finish: Finish<'_>,
) -> Result<StepReport, EngineError> {
    let begun = Instant::now();
    let target = derivation.target;
    if outdated(context.local, derivation).await? {
        tracing::info!(
            table = target.name,
            version = derivation.version,
            "deriving every row again"
        );
        context.workspace.clear(target).await?;
    }
    let mut done = 0;
    let total = pending_count(context, derivation).await?;
    if total > 0 {
        context.progress.start(derivation.step, Some(total));
        let order = target.order.join(", ");
        let limit = context.limit.map_or(String::new(), |limit| format!(" LIMIT {limit}"));
        let sql = format!("{} ORDER BY {order}{limit}", derivation.pending);
        let mut rows = context.local.session().sql(&sql).await?.execute_stream().await?;
        let mut held: Vec<RecordBatch> = Vec::new();
        loop {
            let next = rows.next().await.transpose()?;
            let ended = next.is_none();
            held.extend(next);
            let count: usize = held.iter().map(RecordBatch::num_rows).sum();
            if count >= derivation.chunk_rows || (ended && count > 0) {
                let all = concat_batches(&held[0].schema(), &held)?;
                let size = count.min(derivation.chunk_rows);
                commit_chunk(context, derivation, all.slice(0, size), finish).await?;
                held = if size < count { vec![all.slice(size, count - size)] } else { Vec::new() };
                done += size as u64;
                context.progress.reach(done);
                if ended && held.is_empty() {
                    break;
                }
                continue;
            }
            if ended {
                break;
            }
        }
        context.progress.finish();
        context.workspace.compact(target).await?;
    }
    Ok(StepReport { step: derivation.step, posts: done, tokens: 0, elapsed: begun.elapsed() })
}

async fn commit_chunk(
    context: &StepContext<'_>,
    derivation: &Derivation<'_>,
    chunk: RecordBatch,
    finish: Finish<'_>,
) -> Result<(), EngineError> {
    let target = derivation.target;
    let table = context.workspace.table(target).await?;
    let rows = chunk.num_rows();
    let mapped = context.runner.map(context.workspace, chunk, &derivation.map).await?;
    let Some(first) = mapped.first() else {
        return Err(EngineError::Runner("a chunk came back without rows".to_owned()));
    };
    let mapped = in_order(target, &concat_batches(&first.schema(), &mapped)?)?;
    if mapped.num_rows() != rows {
        let message = format!("a chunk of {rows} rows came back as {} rows", mapped.num_rows());
        return Err(EngineError::Runner(message));
    }
    let finished = finish(mapped)?;
    context.workspace.append_derived(target, &table, &[finished]).await
}

/// Sorts by the order of the target: threads and machines finish in any order.
fn in_order(target: &TableSpec, rows: &RecordBatch) -> Result<RecordBatch, EngineError> {
    let columns = target
        .order
        .iter()
        .filter_map(|name| rows.column_by_name(name))
        .map(|values| arrow::compute::SortColumn { values: Arc::clone(values), options: None });
    let order = arrow::compute::lexsort_to_indices(&columns.collect::<Vec<_>>(), None)?;
    Ok(take_record_batch(rows, &order)?)
}

/// Tells whether the target holds rows of another version.
async fn outdated(local: &dyn Runner, derivation: &Derivation<'_>) -> Result<bool, EngineError> {
    let Some(column) = derivation.target.version else { return Ok(false) };
    let version = derivation.version.replace('\'', "''");
    let name = derivation.target.name;
    let sql = format!("SELECT 1 FROM {name} WHERE {column} <> '{version}' LIMIT 1");
    Ok(query(local, &sql).await?.iter().any(|batch| batch.num_rows() > 0))
}

async fn pending_count(
    context: &StepContext<'_>,
    derivation: &Derivation<'_>,
) -> Result<u64, EngineError> {
    let sql = format!("SELECT count(*) FROM ({})", derivation.pending);
    let batches = query(context.local, &sql).await?;
    let count = batches
        .first()
        .map_or(0, |batch| batch.column(0).as_primitive::<arrow::datatypes::Int64Type>().value(0));
    let count = u64::try_from(count).unwrap_or(0);
    Ok(context.limit.map_or(count, |limit| count.min(limit)))
}
