//! The executor process: asks the scheduler for tasks, runs them, and hands out what they wrote.

use crate::ClusterError;
use crate::codec::EngineCodec;
use crate::interruption::InterruptibleEngine;
use crate::settings::{
    ExtraFunctions, HEARTBEAT, MESSAGE_BYTES, PATIENCE, build_name, session_config, session_state,
};
use crate::wire::{SchedulerClient, host_of, plain, scheduler_client};
use crate::workfolder::WorkFolder;
use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::ids::new_instance_id;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::protobuf::executor_grpc_server::{ExecutorGrpc, ExecutorGrpcServer};
use ballista_core::serde::protobuf::{
    CancelTasksParams, CancelTasksResult, ExecutorRegistration, ExecutorStoppedParams,
    HeartBeatParams, LaunchMultiTaskParams, LaunchMultiTaskResult, LaunchTaskParams,
    LaunchTaskResult, RemoveJobDataParams, RemoveJobDataResult, StopExecutorParams,
    StopExecutorResult,
};
use ballista_core::serde::scheduler::{
    ExecutorOperatingSystemSpecification, ExecutorSpecification,
};
use ballista_core::serde::{BallistaCodec, BallistaPhysicalExtensionCodec};
use ballista_core::utils::{GrpcServerConfig, create_grpc_server};
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::executor::Executor;
use ballista_executor::flight_service::BallistaFlightService;
use ballista_executor::health::ExecutorHealth;
use ballista_executor::metrics::LoggingMetricsCollector;
use ballista_executor::runtime_cache::{DefaultSessionRuntimeCache, MemoryPoolPolicy};
use datafusion::execution::SessionState;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use groundswell_engine::Stores;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

/// Sessions whose file caches an executor keeps.
const CACHED_SESSIONS: usize = 16;

/// Chooses how an executor runs.
#[derive(Debug, Clone)]
pub struct ExecutorOptions {
    /// Address of the scheduler, `HOST:PORT`.
    pub scheduler: String,
    /// Address to hand out results on. Clients, the scheduler and other executors must reach it.
    pub listen: SocketAddr,
    /// Name or address by which others reach this machine, where that is not the listening address; without it an executor that
    /// listens on all addresses is reached at the one the scheduler sees.
    pub advertise: Option<String>,
    /// Folder for intermediate results.
    pub work_dir: PathBuf,
    /// Tasks worked on at the same time; 0 means one per core.
    pub vcores: usize,
    /// Bytes that all tasks together may hold before they spill to disk; 0 means no limit.
    pub memory_bytes: usize,
    /// Functions beside those of the engine.
    pub extra_functions: Option<ExtraFunctions>,
    /// Opens the files of tables.
    pub stores: Arc<Stores>,
}

impl ExecutorOptions {
    /// Chooses the defaults: a task per core and no limit of memory.
    pub fn new(scheduler: &str, listen: SocketAddr, work_dir: PathBuf) -> Self {
        Self {
            scheduler: scheduler.to_owned(),
            listen,
            advertise: None,
            work_dir,
            vcores: 0,
            memory_bytes: 0,
            extra_functions: None,
            stores: Arc::default(),
        }
    }

    fn vcores(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        if self.vcores == 0 { cores() } else { self.vcores }
    }

    fn host(&self) -> Option<String> {
        let listening = self.listen.ip();
        let known = (!listening.is_unspecified()).then(|| host_of(listening));
        self.advertise.clone().or(known)
    }
}

