//! The scheduler's front: passes requests on to Ballista's scheduler and keeps the ledger.
//!
//! Ballista never learns that an executor was lost, so it never recovers by itself; whoever asks for a broken job is told to submit
//! it again (status `ABORTED`), and the job is cancelled.

use crate::ledger::{Ledger, Report, Standing, Task};
use crate::settings::CLIENT_GONE_AFTER;
use crate::wire::{check_build, host_of, write_slots};
use ballista_core::JobId;
use ballista_core::serde::protobuf::execute_query_result::Result as Submitted;
use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult,
    CreateUpdateSessionParams, CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult,
    ExecutorRegistration, ExecutorStoppedParams, ExecutorStoppedResult, GetJobMetricsParams,
    GetJobMetricsResult, GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult,
    PollWorkParams, PollWorkResult, RegisterExecutorParams, RegisterExecutorResult,
    RemoveSessionParams, RemoveSessionResult, TaskStatus, UpdateTaskStatusParams,
    UpdateTaskStatusResult, executor_resource, job_status, task_status,
};
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use futures::stream::BoxStream;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};

/// Ballista's scheduler for DataFusion's own plan messages.
pub(crate) type Inner = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;

type Answer<T> = Result<Response<T>, Status>;

/// Stands before Ballista's scheduler.
#[derive(Clone)]
pub(crate) struct Guard {
    inner: Inner,
    ledger: Arc<Mutex<Ledger>>,
    life: Arc<Notify>,
    build: Arc<str>,
    loss_after: Duration,
    patience: Duration,
}

impl Guard {
    pub(crate) fn new(inner: Inner, build: &str, loss_after: Duration, patience: Duration) -> Self {
        Self {
            inner,
            ledger: Arc::new(Mutex::new(Ledger::new(Instant::now()))),
            life: Arc::new(Notify::new()),
            build: Arc::from(build),
            loss_after,
            patience,
        }
    }

