//! The session every query starts from.

use crate::{EngineError, Stores, register_all};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// Chooses how much of the machine a session takes.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    /// Partitions of a plan, each worked by one thread; 0 means one per core.
    pub threads: usize,
    /// Bytes that sorts, joins and aggregations may hold before they spill to disk; 0 means no limit.
    pub memory_bytes: usize,
}

/// Returns the settings in which local and cluster sessions must agree so that the same query gives the same rows.
pub fn session_config(config: SessionConfig, threads: usize) -> SessionConfig {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut config = config
        .with_target_partitions(if threads == 0 { cores } else { threads })
        .with_information_schema(true)
        .with_default_catalog_and_schema("groundswell", "public")
        // Files are split among threads from this size on; the default of 10 MiB would leave models on one core.
        .with_repartition_file_min_size(256 * 1024);
    let options = config.options_mut();
    // Executors read strings as plain Utf8; so does everyone else, or plans would differ.
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.execution.parquet.pushdown_filters = false;
    options.catalog.create_default_catalog_and_schema = false;
    config
}

/// Makes a session in this process with every function registered and no tables, over files of the given stores.
///
/// # Errors
/// [`EngineError::Query`] when a function or the memory limit is refused.
pub fn local_session(
    options: &SessionOptions,
    stores: &Arc<Stores>,
) -> Result<SessionContext, EngineError> {
    let registry = Arc::clone(stores);
    let mut runtime = RuntimeEnvBuilder::new().with_object_store_registry(registry);
    if options.memory_bytes > 0 {
        runtime = runtime.with_memory_limit(options.memory_bytes, 1.0);
    }
    let mut state = SessionStateBuilder::new()
        .with_config(session_config(SessionConfig::new(), options.threads))
        .with_runtime_env(runtime.build_arc()?)
        .with_default_features()
        .build();
    register_all(&mut state)?;
    Ok(SessionContext::new_with_state(state))
}
