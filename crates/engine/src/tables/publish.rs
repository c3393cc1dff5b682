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
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Folder of the workspace for published rows.
const FOLDER: &str = "_work";

/// Age from which rows that nobody removed are taken for left behind: a day, in microseconds.
const KEPT_FOR: i64 = 24 * 3600 * 1_000_000;

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
        remove_all(self.table.object_store().as_ref(), None).await;
    }
}

/// Removes all files below a folder of a store, as far as that goes.
async fn remove_all(store: &dyn ObjectStore, folder: Option<&Path>) {
    let listed: Result<Vec<_>, _> =
        store.list(folder).map_ok(|file| file.location).try_collect().await;
    for location in listed.unwrap_or_default() {
        if let Err(error) = store.delete(&location).await {
            tracing::warn!(%location, %error, "published rows stay behind");
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
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            self.sweep().await?;
        }
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

    /// Removes what killed processes published long ago; the name of a folder begins with its time.
    async fn sweep(&self) -> Result<(), EngineError> {
        let store = self.stores().open(self.root())?;
        let folder = Path::from_url_path(self.root().path()).unwrap_or_default().join(FOLDER);
        let listed = store.list_with_delimiter(Some(&folder)).await;
        for left in listed.map(|listed| listed.common_prefixes).unwrap_or_default() {
            let name = left.filename().unwrap_or_default();
            let time = name.split('-').next().and_then(|time| time.parse::<i64>().ok());
            if time.is_some_and(|time| rows::now() - time > KEPT_FOR) {
                remove_all(store.as_ref(), Some(&left)).await;
            }
        }
        Ok(())
    }
}

/// Cuts rows into at most `parts` parts of about equal length; no rows give no part.
pub(crate) fn divide(rows: &RecordBatch, parts: usize) -> Vec<RecordBatch> {
    let part_rows = rows.num_rows().div_ceil(parts.max(1)).max(1);
    let part = |start| rows.slice(start, part_rows.min(rows.num_rows() - start));
    (0..rows.num_rows()).step_by(part_rows).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorkspaceOptions;
    use arrow::array::{ArrayRef, Int64Array};

    #[tokio::test]
    async fn what_is_published_is_removed_and_so_is_what_was_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("w s").display().to_string();
        let options = WorkspaceOptions { address, ..WorkspaceOptions::default() };
        let workspace = Workspace::open_or_create(&options).await.unwrap();
        let work = folder.path().join("w s/_work");
        let left = |age: i64| work.join(format!("{}-1-0", rows::now() - age));
        let (old, new) = (left(2 * KEPT_FOR), left(KEPT_FOR / 2));
        for left in [&old, &new] {
            std::fs::create_dir_all(left).unwrap();
            std::fs::write(left.join("part.parquet"), "rows").unwrap();
        }
        let values = Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef;
        let rows = RecordBatch::try_from_iter([("a", values)]).unwrap();
        let published = workspace.publish(&rows, 2).await.unwrap();
        assert!(!old.exists() && new.exists());
        assert_eq!(std::fs::read_dir(&work).unwrap().count(), 2);
        published.remove().await;
        assert_eq!(std::fs::read_dir(&work).unwrap().count(), 1);
    }
}
