//! Shows the tables of a workspace to a session: each look at a table sees its newest version.

use super::{TABLES, Workspace, find_table};
use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::SessionContext;
use std::sync::Arc;

/// Registers the catalog `groundswell` with the schema `public`, the defaults of every session, and `work` for the rows of a step
/// on their way.
pub(super) fn register(workspace: &Arc<Workspace>, session: &SessionContext) {
    let schema = Arc::new(WorkspaceSchema { workspace: Arc::clone(workspace) });
    session.register_catalog("groundswell", Arc::new(WorkspaceCatalog { schema }));
    let work = MemoryCatalogProvider::new();
    // A catalog in memory takes any schema.
    if work.register_schema("public", Arc::new(MemorySchemaProvider::new())).is_ok() {
        session.register_catalog("work", Arc::new(work));
    }
}

#[derive(Debug)]
struct WorkspaceCatalog {
    schema: Arc<WorkspaceSchema>,
}

impl CatalogProvider for WorkspaceCatalog {
    fn schema_names(&self) -> Vec<String> {
        vec!["public".to_owned()]
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        (name == "public").then(|| Arc::clone(&self.schema) as Arc<dyn SchemaProvider>)
    }
}

struct WorkspaceSchema {
    workspace: Arc<Workspace>,
}

impl std::fmt::Debug for WorkspaceSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "tables of {}", self.workspace.root())
    }
}

#[async_trait]
impl SchemaProvider for WorkspaceSchema {
    fn table_names(&self) -> Vec<String> {
        TABLES.iter().map(|table| table.name.to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(spec) = find_table(name) else { return Ok(None) };
        let provider = self.workspace.provider(spec).await;
        let provider = provider.map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Some(provider))
    }

    fn table_exist(&self, name: &str) -> bool {
        find_table(name).is_some()
    }
}
