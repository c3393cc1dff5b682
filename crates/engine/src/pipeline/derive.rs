//! What all steps share: find what is missing, map it chunk by chunk, commit each chunk.

use super::{StepContext, StepReport};
use crate::tables::TableSpec;
use crate::{EngineError, Runner, query};
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::{concat_batches, take_record_batch};
use datafusion::execution::SendableRecordBatchStream;
use deltalake_core::DeltaTable;
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
    take_todays_columns(context, target).await?;
    if outdated(context.local, derivation).await? {
        tracing::info!(
            table = target.name,
            version = derivation.version,
            "deriving every row again"
        );
        context.workspace.clear(target).await?;
    }
    // Taken before the query for what is pending, so that a commit of another process in between is noticed.
    let mut output = Output { context, target, table: context.workspace.table(target).await? };
    let mut done = 0;
    let total = pending_count(context, derivation).await?;
    if total > 0 {
        context.progress.start(derivation.step, Some(total));
        let mut chunks = Chunks::of_pending(context, derivation).await?;
        let mut finished: Option<RecordBatch> = None;
        // A chunk is written while the next one is mapped.
        while let Some(chunk) = chunks.next().await? {
            let (mapped, ()) = futures::try_join!(
                map_chunk(context, derivation, chunk),
                output.write(finished.take(), &mut done)
            )?;
            finished = Some(finish(mapped)?);
        }
        output.write(finished, &mut done).await?;
        context.progress.finish();
        context.workspace.compact(target).await?;
    }
    Ok(StepReport { step: derivation.step, posts: done, tokens: 0, elapsed: begun.elapsed() })
}

/// Brings mapped rows into the columns of the target, adding those that are known only now.
pub(super) fn with_columns(
    target: &TableSpec,
    rows: &RecordBatch,
    added: &[(&str, ArrayRef)],
) -> Result<RecordBatch, EngineError> {
    let schema = target.arrow_schema();
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let new = added.iter().find(|(name, _)| name == field.name()).map(|(_, array)| array);
        let Some(array) = new.or_else(|| rows.column_by_name(field.name())) else {
            let message = format!("a chunk came back without `{}`", field.name());
            return Err(EngineError::Runner(message));
        };
        arrays.push(arrow::compute::cast(array, field.data_type())?);
    }
    Ok(RecordBatch::try_new(schema, arrays)?)
}

/// Empties a table that an older program made with other columns, so that it is derived again with those of today.
pub(super) async fn take_todays_columns(
    context: &StepContext<'_>,
    target: &'static TableSpec,
) -> Result<(), EngineError> {
    if context.workspace.has_other_columns(target).await? {
        context.workspace.clear(target).await?;
    }
    Ok(())
}

/// What is pending, in the order of the target, cut into chunks.
struct Chunks {
    rows: SendableRecordBatchStream,
    held: Vec<RecordBatch>,
    size: usize,
}

impl Chunks {
    async fn of_pending(
        context: &StepContext<'_>,
        derivation: &Derivation<'_>,
    ) -> Result<Self, EngineError> {
        let order = derivation.target.order.join(", ");
        let limit = context.limit.map_or(String::new(), |limit| format!(" LIMIT {limit}"));
        let sql = format!("{} ORDER BY {order}{limit}", derivation.pending);
        let rows = context.local.session().sql(&sql).await?.execute_stream().await?;
        Ok(Self { rows, held: Vec::new(), size: derivation.chunk_rows })
    }

    /// Returns the next chunk; only the last one may be short.
    async fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        let mut count: usize = self.held.iter().map(RecordBatch::num_rows).sum();
        while count < self.size
            && let Some(batch) = self.rows.next().await.transpose()?
        {
            count += batch.num_rows();
            self.held.push(batch);
        }
        if count == 0 {
            return Ok(None);
        }
        let all = concat_batches(&self.rows.schema(), &self.held)?;
        let size = count.min(self.size);
        self.held = vec![all.slice(size, count - size)];
        Ok(Some(all.slice(0, size)))
    }
}

async fn map_chunk(
    context: &StepContext<'_>,
    derivation: &Derivation<'_>,
    chunk: RecordBatch,
) -> Result<RecordBatch, EngineError> {
    let rows = chunk.num_rows();
    let mapped = context.runner.map(context.workspace, chunk, &derivation.map).await?;
    let Some(first) = mapped.first() else {
        return Err(EngineError::Runner("a chunk came back without rows".to_owned()));
    };
    let mapped = in_order(derivation.target, &concat_batches(&first.schema(), &mapped)?)?;
    if mapped.num_rows() != rows {
        let message = format!("a chunk of {rows} rows came back as {} rows", mapped.num_rows());
        return Err(EngineError::Runner(message));
    }
    Ok(mapped)
}

/// The derived table as this run left it; what anybody else commits is a conflict.
struct Output<'a> {
    context: &'a StepContext<'a>,
    target: &'static TableSpec,
    table: DeltaTable,
}

impl Output<'_> {
    /// Commits a chunk, if there is one.
    async fn write(
        &mut self,
        rows: Option<RecordBatch>,
        done: &mut u64,
    ) -> Result<(), EngineError> {
        let Some(rows) = rows else { return Ok(()) };
        let workspace = self.context.workspace;
        workspace.append_derived(self.target, &mut self.table, &rows).await?;
        *done += rows.num_rows() as u64;
        self.context.progress.reach(*done);
        Ok(())
    }
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
