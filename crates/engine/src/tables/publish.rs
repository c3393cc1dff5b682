//! Rows on their way: a chunk published as a Delta table of its own, so that every process of a cluster can read it.

use super::files::write_files;
use super::provider::DeltaFiles;
use super::{Workspace, rows};
use crate::EngineError;
use arrow::array::RecordBatch;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::CommitBuilder;
use deltalake_core::kernel::{Action, StructType};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Folder of the workspace for published rows.
const FOLDER: &str = "_work";

/// Rows that other processes can read until they are removed.
pub struct Published {
    table: DeltaTable,
    provider: Arc<DeltaFiles>,
}

impl Published {
    /// Returns the rows as a table.
    pub fn provider(&self) -> Arc<DeltaFiles> {
        Arc::clone(&self.provider)
    }

    /// Removes the rows; what cannot be removed is left behind with a warning.
    pub async fn remove(self) {
        let store = self.table.object_store();
        let listed: Result<Vec<_>, _> =
            store.list(None).map_ok(|file| file.location).try_collect().await;
        for location in listed.unwrap_or_default() {
            if let Err(error) = store.delete(&location).await {
                tracing::warn!(%location, %error, "published rows stay behind");
            }
        }
    }
}

impl Workspace {
    /// Publishes rows in `parts` files of about equal length.
    ///
    /// # Errors
    /// [`EngineError::Table`] when they cannot be written.
    pub async fn publish(
        &self,
        chunk: &RecordBatch,
        parts: usize,
    ) -> Result<Published, EngineError> {
        // The time keeps apart what a killed process of the same number left behind.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{FOLDER}/{}-{}-{number}/", rows::now(), std::process::id());
        let failed = || EngineError::table("publishing rows in", FOLDER);
        let address = self.root().join(&name).map_err(|error| EngineError::Workspace {
            address: self.root().to_string(),
            reason: error.to_string(),
        })?;
        let columns: StructType = chunk
            .schema()
            .as_ref()
            .try_into_kernel()
            .map_err(|source| failed()(deltalake_core::DeltaTableError::Arrow { source }))?;
        let table = self.table_at(address, FOLDER)?.build().map_err(failed())?;
        let mut table =
            table.create().with_columns(columns.fields().cloned()).await.map_err(failed())?;
        let mut files = Vec::with_capacity(parts);
        for part in divide(chunk, parts) {
            files.extend(write_files(&table, FOLDER, &[part]).await?);
        }
        let operation =
            DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let state = table.snapshot().map_err(failed())?;
        CommitBuilder::default()
            .with_actions(files.into_iter().map(Action::Add).collect())
            .build(Some(state), table.log_store(), operation)
            .await
            .map_err(failed())?;
        table.update_state().await.map_err(failed())?;
        let provider = Arc::new(DeltaFiles::from_delta(&table)?);
        Ok(Published { table, provider })
    }
}

/// Cuts rows into at most `parts` parts of about equal length; no rows give no part.
pub(crate) fn divide(rows: &RecordBatch, parts: usize) -> Vec<RecordBatch> {
    let part_rows = rows.num_rows().div_ceil(parts.max(1)).max(1);
    let part = |start| rows.slice(start, part_rows.min(rows.num_rows() - start));
    (0..rows.num_rows()).step_by(part_rows).map(part).collect()
}
