//! The scheduler process: plans queries, hands out their tasks, and knows which executors live.

use crate::ClusterError;
use crate::codec::EngineCodec;
use crate::guard::{Guard, Inner};
use crate::settings::{
    ExtraFunctions, LOSS_AFTER, MESSAGE_BYTES, PATIENCE, build_name, session_config, session_state,
};
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_core::utils::{GrpcServerConfig, create_grpc_server};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::create_scheduler;
use groundswell_engine::Stores;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;

/// Chooses how a scheduler runs.
#[derive(Debug, Clone)]
pub struct SchedulerOptions {
    /// Address to listen on. There is no authentication: whoever reaches it can read what the executors can read, so it belongs on a
    /// private network.
    pub listen: SocketAddr,
    /// Silence after which an executor counts as lost and its jobs are discarded.
    pub loss_after: Duration,
    /// How long a query waits while there is no executor at all.
    pub patience: Duration,
    /// Functions beside those of the engine.
    pub extra_functions: Option<ExtraFunctions>,
    /// Opens the files of tables.
    pub stores: Arc<Stores>,
}

impl SchedulerOptions {
    /// Chooses the defaults: 10 s of silence for a loss, 30 s without executors.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            loss_after: LOSS_AFTER,
            patience: PATIENCE,
            extra_functions: None,
            stores: Arc::default(),
        }
    }
}

/// A scheduler that listens and does not answer yet.
#[derive(Debug)]
pub struct Scheduler {
    listener: TcpListener,
    guard: Guard,
}

impl Scheduler {
    /// Starts to listen.
    ///
    /// # Errors
    /// [`ClusterError::Listen`] when the address is taken or not ours.
    pub async fn bind(options: &SchedulerOptions) -> Result<Self, ClusterError> {
        let listen = options.listen;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|source| ClusterError::Listen { address: listen, source })?;
        let state = session_state(session_config(0), options.extra_functions, &options.stores)?;
        let config = Arc::new(ballista_config(options));
        let cluster = BallistaCluster::new_from_config(&config)
            .await
            .map_err(ClusterError::while_doing("starting the scheduler"))?;
        let inner: Inner = create_scheduler(cluster, config)
            .await
            .map_err(ClusterError::while_doing("starting the scheduler"))?;
        let build = build_name(&state);
        let guard = Guard::new(inner, &build, options.loss_after, options.patience);
        Ok(Self { listener, guard })
    }

    /// Returns the address it listens on.
    ///
    /// # Errors
    /// [`ClusterError::Ballista`] when the system does not know it.
    pub fn address(&self) -> Result<SocketAddr, ClusterError> {
        self.listener.local_addr().map_err(ClusterError::while_doing("reading the address"))
    }

    /// Serves until `shutdown` ends.
    ///
    /// # Errors
    /// [`ClusterError::Ballista`] when the connection layer fails.
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ClusterError> {
        let service = SchedulerGrpcServer::new(self.guard.clone())
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES);
        let incoming = TcpIncoming::from(self.listener).with_nodelay(Some(true));
        let server = create_grpc_server(&GrpcServerConfig::default())
            .add_service(service)
            .serve_with_incoming(incoming);
        // Executors poll on connections that never end, so a shutdown does not wait for them.
        tokio::select! {
            served = server => served.map_err(ClusterError::while_doing("serving")),
            () = self.guard.watch() => Ok(()),
            () = shutdown => Ok(()),
        }
    }
}

/// Runs a scheduler until `shutdown` ends.
///
/// # Errors
/// As [`Scheduler::bind`] and [`Scheduler::serve`].
pub async fn run_scheduler(
    options: SchedulerOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ClusterError> {
    let scheduler = Scheduler::bind(&options).await?;
    tracing::info!(address = %scheduler.address()?, "scheduler listens");
    scheduler.serve(shutdown).await
}

/// Sets up Ballista so that it never recovers by itself: the first failure of a task or a stage ends the job, and an executor never
/// counts as lost, since the guard decides that.
fn ballista_config(options: &SchedulerOptions) -> SchedulerConfig {
    const NEVER_SECONDS: u64 = 10 * 365 * 24 * 3600;
    let extra = options.extra_functions;
    let stores = Arc::clone(&options.stores);
    SchedulerConfig {
        bind_host: options.listen.ip().to_string(),
        bind_port: options.listen.port(),
        external_host: options.listen.ip().to_string(),
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        task_max_failures: 1,
        stage_max_failures: 1,
        executor_timeout_seconds: NEVER_SECONDS,
        executor_termination_grace_period: NEVER_SECONDS,
        expire_dead_executor_interval_seconds: 3600,
        no_executors_grace_period_seconds: NEVER_SECONDS,
        grpc_server_max_decoding_message_size: MESSAGE_BYTES as u32,
        grpc_server_max_encoding_message_size: MESSAGE_BYTES as u32,
        grpc_client_max_message_size: MESSAGE_BYTES as u32,
        override_config_producer: Some(Arc::new(|| session_config(0))),
        override_session_builder: Some(Arc::new(move |config| {
            session_state(config, extra, &stores)
        })),
        override_logical_codec: Some(Arc::new(EngineCodec::default())),
        ..SchedulerConfig::default()
    }
}
