//! The client: plans here, runs there, and submits again what was broken off.

use crate::ClusterError;
use crate::job::{Failure, Message, failure, submit};
use crate::settings::{ExtraFunctions, PATIENCE, build_name, session_config, session_state};
use crate::wire::{SchedulerClient, read_slots, scheduler_client};
use ballista_core::extension::{SessionConfigExt, SessionConfigHelperExt};
use ballista_core::serde::protobuf::CreateUpdateSessionParams;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion_proto::logical_plan::AsLogicalPlan;
use datafusion_proto::protobuf::LogicalPlanNode;
use groundswell_engine::provider::DeltaFiles;
use groundswell_engine::{EngineError, Runner, Stores, Workspace, map_table};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause before a broken query is submitted again, and between two looks for a scheduler that does not answer.
const PAUSE: Duration = Duration::from_millis(500);

/// Chooses how a client uses a cluster.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Address of the scheduler, `HOST:PORT`.
    pub scheduler: String,
    /// Time in which a query must end, with all its attempts.
    pub deadline: Duration,
    /// How often a query is submitted before its breaking off is reported.
    pub attempts: u32,
    /// How long a scheduler may leave a query without answer.
    pub patience: Duration,
    /// Partitions of a plan; 0 means one per task slot of the cluster.
    pub partitions: usize,
    /// Session settings by name, such as `ballista.shuffle.force_remote_read`.
    pub settings: Vec<(String, String)>,
    /// Functions beside those of the engine.
    pub extra_functions: Option<ExtraFunctions>,
    /// Opens the files of tables for what runs in this process.
    pub stores: Arc<Stores>,
}

impl ClusterOptions {
    /// Chooses the defaults: 4 attempts, 30 s of patience, a partition per task slot.
    pub fn new(scheduler: &str, deadline: Duration) -> Self {
        Self {
            scheduler: scheduler.to_owned(),
            deadline,
            attempts: 4,
            patience: PATIENCE,
            partitions: 0,
            settings: Vec::new(),
            extra_functions: None,
            stores: Arc::default(),
        }
    }
}

/// Runs queries over Delta tables on a cluster, and all others in this process.
///
/// A query that only reads Delta tables goes to the cluster. Statements, `EXPLAIN`, `information_schema` and plans over tables in
/// memory run here, in the same session with the same functions.
pub struct ClusterRunner {
    options: ClusterOptions,
    session: SessionContext,
    scheduler: SchedulerClient,
}

impl ClusterRunner {
    /// Greets the scheduler and makes a session without tables.
    ///
    /// # Errors
    /// [`ClusterError::Address`] for a text that is no address, [`ClusterError::Unreachable`] when nobody answers there,
    /// [`ClusterError::Build`] when the scheduler is of another build.
    pub async fn connect(options: ClusterOptions) -> Result<Self, ClusterError> {
        let plain = session_state(session_config(0), options.extra_functions, &options.stores)?;
        let scheduler = scheduler_client(&options.scheduler, &build_name(&plain))?;
        let slots = greet(&scheduler, &options).await?;
        let partitions = if options.partitions == 0 { slots.max(2) } else { options.partitions };
        let mut config = session_config(partitions);
        for (name, value) in &options.settings {
            config.options_mut().set(name, value)?;
        }
        let state = session_state(config, options.extra_functions, &options.stores)?;
        Ok(Self { options, session: SessionContext::new_with_state(state), scheduler })
    }

    /// Asks the scheduler how many tasks its executors can work on at the same time.
    ///
    /// # Errors
    /// As [`ClusterRunner::connect`].
    pub async fn slots(&self) -> Result<usize, ClusterError> {
        greet(&self.scheduler, &self.options).await
    }

    /// Runs a query, submitting it again when it is broken off.
    ///
    /// # Errors
    /// [`ClusterError::Query`] for what is the query's own fault; [`ClusterError::Broken`], [`ClusterError::NoExecutors`],
    /// [`ClusterError::Unreachable`] and [`ClusterError::Deadline`] for the cluster's. No rows are returned then.
    pub async fn collect(&self, plan: LogicalPlan) -> Result<Vec<RecordBatch>, ClusterError> {
        let plan = self.session.state().optimize(&plan)?;
        if !only_reads_delta_tables(&plan)? {
            tracing::debug!("query runs in this process");
            return Ok(self.session.execute_logical_plan(plan).await?.collect().await?);
        }
        let message = self.message(&plan)?;
        let mut state = "it is still at work".to_owned();
        let limit = self.options.deadline;
        match tokio::time::timeout(limit, self.insist(&message, &mut state)).await {
            Ok(ended) => ended,
            Err(_) => Err(ClusterError::Deadline { limit, state }),
        }
    }

