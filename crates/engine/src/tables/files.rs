//! Writing rows as Parquet files and committing them to a table's log.

use super::{TableSpec, Workspace};
use crate::EngineError;
use arrow::array::RecordBatch;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake_core::kernel::{Action, Add, Transaction};
use deltalake_core::protocol::DeltaOperation;
use deltalake_core::writer::{DeltaWriter, RecordBatchWriter};
use object_store::ObjectStoreExt;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use serde_json::Value;

/// Rows of a row group: what one thread of a query reads at a time.
const ROW_GROUP_ROWS: usize = 32_768;

/// Says how a commit ended.
pub(super) enum Outcome {
    /// The table has a new version.
    Committed,
    /// Another process was first; the snapshot it was based on is old.
    Conflict,
}

/// Writes rows into new files of a table, split by month where the table is; nothing refers to them until they are committed.
pub(super) async fn write_files(
    table: &DeltaTable,
    name: &str,
    batches: &[RecordBatch],
) -> Result<Vec<Add>, EngineError> {
    let failed = || EngineError::table("writing", name);
    let mut writer = RecordBatchWriter::for_table(table)
        .map_err(failed())?
        .with_writer_properties(properties().map_err(failed())?);
    for batch in batches {
        writer.write(batch.clone()).await.map_err(failed())?;
    }
    let mut files = writer.flush().await.map_err(failed())?;
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

fn properties() -> Result<WriterProperties, deltalake_core::DeltaTableError> {
    // Embeddings are 32-bit floats whose low bits are zero: split into byte streams these vanish in compression.
    let embedding = ColumnPath::from(vec!["embedding".into(), "list".into(), "element".into()]);
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_column_dictionary_enabled(embedding.clone(), false)
        .set_column_encoding(embedding, Encoding::BYTE_STREAM_SPLIT)
        .build())
}

/// Removes files that were written and never committed.
pub(super) async fn remove_files(table: &DeltaTable, files: &[Add]) {
    for file in files {
        let path = object_store::path::Path::from(file.path.as_str());
        if let Err(error) = table.object_store().delete(&path).await {
            tracing::warn!(path = %file.path, %error, "a file without a commit stays behind");
        }
    }
}

/// What a commit says besides its files.
pub(super) struct CommitNote<'a> {
    /// Key and sequence of the application transaction.
    pub(super) transaction: Option<(&'a str, i64)>,
    /// Information stored with the commit.
    pub(super) information: Vec<(String, Value)>,
    /// What the commit does.
    pub(super) operation: DeltaOperation,
}

impl Workspace {
    /// Commits actions on exactly the snapshot that `table` holds, or reports that another process was first.
    pub(super) async fn commit(
        &self,
        table: &DeltaTable,
        spec: &'static TableSpec,
        actions: Vec<Action>,
        note: CommitNote<'_>,
    ) -> Result<Outcome, EngineError> {
        let mut properties =
            CommitProperties::default().with_max_retries(0).with_metadata(note.information);
        if let Some((key, sequence)) = note.transaction {
            properties = properties.with_application_transaction(Transaction::new(key, sequence));
        }
        let state = table.snapshot().map_err(EngineError::table("reading", spec.name))?;
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state), table.log_store(), note.operation)
            .await;
        match committed {
            Ok(_) => Ok(Outcome::Committed),
            Err(deltalake_core::DeltaTableError::Transaction {
                source:
                    TransactionError::MaxCommitAttempts(_)
                    | TransactionError::VersionAlreadyExists(_)
                    | TransactionError::CommitConflict(_),
            }) => {
                self.forget(spec).await;
                Ok(Outcome::Conflict)
            }
            Err(error) => Err(EngineError::table("writing", spec.name)(error)),
        }
    }
}
