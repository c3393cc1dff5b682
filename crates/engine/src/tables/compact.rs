//! Putting small files of a month together, so that ten years of posts do not become thousands of tiny files.

use super::files::{CommitNote, Outcome, remove_files, write_files};
use super::{TableSpec, Workspace};
use crate::EngineError;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, SchemaRef};
use deltalake_core::DeltaTable;
use deltalake_core::kernel::{Action, Add, Remove};
use deltalake_core::protocol::DeltaOperation;
use groundswell_core::schema;
use object_store::ObjectStoreExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file smaller than this is put together with others (bytes).
const SMALL_FILE_BYTES: i64 = 16 * 1024 * 1024;
/// Most bytes of files that are put together at a time; bounds the memory of the rewrite.
const GROUP_BYTES: i64 = 32 * 1024 * 1024;

/// Counts files before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files that were put together.
    pub removed_files: u64,
    /// Files that hold their rows now.
    pub added_files: u64,
}

/// A file of the table as the compaction sees it.
struct SmallFile {
    path: String,
    size: i64,
    remove: Remove,
}

impl Workspace {
    /// Puts the small files of each month together, rows sorted by the table's order. Rows stay the same, and the commit says so,
    /// so that readers of changes see none.
    ///
    /// # Errors
    /// [`EngineError::Table`] when a file cannot be read or written; the table stays as it was. When another process changes the
    /// table meanwhile the compaction is given up without error.
    pub async fn compact(&self, spec: &'static TableSpec) -> Result<Compacted, EngineError> {
        let table = self.table(spec).await?;
        let mut done = Compacted::default();
        let mut actions = Vec::new();
        let mut written = Vec::new();
        for (month, files) in small_files(&table, spec)? {
            for group in groups(files) {
                let rows = read_group(&table, spec, &group, month.as_deref()).await?;
                let files = write_files(&table, spec.name, &[sorted(spec, &rows)?]).await?;
                done.removed_files += group.len() as u64;
                done.added_files += files.len() as u64;
                actions.extend(group.into_iter().map(|file| Action::Remove(file.remove)));
                actions.extend(
                    files.iter().cloned().map(|add| Action::Add(Add { data_change: false, ..add })),
                );
                written.extend(files);
            }
        }
        if actions.is_empty() {
            return Ok(done);
        }
        let operation = DeltaOperation::Optimize { predicate: None, target_size: GROUP_BYTES };
        let note = CommitNote { transaction: None, information: Vec::new(), operation };
        match self.commit(&table, spec, actions, note).await? {
            Outcome::Committed => Ok(done),
            Outcome::Conflict => {
                remove_files(&table, &written).await;
                Ok(Compacted::default())
            }
        }
    }
}

/// Lists the small files by month (one group without a month for tables that have none), oldest first.
fn small_files(
    table: &DeltaTable,
    spec: &TableSpec,
) -> Result<BTreeMap<Option<String>, Vec<SmallFile>>, EngineError> {
    let state = table.snapshot().map_err(EngineError::table("reading", spec.name))?;
    let mut months: BTreeMap<Option<String>, Vec<SmallFile>> = BTreeMap::new();
    for file in state.log_data().iter().filter(|file| file.size() < SMALL_FILE_BYTES) {
        let month = file.partition_values_map().remove(schema::MONTH).flatten();
        months.entry(month).or_default().push(SmallFile {
            path: file.object_store_path().to_string(),
            size: file.size(),
            remove: file.remove_action(false),
        });
    }
    for files in months.values_mut() {
        files.sort_by(|a, b| a.path.cmp(&b.path));
    }
    Ok(months)
}

/// Splits files into groups of at most [`GROUP_BYTES`]; a file alone needs no rewrite.
fn groups(files: Vec<SmallFile>) -> Vec<Vec<SmallFile>> {
    let mut groups: Vec<Vec<SmallFile>> = Vec::new();
    let mut bytes = GROUP_BYTES;
    for file in files {
        if bytes + file.size > GROUP_BYTES {
            groups.push(Vec::new());
            bytes = 0;
        }
        bytes += file.size;
        if let Some(group) = groups.last_mut() {
            group.push(file);
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

async fn read_group(
    table: &DeltaTable,
    spec: &TableSpec,
    group: &[SmallFile],
    month: Option<&str>,
) -> Result<RecordBatch, EngineError> {
    let columns = spec.arrow_schema();
    let failed =
        |error: deltalake_core::DeltaTableError| EngineError::table("reading", spec.name)(error);
    let mut batches = Vec::new();
    for file in group {
        let path = object_store::path::Path::from(file.path.as_str());
        let stored = table.object_store().get(&path).await.map_err(|e| failed(e.into()))?;
        let bytes = stored.bytes().await.map_err(|e| failed(e.into()))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .and_then(|builder| builder.build())
            .map_err(|e| failed(e.into()))?;
        for batch in reader {
            batches.push(with_month(&columns, &batch?, month)?);
        }
    }
    Ok(concat_batches(&columns, &batches)?)
}

/// Completes rows of a file to the columns of the table: the month is in no file, and a column added later is null.
fn with_month(
    columns: &SchemaRef,
    batch: &RecordBatch,
    month: Option<&str>,
) -> Result<RecordBatch, EngineError> {
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.fields().len());
    for field in columns.fields() {
        let array: ArrayRef = match (batch.column_by_name(field.name()), month) {
            (Some(array), _) => arrow::compute::cast(array, field.data_type())?,
            (None, Some(month)) if field.name() == schema::MONTH => {
                Arc::new(StringArray::from(vec![month; batch.num_rows()]))
            }
            (None, _) => arrow::array::new_null_array(field.data_type(), batch.num_rows()),
        };
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::clone(columns), arrays)?)
}

/// Sorts rows by the order of the table.
pub(super) fn sorted(spec: &TableSpec, rows: &RecordBatch) -> Result<RecordBatch, EngineError> {
    let mut columns = Vec::new();
    for name in spec.order {
        let values = rows.column_by_name(name).map(Arc::clone);
        let values = values.filter(|v| !matches!(v.data_type(), DataType::Null));
        columns.extend(values.map(|values| SortColumn { values, options: None }));
    }
    let order = lexsort_to_indices(&columns, None)?;
    Ok(take_record_batch(rows, &order)?)
}
