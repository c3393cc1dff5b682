//! Tasks that can be ended while they run.
//!
//! Ballista ends a task by dropping what waits for it. The plan goes on in tasks of its own, to the end of its partition, which for a
//! plan with models may be hours after its query was cancelled. So the plans of tasks here are told: after every batch that they
//! read they let go of the thread, and they fail once nobody waits for them any more.

use ballista_core::JobId;
use ballista_core::serde::protobuf::{
    RuntimeStatsReport, ShuffleWritePartition, TaskColumnStats, WindowStateReport,
};
use ballista_executor::execution_engine::{
    DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor,
};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, exec_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use datafusion::prelude::SessionConfig;
use futures::StreamExt;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says whether a task is still wanted; shared by all parts of its plan.
type Unwanted = Arc<AtomicBool>;

/// Runs tasks as Ballista does, after making them interruptible.
#[derive(Default)]
pub(crate) struct InterruptibleEngine {
    ballista: DefaultExecutionEngine,
}

impl ExecutionEngine for InterruptibleEngine {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        partitions: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        let unwanted = Unwanted::default();
        let plan = interruptible(plan, &unwanted)?;
        let engine = &self.ballista;
        let task = engine.create_query_stage_exec(
            job_id, stage_id, task_id, partitions, plan, work_dir, config,
        )?;
        Ok(Arc::new(InterruptibleTask { task, unwanted }))
    }
}

/// A task of Ballista whose plan is told when nobody waits for it any more.
#[derive(Debug)]
struct InterruptibleTask {
    task: Arc<dyn QueryStageExecutor>,
    unwanted: Unwanted,
}

impl Display for InterruptibleTask {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}

#[async_trait::async_trait]
impl QueryStageExecutor for InterruptibleTask {
    async fn execute_query_stage(
        &self,
        task_id: usize,
        context: Arc<TaskContext>,
    ) -> Result<Vec<ShuffleWritePartition>> {
        let waiting = TellWhenDropped(Arc::clone(&self.unwanted));
        let written = self.task.execute_query_stage(task_id, context).await;
        drop(waiting);
        written
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        self.task.collect_plan_metrics()
    }

    fn collect_runtime_stats_reports(&self) -> Vec<RuntimeStatsReport> {
        self.task.collect_runtime_stats_reports()
    }

    fn collect_window_state_reports(&self) -> Result<Vec<WindowStateReport>> {
        self.task.collect_window_state_reports()
    }

    fn collect_column_stats(&self) -> Vec<TaskColumnStats> {
        self.task.collect_column_stats()
    }
}

struct TellWhenDropped(Unwanted);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Puts an [`Interruption`] over everything that a plan reads from.
fn interruptible(
    plan: Arc<dyn ExecutionPlan>,
    unwanted: &Unwanted,
) -> Result<Arc<dyn ExecutionPlan>> {
    let changed = plan.transform_up(|input| {
        if !input.children().is_empty() {
            return Ok(Transformed::no(input));
        }
        let interruption = Interruption { input, unwanted: Arc::clone(unwanted) };
        Ok(Transformed::yes(Arc::new(interruption) as Arc<dyn ExecutionPlan>))
    })?;
    Ok(changed.data)
}

/// Passes batches on while they are wanted, and lets go of the thread after each.
#[derive(Debug)]
struct Interruption {
    input: Arc<dyn ExecutionPlan>,
    unwanted: Unwanted,
}

impl DisplayAs for Interruption {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Interruption")
    }
}