    /// Makes attempts until one succeeds or more would not help; keeps `state` up to date for the message of the deadline.
    async fn insist(
        &self,
        message: &Message,
        state: &mut String,
    ) -> Result<Vec<RecordBatch>, ClusterError> {
        let mut attempts = 0;
        let mut silent_since: Option<Instant> = None;
        loop {
            let outcome = match submit(&self.scheduler, message).await {
                Ok(job) => {
                    silent_since = None;
                    job.rows().await
                }
                Err(failure) => Err(failure),
            };
            match outcome {
                Ok(batches) => return Ok(batches),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Broken(reason)) => {
                    attempts += 1;
                    tracing::warn!(attempts, reason, "query broken off");
                    if attempts >= self.options.attempts {
                        return Err(ClusterError::Broken { attempts, reason });
                    }
                    *state = format!("it was broken off {attempts} times, last because {reason}");
                }
                Err(Failure::Unreachable(reason)) => {
                    let since = silent_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > self.options.patience {
                        return Err(unreachable(&self.options, reason));
                    }
                    *state = format!("the scheduler does not answer: {reason}");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn message(&self, plan: &LogicalPlan) -> Result<Message, ClusterError> {
        let config = self.session.copied_config();
        let codec = config.ballista_logical_extension_codec();
        let node = LogicalPlanNode::try_from_logical_plan(plan, codec.as_ref())?;
        let mut bytes = Vec::new();
        node.try_encode(&mut bytes)?;
        Ok(Message {
            plan: bytes,
            settings: config.to_key_value_pairs(),
            session_id: self.session.session_id(),
        })
    }
}

#[async_trait::async_trait]
impl Runner for ClusterRunner {
    fn session(&self) -> &SessionContext {
        &self.session
    }

    async fn run(&self, plan: LogicalPlan) -> Result<Vec<RecordBatch>, EngineError> {
        Ok(self.collect(plan).await?)
    }

    /// Publishes the rows in the workspace, since executors cannot see this process's memory, and removes them afterwards.
    async fn map(
        &self,
        workspace: &Workspace,
        rows: RecordBatch,
        columns: &str,
    ) -> Result<Vec<RecordBatch>, EngineError> {
        let parts = self.session.state().config().target_partitions();
        let published = workspace.publish(&rows, parts).await?;
        let mapped = map_table(self, published.provider(), columns).await;
        published.remove().await;
        mapped
    }
}

/// Makes sure that a scheduler of the same build answers; returns the number of task slots of the cluster.
async fn greet(
    scheduler: &SchedulerClient,
    options: &ClusterOptions,
) -> Result<usize, ClusterError> {
    let greeting = CreateUpdateSessionParams { session_id: String::new(), settings: Vec::new() };
    match scheduler.clone().create_update_session(greeting).await {
        Ok(answer) => Ok(read_slots(answer.metadata())),
        Err(status) => Err(match failure(status) {
            Failure::Final(error) => error,
            Failure::Broken(reason) | Failure::Unreachable(reason) => unreachable(options, reason),
        }),
    }
}

fn unreachable(options: &ClusterOptions, reason: String) -> ClusterError {
    ClusterError::Unreachable { address: options.scheduler.clone(), reason }
}

/// Says whether a plan reads Delta tables and nothing else, and neither explains nor changes anything.
fn only_reads_delta_tables(plan: &LogicalPlan) -> datafusion::error::Result<bool> {
    let (mut delta, mut other) = (false, false);
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::TableScan(scan) => {
                let provider = source_as_provider(&scan.source)?;
                if provider.is::<DeltaFiles>() {
                    delta = true;
                } else {
                    other = true;
                }
            }
            LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::DescribeTable(_)
            | LogicalPlan::Statement(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Dml(_)
            | LogicalPlan::Copy(_) => other = true,
            _ => {}
        }
        Ok(if other { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(delta && !other)
}
