//! What can go wrong between a question and its table.

use datafusion::error::DataFusionError;
use deltalake_core::DeltaTableError;

/// Says what failed, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The workspace address is no folder and no object store.
    #[error(
        "workspace `{address}` cannot be used: {reason}; give a folder or an address such as s3://bucket/folder"
    )]
    Workspace {
        /// The address as given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No object store has such an option.
    #[error(
        "unknown option `{0}` of object stores; the names are those of the crate object_store: aws_region, aws_endpoint, azure_storage_account_name, google_service_account, …"
    )]
    StorageOption(String),
    /// There are no tables at that place.
    #[error("no workspace at `{0}`; collect posts first: groundswell collect file PATH")]
    Missing(String),
    /// Reading or writing a table failed. Commits are atomic, so the table is as it was before.
    #[error("{action} table `{table}` failed; the table is unchanged")]
    Table {
        /// What was being done.
        action: &'static str,
        /// Name of the table.
        table: String,
        /// The cause.
        #[source]
        source: Box<DeltaTableError>,
    },
    /// Another process kept writing the table.
    #[error(
        "table `{0}` is being written by another process; {1} attempts failed, run the command again"
    )]
    Contention(String, usize),
    /// A query could not be planned or run.
    #[error("{}", plain(.0))]
    Query(Box<DataFusionError>),
    /// A table needs a reader of a newer Delta version.
    #[error(
        "table `{table}` uses {feature}, which is not read here; rewrite it without (in Spark: REORG TABLE … APPLY (PURGE))"
    )]
    Unsupported {
        /// Name or address of the table.
        table: String,
        /// The feature of the Delta protocol.
        feature: &'static str,
    },
    /// A source failed.
    #[error(transparent)]
    Source(#[from] groundswell_sources::SourceError),
    /// A model failed.
    #[error(transparent)]
    Model(#[from] groundswell_models::ModelError),
    /// An analysis failed.
    #[error(transparent)]
    Insight(#[from] groundswell_insight::InsightError),
    /// There are no topics of that name.
    #[error(
        "there are no topics `{name}`, fitted are: {known}; fit them: groundswell topics fit --name {name}"
    )]
    UnknownFit {
        /// The name as given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// `--strict` forbids rejected records.
    #[error(
        "{rejected} records were rejected, first `{origin}` line {line}: {reason}; nothing was written (--strict)"
    )]
    Strict {
        /// How many records.
        rejected: u64,
        /// File of the first.
        origin: String,
        /// Its line.
        line: i64,
        /// Why.
        reason: String,
    },
    /// There is no such step.
    #[error("unknown step `{name}`; known steps: {known}")]
    UnknownStep {
        /// The name as given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The place that runs queries failed.
    #[error("{0}")]
    Runner(String),
}

/// Prints a query error without the wrapping that repeats itself.
fn plain(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    let text = text.trim();
    for prefix in ["Error during planning: ", "Schema error: ", "SQL error: ", "Execution error: "]
    {
        if let Some(rest) = text.strip_prefix(prefix) {
            return rest.to_owned();
        }
    }
    text.to_owned()
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> Self {
        Self::Query(Box::new(error))
    }
}

impl From<arrow::error::ArrowError> for EngineError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::Query(Box::new(error.into()))
    }
}

impl EngineError {
    /// Wraps a failure of a table operation.
    pub(crate) fn table(
        action: &'static str,
        table: &str,
    ) -> impl FnOnce(DeltaTableError) -> Self + use<> {
        let table = table.to_owned();
        move |source| Self::Table { action, table, source: Box::new(source) }
    }
}
