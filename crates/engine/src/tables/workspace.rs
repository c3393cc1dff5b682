//! A workspace: a folder or bucket with one Delta table per entry of the list of tables.

use super::provider::DeltaFiles;
use super::{POSTS, TABLES, TableSpec};
use crate::{EngineError, Stores, stores};
use datafusion::prelude::SessionContext;
use deltalake_core::kernel::StructType;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::protocol::SaveMode;
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use futures::StreamExt;
use groundswell_core::{Position, schema};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

/// Says where a workspace is and how to reach it.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceOptions {
    /// A folder, or an object-store address such as `s3://bucket/folder`.
    pub address: String,
    /// Opens the object store.
    pub stores: Arc<Stores>,
}

/// Opens tables, always at their newest version.
pub struct Workspace {
    root: Url,
    stores: Arc<Stores>,
    tables: Mutex<HashMap<&'static str, DeltaTable>>,
}

impl TableSpec {
    /// Gives the columns as Delta knows them.
    pub(super) fn kernel_schema(&self) -> Result<StructType, EngineError> {
        (&(self.schema)()).try_into_kernel().map_err(|error| {
            EngineError::table("creating", self.name)(deltalake_core::DeltaTableError::Arrow {
                source: error,
            })
        })
    }
}

impl Workspace {
    /// Opens a workspace and creates the tables it lacks.
    ///
    /// # Errors
    /// [`EngineError::Workspace`] for an address that cannot be used, [`EngineError::Table`] when a table cannot be created.
    pub async fn open_or_create(options: &WorkspaceOptions) -> Result<Arc<Self>, EngineError> {
        let workspace = Self::at(options, true)?;
        for spec in TABLES {
            workspace.create(spec).await?;
        }
        Ok(Arc::new(workspace))
    }

    /// Opens a workspace that exists.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when there are no posts there, else as [`Workspace::open_or_create`].
    pub async fn open(options: &WorkspaceOptions) -> Result<Arc<Self>, EngineError> {
        let workspace = Self::at(options, false)?;
        let posts = workspace
            .builder(&POSTS)?
            .build()
            .map_err(EngineError::table("opening", POSTS.name))?;
        let exists = posts.verify_deltatable_existence().await;
        if exists.map_err(EngineError::table("opening", POSTS.name))? {
            Self::open_or_create(options).await
        } else {
            Err(EngineError::Missing(options.address.clone()))
        }
    }

    fn at(options: &WorkspaceOptions, create: bool) -> Result<Self, EngineError> {
        let refuse =
            |reason: String| EngineError::Workspace { address: options.address.clone(), reason };
        let root = if options.address.contains("://") {
            let mut url = Url::parse(&options.address).map_err(|e| refuse(e.to_string()))?;
            if !url.path().ends_with('/') {
                url.set_path(&format!("{}/", url.path()));
            }
            url
        } else {
            let path = Path::new(&options.address);
            if create {
                std::fs::create_dir_all(path).map_err(|e| refuse(e.to_string()))?;
            }
            let absolute = std::path::absolute(path).map_err(|e| refuse(e.to_string()))?;
            Url::from_directory_path(absolute).map_err(|()| refuse("no absolute path".into()))?
        };
        let stores = Arc::clone(&options.stores);
        stores.open(&root)?;
        Ok(Self { root, stores, tables: Mutex::default() })
    }

    /// Returns the address of the workspace, ending with a slash.
    pub fn root(&self) -> &Url {
        &self.root
    }

    /// Returns its folder when it lies on this machine.
    pub fn folder(&self) -> Option<std::path::PathBuf> {
        self.root.to_file_path().ok()
    }

    /// Returns what opens its files.
    pub fn stores(&self) -> &Arc<Stores> {
        &self.stores
    }

    /// Prepares to open a table at an address of the workspace.
    pub(super) fn table_at(
        &self,
        address: Url,
        name: &str,
    ) -> Result<DeltaTableBuilder, EngineError> {
        let store = self.stores.open(&address)?;
        stores::table_at(store, address).map_err(EngineError::table("opening", name))
    }

    fn address_of(&self, spec: &TableSpec) -> Result<Url, EngineError> {
        self.root.join(&format!("{}/", spec.name)).map_err(|error| EngineError::Workspace {
            address: self.root.to_string(),
            reason: error.to_string(),
        })
    }

