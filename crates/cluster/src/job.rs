//! One attempt at a query: submit it, wait for its end, fetch its rows.

use crate::ClusterError;
use crate::settings::MESSAGE_BYTES;
use crate::wire::{SchedulerClient, plain};
use ballista_core::client::BallistaClient;
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::execute_query_result::Result as Submitted;
use ballista_core::serde::protobuf::job_status::Status as JobState;
use ballista_core::serde::protobuf::{
    CancelJobParams, CleanJobDataParams, ExecuteQueryParams, GetJobStatusParams, KeyValuePair,
    PartitionLocation, execute_query_failure_result,
};
use ballista_core::version::insert_version_header;
use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use futures::{StreamExt, TryStreamExt};
use std::time::Duration;
use tokio::time::timeout;
use tonic::{Code, Request, Status};

/// Partitions of a result that are fetched at the same time.
const FETCHES: usize = 4;

/// Silence of an executor in the middle of a fetch after which the fetch has failed.
const FETCH_SILENCE: Duration = Duration::from_secs(20);

/// Says why an attempt brought no rows.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The job was broken; another attempt may succeed.
    Broken(String),
    /// The scheduler does not answer.
    Unreachable(String),
    /// Another attempt would fail the same way.
    Final(ClusterError),
}

/// A query as it travels.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) plan: Vec<u8>,
    pub(crate) settings: Vec<KeyValuePair>,
    pub(crate) session_id: String,
}

/// A job on the cluster, cancelled when it is dropped before its end.
pub(crate) struct Job {
    id: String,
    scheduler: SchedulerClient,
    running: bool,
}

/// Submits a query.
pub(crate) async fn submit(scheduler: &SchedulerClient, message: &Message) -> Result<Job, Failure> {
    let mut scheduler = scheduler.clone();
    let mut request = Request::new(ExecuteQueryParams {
        query: Some(Query::LogicalPlan(message.plan.clone())),
        settings: message.settings.clone(),
        session_id: message.session_id.clone(),
        operation_id: String::new(),
    });
    insert_version_header(request.metadata_mut());
    let answer = scheduler.execute_query(request).await.map_err(failure)?.into_inner();
    match answer.result {
        Some(Submitted::Success(submitted)) => {
            Ok(Job { id: submitted.job_id, scheduler, running: true })
        }
        Some(Submitted::Failure(refused)) => {
            let reason = match refused.failure {
                Some(execute_query_failure_result::Failure::PlanParsingFailure(reason)) => reason,
                other => format!("{other:?}"),
            };
            Err(Failure::Final(query_error(&reason)))
        }
        None => Err(Failure::Broken("the scheduler gave no answer".to_owned())),
    }
}

impl Job {
    /// Waits for the end and fetches the rows.
    pub(crate) async fn rows(mut self) -> Result<Vec<RecordBatch>, Failure> {
        let partitions = self.wait().await?;
        self.running = false;
        let rows = fetch(partitions).await;
        self.clean().await;
        rows
    }

    /// Asks until the job has ended; first often, for quick queries, then less.
    async fn wait(&mut self) -> Result<Vec<PartitionLocation>, Failure> {
        let mut pause = Duration::from_millis(10);
        loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(200));
            let request = GetJobStatusParams { job_id: self.id.clone() };
            let answer = self.scheduler.get_job_status(request).await.map_err(failure)?;
            match answer.into_inner().status.and_then(|job| job.status) {
                None | Some(JobState::Queued(_) | JobState::Running(_)) => {}
                Some(JobState::Successful(done)) => return Ok(done.partition_location),
                Some(JobState::Failed(failed)) => {
                    return Err(Failure::Final(query_error(&failed.error)));
                }
            }
        }
    }

    /// Lets executors remove the rows that have been fetched.
    async fn clean(&mut self) {
        let request = CleanJobDataParams { job_id: self.id.clone(), remove_stage_ids: Vec::new() };
        if let Err(status) = self.scheduler.clean_job_data(request).await {
            tracing::debug!(reason = plain(&status), "rows stay on the executors for a while");
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if !self.running {
            return;
        }
        let (mut scheduler, job_id) = (self.scheduler.clone(), self.id.clone());
        tokio::spawn(async move {
            let _ = scheduler.cancel_job(CancelJobParams { job_id }).await;
        });
    }
}