impl ExecutionPlan for Interruption {
    fn name(&self) -> &str {
        "Interruption"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.into_iter().next() {
            Some(input) => Ok(Arc::new(Self { input, unwanted: Arc::clone(&self.unwanted) })),
            None => Ok(self),
        }
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let batches = self.input.execute(partition, context)?;
        let schema = batches.schema();
        let unwanted = Arc::clone(&self.unwanted);
        let batches = batches.then(move |batch| {
            let unwanted = Arc::clone(&unwanted);
            async move {
                tokio::task::yield_now().await;
                if unwanted.load(Ordering::Relaxed) {
                    return exec_err!("the task is not wanted any more");
                }
                batch
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Array, ArrayRef, Int64Array, RecordBatch};
    use datafusion::arrow::datatypes::DataType;
    use datafusion::datasource::MemTable;
    use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
    use datafusion::physical_plan::{collect, displayable};
    use datafusion::prelude::SessionContext;
    use std::time::{Duration, Instant};

    /// Plans a sum over batches of a row, each of which takes 20 ms without waiting for anything.
    #[expect(clippy::disallowed_methods, reason = "the plan is to keep its thread busy")]
    async fn busy(batches: i64) -> (Arc<dyn ExecutionPlan>, Arc<TaskContext>) {
        let config = SessionConfig::new().with_target_partitions(1);
        let session = SessionContext::new_with_config(config);
        let slow = create_udf(
            "slow",
            vec![DataType::Int64],
            DataType::Int64,
            Volatility::Volatile,
            Arc::new(|arguments| {
                std::thread::sleep(Duration::from_millis(20));
                Ok(ColumnarValue::clone(&arguments[0]))
            }),
        );
        session.register_udf(slow);
        let column = |row| Arc::new(Int64Array::from(vec![row])) as ArrayRef;
        let batch = |row| RecordBatch::try_from_iter([("id", column(row))]).unwrap();
        let batches: Vec<RecordBatch> = (0..batches).map(batch).collect();
        let table = MemTable::try_new(batches[0].schema(), vec![batches]).unwrap();
        session.register_table("t", Arc::new(table)).unwrap();
        let sum = session.sql("SELECT sum(slow(id)) FROM t").await.unwrap();
        (sum.create_physical_plan().await.unwrap(), session.task_ctx())
    }

    #[tokio::test]
    async fn wanted_rows_are_passed_on_unchanged() {
        let (plan, context) = busy(3).await;
        let plan = interruptible(plan, &Unwanted::default()).unwrap();
        let text = displayable(plan.as_ref()).indent(false).to_string();
        assert_eq!(text.matches("Interruption").count(), 1, "{text}");
        let rows = collect(plan, context).await.unwrap();
        assert_eq!(rows[0].column(0).as_ref(), &Int64Array::from(vec![3]) as &dyn Array);
    }

    /// A task that runs its plan as Ballista does: in a task of its own, which outlives whoever waits for it.
    #[derive(Debug)]
    struct Detached(Arc<dyn ExecutionPlan>, tokio::sync::mpsc::UnboundedSender<String>);

    impl Display for Detached {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write!(f, "Detached")
        }
    }

    #[async_trait::async_trait]
    impl QueryStageExecutor for Detached {
        async fn execute_query_stage(
            &self,
            _: usize,
            context: Arc<TaskContext>,
        ) -> Result<Vec<ShuffleWritePartition>> {
            let (plan, ended) = (Arc::clone(&self.0), self.1.clone());
            let work = tokio::spawn(async move {
                let outcome = collect(plan, context).await;
                ended.send(format!("{outcome:?}")).unwrap();
            });
            work.await.unwrap();
            Ok(Vec::new())
        }

        fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
            Vec::new()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_busy_plan_ends_soon_after_nobody_waits_for_it() {
        let (plan, context) = busy(500).await;
        let unwanted = Unwanted::default();
        let plan = interruptible(plan, &unwanted).unwrap();
        let (ended, mut outcome) = tokio::sync::mpsc::unbounded_channel();
        let task = InterruptibleTask { task: Arc::new(Detached(plan, ended)), unwanted };
        let start = Instant::now();
        let waiting = task.execute_query_stage(0, context);
        assert!(tokio::time::timeout(Duration::from_millis(100), waiting).await.is_err());
        let outcome = outcome.recv().await.unwrap();
        assert!(outcome.contains("not wanted any more"), "{outcome}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?} of 10 s", start.elapsed());
    }
}