    fn builder(&self, spec: &TableSpec) -> Result<DeltaTableBuilder, EngineError> {
        self.table_at(self.address_of(spec)?, spec.name)
    }

    async fn create(&self, spec: &'static TableSpec) -> Result<(), EngineError> {
        let table =
            self.builder(spec)?.build().map_err(EngineError::table("opening", spec.name))?;
        let exists = table.verify_deltatable_existence().await;
        if exists.map_err(EngineError::table("opening", spec.name))? {
            return Ok(());
        }
        let columns = spec.kernel_schema()?;
        let partitions: &[&str] = if spec.by_month { &[schema::MONTH] } else { &[] };
        let statistics = spec.order.join(",");
        let created = table
            .create()
            .with_table_name(spec.name)
            .with_comment(spec.summary)
            .with_columns(columns.fields().cloned())
            .with_partition_columns(partitions.iter().copied())
            .with_configuration([("delta.dataSkippingStatsColumns".to_owned(), Some(statistics))])
            .with_save_mode(SaveMode::Ignore)
            .await
            .map_err(EngineError::table("creating", spec.name))?;
        self.tables.lock().await.insert(spec.name, created);
        Ok(())
    }

    /// Returns a table at its newest version.
    ///
    /// # Errors
    /// [`EngineError::Table`] when it cannot be read.
    pub async fn table(&self, spec: &'static TableSpec) -> Result<DeltaTable, EngineError> {
        let mut tables = self.tables.lock().await;
        if let Some(table) = tables.get_mut(spec.name) {
            table.update_state().await.map_err(EngineError::table("reading", spec.name))?;
            return Ok(table.clone());
        }
        let table =
            self.builder(spec)?.load().await.map_err(EngineError::table("reading", spec.name))?;
        tables.insert(spec.name, table.clone());
        Ok(table)
    }

    /// Forgets what it knows of a table, so that the next look reads its log again.
    pub(super) async fn forget(&self, spec: &'static TableSpec) {
        self.tables.lock().await.remove(spec.name);
    }

    /// Returns the newest rows of a table as a query sees them.
    ///
    /// # Errors
    /// As [`Workspace::table`], and [`EngineError::Unsupported`] for features that are not read here.
    pub async fn provider(&self, spec: &'static TableSpec) -> Result<Arc<DeltaFiles>, EngineError> {
        let table = self.table(spec).await?;
        Ok(Arc::new(DeltaFiles::from_delta(&table)?))
    }

    /// Makes the tables visible to a session, always at their newest version.
    pub fn register(self: &Arc<Self>, session: &SessionContext) {
        super::catalog::register(self, session);
    }

    /// Reads how far a source has been stored: the application transaction of the newest commit with its key, and the cursor from
    /// that commit's information.
    ///
    /// # Errors
    /// [`EngineError::Table`] when the log of `posts` cannot be read.
    pub async fn position(&self, key: &str) -> Result<Option<Position>, EngineError> {
        let table = self.table(&POSTS).await?;
        let Some(sequence) = self.sequence(&table, &POSTS, key).await? else { return Ok(None) };
        let mut cursor = String::new();
        let mut history = table.history(None);
        while let Some(commit) = history.next().await {
            let commit = commit.map_err(EngineError::table("reading", POSTS.name))?;
            let stored = commit.info.get(super::append::POSITION);
            let stored =
                stored.and_then(|value| serde_json::from_value::<Position>(value.clone()).ok());
            if let Some(stored) = stored.filter(|stored| stored.key == key) {
                cursor = stored.cursor;
                break;
            }
        }
        Ok(Some(Position { key: key.to_owned(), sequence, cursor }))
    }

    /// Reads the application transaction of a key in one table.
    pub(super) async fn sequence(
        &self,
        table: &DeltaTable,
        spec: &TableSpec,
        key: &str,
    ) -> Result<Option<i64>, EngineError> {
        let state = table.snapshot().map_err(EngineError::table("reading", spec.name))?;
        state
            .transaction_version(table.log_store().as_ref(), key)
            .await
            .map_err(EngineError::table("reading", spec.name))
    }
}