/// Runs an executor until `shutdown` ends, and then takes leave of the scheduler.
///
/// Each start is a new executor with an identity of its own, so one that went away and came back is never taken for itself.
///
/// # Errors
/// [`ClusterError::Listen`] and [`ClusterError::WorkFolder`] for what the machine refuses, [`ClusterError::Unreachable`] when no
/// scheduler answers, [`ClusterError::Build`] when it is of another build.
pub async fn run_executor(
    options: ExecutorOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ClusterError> {
    let listen = options.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|source| ClusterError::Listen { address: listen, source })?;
    let address =
        listener.local_addr().map_err(ClusterError::while_doing("reading the address"))?;
    let id = new_instance_id();
    let folder = WorkFolder::claim(&options.work_dir, &id)?;
    let state = session_state(session_config(0), options.extra_functions, &options.stores)?;
    let registration = register(&options, &id, address.port());
    let executor = Arc::new(make_executor(&options, &state, registration.clone(), &folder));
    let mut scheduler = scheduler_client(&options.scheduler, &build_name(&state))?;

    let flight = FlightServiceServer::new(BallistaFlightService::new(folder.path()))
        .max_decoding_message_size(MESSAGE_BYTES)
        .max_encoding_message_size(MESSAGE_BYTES);
    let server = create_grpc_server(&GrpcServerConfig::default())
        .add_service(flight)
        .add_service(ExecutorGrpcServer::new(Commands { executor: Arc::clone(&executor) }))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    let server = tokio::spawn(server);
    let work = async {
        greet(&mut scheduler.clone(), &registration, &options.scheduler).await?;
        tracing::info!(%address, scheduler = options.scheduler, id, "executor ready");
        let codec: BallistaCodec<LogicalPlanNode, PhysicalPlanNode> = BallistaCodec::new(
            Arc::new(EngineCodec::default()),
            Arc::new(BallistaPhysicalExtensionCodec::default()),
        );
        let health = ExecutorHealth::new();
        // A set ends what it holds when it is dropped: whoever has taken leave must not ask for tasks.
        let mut tasks = JoinSet::new();
        tasks.spawn(poll_loop(scheduler.clone(), executor, codec, None, None, health));
        tokio::select! {
            Some(ended) = tasks.join_next() => match ended {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(ClusterError::while_doing("asking for tasks")(error)),
                Err(error) => Err(ClusterError::while_doing("asking for tasks")(error)),
            },
            refused = show_life(scheduler.clone(), registration) => Err(refused),
        }
    };
    let ended = tokio::select! {
        worked = work => worked,
        served = server => match served {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ClusterError::while_doing("handing out results")(error)),
            Err(error) => Err(ClusterError::while_doing("handing out results")(error)),
        },
        () = shutdown => Ok(()),
    };
    take_leave(&mut scheduler, id).await;
    drop(folder);
    ended
}

