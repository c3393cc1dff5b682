//! Where a query runs.

use crate::tables::divide;
use crate::{EngineError, SessionOptions, Workspace, in_stable_order, local_session};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Parts of a projection for each thread of this process.
const PARTS_PER_THREAD: usize = 4;

/// Runs queries somewhere: in this process or on a cluster.
#[async_trait]
pub trait Runner: Send + Sync {
    /// Returns the session in which tables are registered and queries planned.
    fn session(&self) -> &SessionContext;

    /// Runs one query to its end, with whatever retries the place needs.
    ///
    /// # Errors
    /// [`EngineError::Query`] when the query fails, [`EngineError::Runner`] when the place does.
    async fn run(&self, plan: LogicalPlan) -> Result<Vec<RecordBatch>, EngineError>;

    /// Computes a projection over rows, in parts and in any order.
    ///
    /// # Errors
    /// As [`Runner::run`], and when the rows cannot be brought to where queries run.
    async fn map(
        &self,
        workspace: &Workspace,
        rows: RecordBatch,
        columns: &str,
    ) -> Result<Vec<RecordBatch>, EngineError>;
}

/// Computes a projection over a table that is visible only for that long.
///
/// # Errors
/// As [`Runner::run`].
pub async fn map_table(
    runner: &dyn Runner,
    table: Arc<dyn TableProvider>,
    columns: &str,
) -> Result<Vec<RecordBatch>, EngineError> {
    static CHUNK: AtomicU64 = AtomicU64::new(0);
    let name = format!("work.public.chunk_{}", CHUNK.fetch_add(1, Ordering::Relaxed));
    let session = runner.session();
    session.register_table(&name, table)?;
    let mapped = query(runner, &format!("SELECT {columns} FROM {name}")).await;
    session.deregister_table(&name)?;
    mapped
}

/// Plans and runs a SQL text.
///
/// # Errors
/// As [`Runner::run`], and [`EngineError::Query`] for a text that is no valid query.
pub async fn query(runner: &dyn Runner, sql: &str) -> Result<Vec<RecordBatch>, EngineError> {
    let plan = runner.session().state().create_logical_plan(sql).await?;
    runner.run(plan).await
}

/// Plans and runs a SQL text and brings its rows into a stable order ([`in_stable_order`]); gives its columns too, which batches of no
/// rows would not tell.
///
/// # Errors
/// As [`query`].
pub async fn query_in_order(
    runner: &dyn Runner,
    sql: &str,
) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
    let plan = runner.session().state().create_logical_plan(sql).await?;
    let schema = Arc::clone(plan.schema().inner());
    let batches = runner.run(plan.clone()).await?;
    Ok((schema, in_stable_order(&plan, batches)?))
}

/// Runs queries in this process.
pub struct LocalRunner {
    session: SessionContext,
}

impl LocalRunner {
    /// Makes a session over the tables of a workspace.
    ///
    /// # Errors
    /// As [`local_session`].
    pub fn new(workspace: &Arc<Workspace>, options: &SessionOptions) -> Result<Self, EngineError> {
        let session = local_session(options, workspace.stores())?;
        workspace.register(&session);
        Ok(Self { session })
    }
}

#[async_trait]
impl Runner for LocalRunner {
    fn session(&self) -> &SessionContext {
        &self.session
    }

    async fn run(&self, plan: LogicalPlan) -> Result<Vec<RecordBatch>, EngineError> {
        let frame = self.session.execute_logical_plan(plan).await?;
        Ok(frame.collect().await?)
    }

    async fn map(
        &self,
        _workspace: &Workspace,
        rows: RecordBatch,
        columns: &str,
    ) -> Result<Vec<RecordBatch>, EngineError> {
        // More parts than threads: who gets short texts goes on with another part.
        let parts = self.session.state().config().target_partitions() * PARTS_PER_THREAD;
        let parts = divide(&rows, parts).into_iter().map(|part| vec![part]).collect();
        let table = Arc::new(MemTable::try_new(rows.schema(), parts)?);
        map_table(self, table, columns).await
    }
}
