//! What every process of a cluster agrees on: functions, session settings, sizes, times, and who they are.

use crate::codec::EngineCodec;
use ballista_core::BALLISTA_VERSION;
use ballista_core::config as keys;
use ballista_core::extension::SessionConfigExt;
use ballista_core::utils::default_session_builder;
use datafusion::DATAFUSION_VERSION;
use datafusion::error::Result;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{FunctionRegistry, SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use groundswell_engine::Stores;
use std::sync::Arc;
use std::time::Duration;

/// Registers functions beside those of the engine. Every process of a cluster must be given the same.
pub type ExtraFunctions = fn(&mut dyn FunctionRegistry) -> Result<()>;

/// Largest message between two processes, in bytes. Ballista's default of 16 MiB is too small for plans over many files.
pub(crate) const MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// Time between two signs of life of an executor. It bounds how long a finished query on a busy cluster waits for its last check.
pub(crate) const HEARTBEAT: Duration = Duration::from_millis(500);

/// Silence after which an executor counts as lost.
pub(crate) const LOSS_AFTER: Duration = Duration::from_secs(10);

/// Rows of a batch. A task that is no longer wanted ends between two batches, and a model takes milliseconds for a row, so batches are
/// smaller than DataFusion's 8192.
const BATCH_ROWS: usize = 1024;

/// How long a query waits for a first or another executor, and for a scheduler that does not answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Silence of a client after which its query is given up.
pub(crate) const CLIENT_GONE_AFTER: Duration = Duration::from_secs(60);

/// Returns the session settings of every process of a cluster.
///
/// The static planner is chosen over the adaptive one, which is experimental in Ballista 55. One partition per task lets a quick
/// executor take the work of a slow one. Fetches are retried for half a second rather than ten, because a failed fetch breaks the
/// job and the sooner it is submitted again the better.
pub(crate) fn session_config(partitions: usize) -> SessionConfig {
    groundswell_engine::session_config(SessionConfig::new_with_ballista(), partitions)
        .with_ballista_logical_extension_codec(Arc::new(EngineCodec::default()))
        .with_batch_size(BATCH_ROWS)
        .with_ballista_adaptive_query_planner(false)
        .set_usize(keys::BALLISTA_CLIENT_GRPC_MAX_MESSAGE_SIZE, MESSAGE_BYTES)
        .set_usize(keys::BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
        .set_usize(keys::BALLISTA_CLIENT_IO_RETRIES_TIMES, 2)
        .set_usize(keys::BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, 250)
}

/// Makes the state of a session with every function registered, over files of the given stores.
pub(crate) fn session_state(
    config: SessionConfig,
    extra: Option<ExtraFunctions>,
    stores: &Arc<Stores>,
) -> Result<SessionState> {
    let runtime = RuntimeEnvBuilder::new().with_object_store_registry(Arc::clone(stores) as _);
    let state = SessionStateBuilder::new_from_existing(default_session_builder(config)?);
    let mut state = state.with_runtime_env(runtime.build_arc()?).build();
    groundswell_engine::register_all(&mut state)?;
    if let Some(register) = extra {
        register(&mut state)?;
    }
    Ok(state)
}

/// Names the build of this process: two processes with the same name understand each other's plans.
///
/// Functions travel by name only, so a process that lacks one would fail in the middle of a query; their names are therefore part of
/// the build's name, as the FNV-1a hash of the sorted list.
pub(crate) fn build_name(state: &SessionState) -> String {
    let mut names: Vec<&String> = state.scalar_functions().keys().collect();
    names.extend(state.aggregate_functions().keys());
    names.extend(state.window_functions().keys());
    names.sort_unstable();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in names.iter().flat_map(|name| name.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{version} (DataFusion {DATAFUSION_VERSION}, Ballista {BALLISTA_VERSION}, functions {hash:016x})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::datatypes::DataType;
    use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};

    fn more(registry: &mut dyn FunctionRegistry) -> Result<()> {
        let identity = create_udf(
            "one_more",
            vec![DataType::Int64],
            DataType::Int64,
            Volatility::Immutable,
            Arc::new(|arguments| Ok(ColumnarValue::clone(&arguments[0]))),
        );
        registry.register_udf(Arc::new(identity))?;
        Ok(())
    }

    #[test]
    fn a_build_is_known_by_its_functions() {
        let plain = session_state(session_config(2), None, &Arc::default()).unwrap();
        let again = session_state(session_config(4), None, &Arc::default()).unwrap();
        let richer = session_state(session_config(2), Some(more), &Arc::default()).unwrap();
        assert_eq!(build_name(&plain), build_name(&again));
        assert_ne!(build_name(&plain), build_name(&richer));
    }

    #[test]
    fn settings_survive_the_way_to_another_process() {
        use ballista_core::extension::SessionConfigHelperExt;
        let sent = session_config(7).to_key_value_pairs();
        let received = session_config(2).update_from_key_value_pair(&sent);
        assert_eq!(received.target_partitions(), 7);
        assert!(!received.ballista_adaptive_query_planner_enabled());
        assert_eq!(received.ballista_grpc_client_max_message_size(), MESSAGE_BYTES);
        assert!(!received.options().execution.parquet.schema_force_view_types);
        assert!(!received.options().optimizer.enable_round_robin_repartition);
    }
}