/// Fetches all partitions, in their order.
async fn fetch(partitions: Vec<PartitionLocation>) -> Result<Vec<RecordBatch>, Failure> {
    let parts: Vec<Vec<RecordBatch>> = futures::stream::iter(partitions)
        .map(fetch_partition)
        .buffered(FETCHES)
        .try_collect()
        .await
        .map_err(|error| Failure::Broken(format!("rows could not be fetched: {error}")))?;
    Ok(parts.into_iter().flatten().collect())
}

async fn fetch_partition(location: PartitionLocation) -> Result<Vec<RecordBatch>, DataFusionError> {
    let layout = location.layout();
    let (Some(executor), Some(partition)) = (location.executor_meta, location.partition_id) else {
        return Err(DataFusionError::Internal("the scheduler did not say where".to_owned()));
    };
    let port = u16::try_from(executor.port).map_err(|error| external(error.into()))?;
    let connect =
        BallistaClient::try_new(&executor.host, port, MESSAGE_BYTES, false, None, 2, 250, 0, 0);
    let silent = || DataFusionError::Execution(format!("executor {} is silent", executor.id));
    let mut client = timeout(FETCH_SILENCE, connect)
        .await
        .map_err(|_| silent())?
        .map_err(|error| external(error.into()))?;
    let partition = partition.into();
    let stream = client.fetch_partition(&executor.id, &partition, location.file_id, layout, true);
    let mut stream = timeout(FETCH_SILENCE, stream)
        .await
        .map_err(|_| silent())?
        .map_err(|error| external(error.into()))?;
    let mut batches = Vec::new();
    while let Some(batch) = timeout(FETCH_SILENCE, stream.next()).await.map_err(|_| silent())? {
        batches.push(batch?);
    }
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let written = location.partition_stats.and_then(|known| usize::try_from(known.num_rows).ok());
    match written {
        Some(written) if written != rows => Err(DataFusionError::Execution(format!(
            "executor {} wrote {written} rows and handed out {rows}",
            executor.id
        ))),
        _ => Ok(batches),
    }
}

fn external(error: Box<dyn std::error::Error + Send + Sync>) -> DataFusionError {
    DataFusionError::External(error)
}

/// Sorts what a request can fail with.
pub(crate) fn failure(status: Status) -> Failure {
    let reason = plain(&status);
    match status.code() {
        Code::Aborted | Code::NotFound => Failure::Broken(reason),
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded => {
            Failure::Unreachable(reason)
        }
        Code::FailedPrecondition => Failure::Final(ClusterError::Build(reason)),
        Code::ResourceExhausted => Failure::Final(ClusterError::NoExecutors(reason)),
        _ => Failure::Final(ClusterError::Ballista { action: "running the query", reason }),
    }
}

/// Makes an error of the query's own fault readable: Ballista wraps the cause in layers of debug text.
fn query_error(text: &str) -> ClusterError {
    let text = text
        .strip_prefix("Job failed due to stage ")
        .map_or(text, |rest| rest.split_once("failed: ").map_or(rest, |(_, cause)| cause));
    let text = text.trim().trim_start_matches("Task failed due to runtime execution error: ");
    ClusterError::Query(DataFusionError::Execution(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_sorted_by_what_helps() {
        let sorted = |code| failure(Status::new(code, "why"));
        assert!(matches!(sorted(Code::Aborted), Failure::Broken(reason) if reason == "why"));
        assert!(matches!(sorted(Code::NotFound), Failure::Broken(_)));
        assert!(matches!(sorted(Code::Unavailable), Failure::Unreachable(_)));
        assert!(matches!(sorted(Code::FailedPrecondition), Failure::Final(ClusterError::Build(_))));
        let none = sorted(Code::ResourceExhausted);
        assert!(matches!(none, Failure::Final(ClusterError::NoExecutors(_))));
        assert!(matches!(sorted(Code::Internal), Failure::Final(ClusterError::Ballista { .. })));
    }

    #[test]
    fn errors_of_a_query_lose_their_wrapping() {
        let wrapped = "Job failed due to stage 1 failed: Task failed due to runtime execution error: \
                       DataFusionError(ArrowError(DivideByZero, None))\n";
        let error = query_error(wrapped).to_string();
        assert!(error.ends_with("DataFusionError(ArrowError(DivideByZero, None))"), "{error}");
        assert!(!error.contains("stage"), "{error}");
    }
}