    /// Watches for silent executors and clients, for ever.
    pub(crate) async fn watch(self) {
        loop {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let expired = self.ledger().expire(Instant::now(), self.loss_after, CLIENT_GONE_AFTER);
            for executor in expired.executors {
                self.forget_executor(&executor, "it was silent").await;
            }
            self.cancel(expired.jobs).await;
            self.life.notify_waiters();
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes an executor from Ballista's list without the event that would start its recovery.
    async fn forget_executor(&self, executor: &str, reason: &str) {
        let manager = &self.inner.state.executor_manager;
        if let Err(error) = manager.remove_executor(executor, Some(reason.to_owned())).await {
            tracing::warn!(executor, %error, "executor could not be removed");
        }
    }

    async fn cancel(&self, jobs: Vec<String>) {
        for job in jobs {
            if let Err(error) = self.inner.cancel_job(JobId::new(job.as_str())).await {
                tracing::warn!(job, %error, "job could not be cancelled");
            }
        }
    }

    /// Waits until every executor that worked for an ended job has shown life since its end.
    async fn confirm(&self, job: &str) -> Result<(), Status> {
        let end = Instant::now();
        loop {
            let life = self.life.notified();
            let standing = self.ledger().standing(job, Some(end));
            match standing {
                Standing::Intact => return Ok(()),
                Standing::Waiting => {
                    // The watch wakes everyone four times a second, so this ends when the silent executor counts as lost.
                    let _ = tokio::time::timeout(self.loss_after, life).await;
                }
                Standing::Broken(reason) => return Err(Status::aborted(reason)),
                Standing::Unknown => return Err(unknown(job)),
            }
        }
    }

    async fn poll(&self, request: Request<PollWorkParams>) -> Answer<PollWorkResult> {
        let now = Instant::now();
        let params = request.get_ref();
        let Some(executor) = &params.metadata else {
            return Err(Status::invalid_argument("a poll must name its executor"));
        };
        let id = executor.id.clone();
        let reports: Vec<Report> = params.task_status.iter().map(report).collect();
        let broken = {
            let mut ledger = self.ledger();
            if !ledger.heard(&id, slots(executor), now) {
                return Err(Status::cancelled("the executor has taken leave"));
            }
            ledger.polled(&id, params.num_free_vcores, &reports, now)
        };
        self.life.notify_waiters();
        self.cancel(broken).await;
        let answer = self.inner.poll_work(request).await?;
        let tasks = answer.get_ref().tasks.iter().map(|task| Task {
            job: task.job_id.clone(),
            stage: task.stage_id,
            task: task.task_id,
        });
        let broken = self.ledger().assigned(&id, tasks.collect(), Instant::now());
        self.cancel(broken).await;
        Ok(answer)
    }

    async fn submit(&self, request: Request<ExecuteQueryParams>) -> Answer<ExecuteQueryResult> {
        let answer = self.inner.execute_query(request).await?;
        if let Some(Submitted::Success(submitted)) = &answer.get_ref().result {
            self.ledger().submitted(&submitted.job_id, Instant::now());
        }
        Ok(answer)
    }
}

/// Runs a request to its end even when the connection it came on breaks, so that what Ballista did is always written in the ledger.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Answer<T>> + Send + 'static,
) -> Answer<T> {
    match tokio::spawn(work).await {
        Ok(answer) => answer,
        Err(error) => Err(Status::internal(error.to_string())),
    }
}

fn unknown(job: &str) -> Status {
    Status::not_found(format!(
        "job {job} is unknown to this scheduler, which may have started again"
    ))
}

fn slots(executor: &ExecutorRegistration) -> u32 {
    let resources = executor.specification.iter().flat_map(|known| &known.resources);
    let slots = resources.filter_map(|resource| match resource.resource {
        Some(executor_resource::Resource::Vcores(slots)) => Some(slots),
        _ => None,
    });
    slots.sum::<u32>().max(1)
}

/// Reads how a task ended. A query's own error ends the job as Ballista does it, and a task is cancelled only for a job that has
/// ended; whatever else Ballista would try again breaks the job.
fn report(status: &TaskStatus) -> Report {
    let task = Task { job: status.job_id.clone(), stage: status.stage_id, task: status.task_id };
    let trouble = match &status.status {
        Some(task_status::Status::Failed(failed)) => match &failed.failed_reason {
            None | Some(FailedReason::ExecutionError(_) | FailedReason::TaskKilled(_)) => None,
            Some(FailedReason::FetchPartitionError(fetch)) => Some(format!(
                "results of executor {} could not be read: {}",
                fetch.executor_id, failed.error
            )),
            Some(_) => Some(failed.error.clone()),
        },
        _ => None,
    };
    Report { task, trouble }
}

#[tonic::async_trait]
impl SchedulerGrpc for Guard {
    type ExecuteQueryPushStream = BoxStream<'static, Result<GetJobStatusResult, Status>>;

    async fn poll_work(&self, mut request: Request<PollWorkParams>) -> Answer<PollWorkResult> {
        check_build(&self.build, request.metadata(), "executor")?;
        let sender = request.remote_addr();
        if let (Some(executor), Some(sender)) = (&mut request.get_mut().metadata, sender) {
            executor.host.get_or_insert_with(|| host_of(sender.ip()));
        }
        let guard = self.clone();
        to_its_end(async move { guard.poll(request).await }).await
    }

    async fn heart_beat_from_executor(
        &self,
        request: Request<HeartBeatParams>,
    ) -> Answer<HeartBeatResult> {
        check_build(&self.build, request.metadata(), "executor")?;
        let Some(executor) = &request.get_ref().metadata else {
            return Err(Status::invalid_argument("a heartbeat must name its executor"));
        };
        self.ledger().heard(&executor.id, slots(executor), Instant::now());
        self.life.notify_waiters();
        Ok(Response::new(HeartBeatResult { reregister: false }))
    }

    async fn executor_stopped(
        &self,
        request: Request<ExecutorStoppedParams>,
    ) -> Answer<ExecutorStoppedResult> {
        let ExecutorStoppedParams { executor_id, reason } = request.into_inner();
        let broken = self.ledger().leave(&executor_id, Instant::now());
        self.forget_executor(&executor_id, &reason).await;
        self.cancel(broken).await;
        Ok(Response::new(ExecutorStoppedResult {}))
    }

    /// Answers a client's greeting with the number of task slots.
    async fn create_update_session(
        &self,
        request: Request<CreateUpdateSessionParams>,
    ) -> Answer<CreateUpdateSessionResult> {
        check_build(&self.build, request.metadata(), "client")?;
        let session_id = request.into_inner().session_id;
        let mut answer = Response::new(CreateUpdateSessionResult { session_id });
        write_slots(answer.metadata_mut(), self.ledger().slots());
        Ok(answer)
    }

