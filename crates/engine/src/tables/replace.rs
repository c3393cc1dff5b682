//! Emptying and replacing the rows of a derived table.

use super::append::actions;
use super::files::{CommitNote, Outcome, remove_files, write_files};
use super::{TableSpec, Workspace};
use crate::EngineError;
use arrow::array::RecordBatch;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::{Action, MetadataExt};
use deltalake_core::protocol::{DeltaOperation, SaveMode};

impl Workspace {
    /// Tells whether a table has other columns than it should, since another version of the program made it.
    pub(crate) async fn has_other_columns(
        &self,
        spec: &'static TableSpec,
    ) -> Result<bool, EngineError> {
        let table = self.table(spec).await?;
        let state = table.snapshot().map_err(EngineError::table("reading", spec.name))?;
        Ok(*state.schema() != spec.kernel_schema()?)
    }

    /// Removes every row of a derived table from its newest version, and gives it the columns it should have; older versions keep
    /// rows and columns.
    pub(crate) async fn clear(&self, spec: &'static TableSpec) -> Result<(), EngineError> {
        let table = self.table(spec).await?;
        let state = table.snapshot().map_err(EngineError::table("reading", spec.name))?;
        let mut actions = removals(&table, spec)?;
        let schema = spec.kernel_schema()?;
        if *state.schema() != schema {
            let changed = state.metadata().clone().with_schema(&schema);
            let changed =
                changed.map_err(|error| EngineError::table("changing", spec.name)(error.into()))?;
            actions.push(Action::Metadata(changed));
        }
        let note = CommitNote {
            transaction: None,
            information: Vec::new(),
            operation: DeltaOperation::Delete { predicate: None },
        };
        match self.commit(&table, spec, actions, note).await? {
            Outcome::Committed => Ok(()),
            Outcome::Conflict => Err(EngineError::Contention(spec.name.to_owned(), 1)),
        }
    }

    /// Puts rows in the place of all rows of a small table, in one transaction; older versions keep theirs.
    ///
    /// # Errors
    /// [`EngineError::Table`] when they cannot be written, [`EngineError::Contention`] when another process was first.
    pub(crate) async fn replace(
        &self,
        spec: &'static TableSpec,
        rows: &RecordBatch,
    ) -> Result<(), EngineError> {
        if self.has_other_columns(spec).await? {
            self.clear(spec).await?;
        }
        let table = self.table(spec).await?;
        let files = match rows.num_rows() {
            0 => Vec::new(),
            _ => write_files(&table, spec.name, std::slice::from_ref(rows)).await?,
        };
        let mut changes = removals(&table, spec)?;
        changes.extend(actions(&files));
        let operation = DeltaOperation::Write {
            mode: SaveMode::Overwrite,
            partition_by: None,
            predicate: None,
        };
        let note = CommitNote { transaction: None, information: Vec::new(), operation };
        match self.commit(&table, spec, changes, note).await? {
            Outcome::Committed => Ok(()),
            Outcome::Conflict => {
                remove_files(&table, &files).await;
                Err(EngineError::Contention(spec.name.to_owned(), 1))
            }
        }
    }
}

/// Removes every file of a table from its next version.
fn removals(table: &DeltaTable, spec: &TableSpec) -> Result<Vec<Action>, EngineError> {
    let state = table.snapshot().map_err(EngineError::table("reading", spec.name))?;
    Ok(state.log_data().iter().map(|file| Action::Remove(file.remove_action(true))).collect())
}