fn register(options: &ExecutorOptions, id: &str, port: u16) -> ExecutorRegistration {
    let slots = u32::try_from(options.vcores()).unwrap_or(u32::MAX);
    ExecutorRegistration {
        id: id.to_owned(),
        host: options.host(),
        port: u32::from(port),
        grpc_port: u32::from(port),
        specification: Some(ExecutorSpecification::default().with_vcores(slots).into()),
        os_info: Some(ExecutorOperatingSystemSpecification::default().into()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}

fn make_executor(
    options: &ExecutorOptions,
    state: &SessionState,
    registration: ExecutorRegistration,
    folder: &WorkFolder,
) -> Executor {
    let path = folder.path();
    let stores = Arc::clone(&options.stores);
    let runtime = Arc::new(move |_: &SessionConfig| {
        RuntimeEnvBuilder::new()
            .with_temp_file_path(path.clone())
            .with_object_store_registry(Arc::clone(&stores) as _)
            .build_arc()
    });
    let bytes_per_slot = options.memory_bytes / options.vcores();
    let limit: MemoryPoolPolicy =
        Arc::new(move |shared: Arc<RuntimeEnv>, _: &SessionConfig, slots: u32| {
            if bytes_per_slot == 0 {
                return Ok(shared);
            }
            let pool = FairSpillPool::new(bytes_per_slot.saturating_mul(slots.max(1) as usize));
            RuntimeEnvBuilder::from_runtime_env(&shared)
                .with_memory_pool(Arc::new(pool))
                .build_arc()
        });
    let cache = DefaultSessionRuntimeCache::new(Arc::clone(&runtime) as _, limit, CACHED_SESSIONS);
    Executor::new(
        registration,
        &folder.path(),
        runtime,
        Arc::new(|| session_config(0)),
        Arc::new(BallistaFunctionRegistry::from(state)),
        Arc::new(LoggingMetricsCollector::default()),
        options.vcores(),
        Arc::new(InterruptibleEngine::default()),
    )
    .with_session_runtime_cache(Some(Arc::new(cache)))
}

fn heartbeat(registration: &ExecutorRegistration) -> HeartBeatParams {
    HeartBeatParams {
        executor_id: registration.id.clone(),
        metrics: Vec::new(),
        status: None,
        metadata: Some(registration.clone()),
    }
}

/// Shows life for the first time, waiting for a scheduler that is still starting.
async fn greet(
    scheduler: &mut SchedulerClient,
    registration: &ExecutorRegistration,
    address: &str,
) -> Result<(), ClusterError> {
    let start = Instant::now();
    loop {
        let refused = match scheduler.heart_beat_from_executor(heartbeat(registration)).await {
            Ok(_) => return Ok(()),
            Err(status) => status,
        };
        if refused.code() == Code::FailedPrecondition {
            return Err(ClusterError::Build(refused.message().to_owned()));
        }
        if start.elapsed() > PATIENCE {
            let reason = plain(&refused);
            return Err(ClusterError::Unreachable { address: address.to_owned(), reason });
        }
        tokio::time::sleep(HEARTBEAT).await;
    }
}

/// Shows life for ever; ends only when a scheduler of another build has taken the place of ours.
async fn show_life(
    mut scheduler: SchedulerClient,
    registration: ExecutorRegistration,
) -> ClusterError {
    let mut reachable = true;
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        match scheduler.heart_beat_from_executor(heartbeat(&registration)).await {
            Ok(_) if !reachable => {
                reachable = true;
                tracing::info!("scheduler answers again");
            }
            Ok(_) => {}
            Err(status) if status.code() == Code::FailedPrecondition => {
                return ClusterError::Build(status.message().to_owned());
            }
            Err(status) if reachable => {
                reachable = false;
                tracing::warn!(reason = plain(&status), "scheduler does not answer");
            }
            Err(_) => {}
        }
    }
}

async fn take_leave(scheduler: &mut SchedulerClient, executor_id: String) {
    let leave = ExecutorStoppedParams { executor_id, reason: "it was stopped".to_owned() };
    let told = tokio::time::timeout(Duration::from_secs(2), scheduler.executor_stopped(leave));
    if !matches!(told.await, Ok(Ok(_))) {
        tracing::debug!("scheduler could not be told that this executor stops");
    }
}

/// Obeys the scheduler where it speaks first: when a job is cancelled.
struct Commands {
    executor: Arc<Executor>,
}

#[tonic::async_trait]
impl ExecutorGrpc for Commands {
    async fn cancel_tasks(
        &self,
        request: Request<CancelTasksParams>,
    ) -> Result<Response<CancelTasksResult>, Status> {
        let mut cancelled = true;
        for task in request.into_inner().task_infos {
            let (stage, number) = (task.stage_id as usize, task.task_id as usize);
            let stopped = self.executor.cancel_task(task.job_id.into(), stage, number).await;
            cancelled &= stopped.map_err(|error| Status::internal(error.to_string()))?;
        }
        Ok(Response::new(CancelTasksResult { cancelled }))
    }

    async fn stop_executor(
        &self,
        _: Request<StopExecutorParams>,
    ) -> Result<Response<StopExecutorResult>, Status> {
        Err(Status::unimplemented("executors are stopped where they run"))
    }

    async fn remove_job_data(
        &self,
        _: Request<RemoveJobDataParams>,
    ) -> Result<Response<RemoveJobDataResult>, Status> {
        Err(Status::unimplemented("executors learn what to remove when they poll for work"))
    }

    async fn launch_task(
        &self,
        _: Request<LaunchTaskParams>,
    ) -> Result<Response<LaunchTaskResult>, Status> {
        Err(Status::unimplemented("executors poll for work"))
    }

    async fn launch_multi_task(
        &self,
        _: Request<LaunchMultiTaskParams>,
    ) -> Result<Response<LaunchMultiTaskResult>, Status> {
        Err(Status::unimplemented("executors poll for work"))
    }
}