    async fn execute_query(
        &self,
        request: Request<ExecuteQueryParams>,
    ) -> Answer<ExecuteQueryResult> {
        check_build(&self.build, request.metadata(), "client")?;
        let guard = self.clone();
        to_its_end(async move { guard.submit(request).await }).await
    }

    async fn get_job_status(
        &self,
        request: Request<GetJobStatusParams>,
    ) -> Answer<GetJobStatusResult> {
        let job = request.get_ref().job_id.clone();
        let (standing, deserted) = {
            let mut ledger = self.ledger();
            let now = Instant::now();
            (ledger.asked(&job, now), ledger.deserted(now))
        };
        match standing {
            Standing::Broken(reason) => return Err(Status::aborted(reason)),
            Standing::Unknown => return Err(unknown(&job)),
            Standing::Intact | Standing::Waiting => {}
        }
        if let Some(deserted) = deserted.filter(|deserted| *deserted > self.patience) {
            self.cancel(vec![job]).await;
            let seconds = deserted.as_secs();
            let reason = format!("no executor has been connected for {seconds} s");
            return Err(Status::resource_exhausted(reason));
        }
        let answer = self.inner.get_job_status(request).await?;
        let status = answer.get_ref().status.as_ref().and_then(|job| job.status.as_ref());
        let ended = matches!(
            status,
            Some(job_status::Status::Successful(_) | job_status::Status::Failed(_))
        );
        if ended {
            self.confirm(&job).await?;
            self.ledger().closed(&job);
        }
        Ok(answer)
    }

    async fn cancel_job(&self, request: Request<CancelJobParams>) -> Answer<CancelJobResult> {
        self.ledger().closed(&request.get_ref().job_id);
        SchedulerGrpc::cancel_job(&self.inner, request).await
    }

    async fn clean_job_data(
        &self,
        request: Request<CleanJobDataParams>,
    ) -> Answer<CleanJobDataResult> {
        self.inner.clean_job_data(request).await
    }

    async fn get_job_metrics(
        &self,
        request: Request<GetJobMetricsParams>,
    ) -> Answer<GetJobMetricsResult> {
        self.inner.get_job_metrics(request).await
    }

    async fn remove_session(
        &self,
        request: Request<RemoveSessionParams>,
    ) -> Answer<RemoveSessionResult> {
        self.inner.remove_session(request).await
    }

    async fn execute_query_push(
        &self,
        _: Request<ExecuteQueryParams>,
    ) -> Answer<Self::ExecuteQueryPushStream> {
        Err(Status::unimplemented("ask for the status of a job instead of waiting for it"))
    }

    async fn register_executor(
        &self,
        _: Request<RegisterExecutorParams>,
    ) -> Answer<RegisterExecutorResult> {
        Err(Status::unimplemented("executors poll for work here"))
    }

    async fn update_task_status(
        &self,
        _: Request<UpdateTaskStatusParams>,
    ) -> Answer<UpdateTaskStatusResult> {
        Err(Status::unimplemented("executors report their tasks when they poll for work"))
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("build", &self.build).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ballista_core::serde::protobuf::{
        ExecutionError, FailedTask, FetchPartitionError, IoError, SuccessfulTask, TaskKilled,
    };

    fn ended(status: task_status::Status) -> Option<String> {
        report(&TaskStatus { status: Some(status), ..TaskStatus::default() }).trouble
    }

    fn failed(reason: FailedReason) -> Option<String> {
        ended(task_status::Status::Failed(FailedTask {
            error: "why".to_owned(),
            failed_reason: Some(reason),
            ..FailedTask::default()
        }))
    }

    #[test]
    fn a_job_breaks_by_what_ballista_would_try_again() {
        assert_eq!(ended(task_status::Status::Successful(SuccessfulTask::default())), None);
        assert_eq!(failed(FailedReason::ExecutionError(ExecutionError {})), None);
        assert_eq!(failed(FailedReason::TaskKilled(TaskKilled {})), None);
        assert_eq!(failed(FailedReason::IoError(IoError {})), Some("why".to_owned()));
        let fetch = FetchPartitionError { executor_id: "e".to_owned(), ..Default::default() };
        let trouble = failed(FailedReason::FetchPartitionError(fetch)).unwrap();
        assert_eq!(trouble, "results of executor e could not be read: why");
    }
}
