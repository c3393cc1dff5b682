//! The scheduler's book: which executors live, which of them worked for which job, and which jobs are broken by that.
//!
//! It is told what happens and at what time, and does nothing by itself. A job is *broken* once anything happened to it after which
//! Ballista's own recovery would have to be trusted: an executor that worked for it was lost, a task of it could not read what
//! another had written, or a task was handed out and never heard of again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

/// Names a task of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Task {
    pub(crate) job: String,
    pub(crate) stage: u32,
    pub(crate) task: u32,
}

/// Says how a task ended: `trouble` when that breaks its job.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) task: Task,
    pub(crate) trouble: Option<String>,
}

/// Says how a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All executors that worked for it have shown life since the time asked for.
    Intact,
    /// Some executor has yet to show life.
    Waiting,
    /// It must be discarded, for this reason.
    Broken(String),
    /// It is not in the book: it was submitted to an earlier scheduler, or given up.
    Unknown,
}

/// Lists what ran out of time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expired {
    /// Executors that counted as lost.
    pub(crate) executors: Vec<String>,
    /// Jobs to be cancelled: broken ones, and those whose client is gone.
    pub(crate) jobs: Vec<String>,
}

#[derive(Debug)]
struct Member {
    seen: Instant,
    slots: u32,
    /// Tasks handed out and not yet reported.
    open: HashSet<Task>,
    /// Polls in a row that said "all slots are free" while tasks were open.
    idle: u32,
}

#[derive(Debug)]
struct Job {
    executors: BTreeSet<String>,
    broken: Option<String>,
    asked: Instant,
}

/// Keeps the book.
#[derive(Debug)]
pub(crate) struct Ledger {
    members: BTreeMap<String, Member>,
    /// Who took leave; each start of an executor has a name of its own, so they never come back.
    departed: HashSet<String>,
    jobs: BTreeMap<String, Job>,
    empty_since: Instant,
}

impl Ledger {
    /// Opens a book without executors and jobs.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            members: BTreeMap::new(),
            departed: HashSet::new(),
            jobs: BTreeMap::new(),
            empty_since: now,
        }
    }

    /// Notes a sign of life. Says no to one that was on its way when its executor took leave.
    pub(crate) fn heard(&mut self, executor: &str, slots: u32, now: Instant) -> bool {
        if self.departed.contains(executor) {
            return false;
        }
        if let Some(member) = self.members.get_mut(executor) {
            member.seen = now;
            return true;
        }
        tracing::info!(executor, slots, "executor joined");
        let member = Member { seen: now, slots, open: HashSet::new(), idle: 0 };
        self.members.insert(executor.to_owned(), member);
        true
    }

    /// Notes a poll for work with the tasks it reports; returns the jobs which that broke.
    ///
    /// An executor whose slots are all free has no task in hand, so tasks still open then were lost on the way, or their reports
    /// were. A report may be one poll behind the free slot, hence two polls in a row.
    pub(crate) fn polled(
        &mut self,
        executor: &str,
        free_slots: u32,
        reports: &[Report],
        now: Instant,
    ) -> Vec<String> {
        let mut broken = Vec::new();
        for report in reports {
            if let Some(trouble) = &report.trouble {
                broken.extend(self.break_job(&report.task.job, trouble));
            }
        }
        let Some(member) = self.members.get_mut(executor) else { return broken };
        member.seen = now;
        for report in reports {
            member.open.remove(&report.task);
        }
        let idle = free_slots >= member.slots && !member.open.is_empty();
        member.idle = if idle { member.idle + 1 } else { 0 };
        if member.idle >= 2 {
            member.idle = 0;
            let jobs: BTreeSet<String> = member.open.drain().map(|task| task.job).collect();
            for job in jobs {
                let reason = format!("executor {executor} lost a task or its report");
                broken.extend(self.break_job(&job, &reason));
            }
        }
        broken
    }

    /// Notes tasks handed to an executor; returns the jobs broken because it is not there any more.
    pub(crate) fn assigned(
        &mut self,
        executor: &str,
        tasks: Vec<Task>,
        now: Instant,
    ) -> Vec<String> {
        let mut broken = Vec::new();
        for task in tasks {
            let job = self.jobs.entry(task.job.clone()).or_insert_with(|| Job::new(now));
            job.executors.insert(executor.to_owned());
            match self.members.get_mut(executor) {
                Some(member) => {
                    member.open.insert(task);
                }
                None => broken.extend(self.break_job(&task.job, &lost(executor))),
            }
        }
        broken
    }

    /// Notes that an executor has taken leave for good; returns the jobs which that broke.
    pub(crate) fn leave(&mut self, executor: &str, now: Instant) -> Vec<String> {
        self.departed.insert(executor.to_owned());
        self.lose(executor, now)
    }

    /// Notes that an executor is gone, which may show life again; returns the jobs which that broke.
    pub(crate) fn lose(&mut self, executor: &str, now: Instant) -> Vec<String> {
        if self.members.remove(executor).is_none() {
            return Vec::new();
        }
        tracing::warn!(executor, "executor lost");
        if self.members.is_empty() {
            self.empty_since = now;
        }
        let worked = |(_, job): &(&String, &Job)| job.executors.contains(executor);
        let jobs: Vec<String> =
            self.jobs.iter().filter(worked).map(|(job, _)| job.clone()).collect();
        jobs.iter().filter_map(|job| self.break_job(job, &lost(executor))).collect()
    }

    /// Counts executors as lost that have been silent for `loss_after`, and gives up jobs that no client has asked for during
    /// `gone_after`.
    pub(crate) fn expire(
        &mut self,
        now: Instant,
        loss_after: Duration,
        gone_after: Duration,
    ) -> Expired {
        let silent =
            |(_, member): &(&String, &Member)| now.duration_since(member.seen) > loss_after;
        let executors: Vec<String> =
            self.members.iter().filter(silent).map(|(executor, _)| executor.clone()).collect();
        let mut jobs = Vec::new();
        for executor in &executors {
            jobs.extend(self.lose(executor, now));
        }
        let given_up = |(_, job): &(&String, &Job)| now.duration_since(job.asked) > gone_after;
        let gone: Vec<String> =
            self.jobs.iter().filter(given_up).map(|(job, _)| job.clone()).collect();
        for job in gone {
            tracing::info!(job, "job given up: its client asks no more");
            self.jobs.remove(&job);
            jobs.push(job);
        }
        Expired { executors, jobs }
    }

    /// Notes a new job.
    pub(crate) fn submitted(&mut self, job: &str, now: Instant) {
        self.jobs.entry(job.to_owned()).or_insert_with(|| Job::new(now)).asked = now;
    }

    /// Notes that the client asked for a job, and says how it stands as far as known at once.
    pub(crate) fn asked(&mut self, job: &str, now: Instant) -> Standing {
        match self.jobs.get_mut(job) {
            Some(known) => known.asked = now,
            None => return Standing::Unknown,
        }
        self.standing(job, None)
    }

    /// Says how a job stands; with `since`, whether all its executors have shown life after that time.
    pub(crate) fn standing(&self, job: &str, since: Option<Instant>) -> Standing {
        let Some(job) = self.jobs.get(job) else { return Standing::Unknown };
        if let Some(reason) = &job.broken {
            return Standing::Broken(reason.clone());
        }
        let alive = |executor: &String| match (self.members.get(executor), since) {
            (Some(member), Some(since)) => member.seen >= since,
            (member, _) => member.is_some(),
        };
        if job.executors.iter().all(alive) { Standing::Intact } else { Standing::Waiting }
    }

    /// Closes a job: its end has been told, or it has been cancelled.
    pub(crate) fn closed(&mut self, job: &str) {
        self.jobs.remove(job);
    }

    /// Returns the number of tasks that all executors together can work on.
    pub(crate) fn slots(&self) -> u32 {
        self.members.values().map(|member| member.slots).sum()
    }

    /// Returns for how long there has been no executor at all.
    pub(crate) fn deserted(&self, now: Instant) -> Option<Duration> {
        self.members.is_empty().then(|| now.duration_since(self.empty_since))
    }

    fn break_job(&mut self, job: &str, reason: &str) -> Option<String> {
        let known = self.jobs.get_mut(job).filter(|known| known.broken.is_none())?;
        tracing::warn!(job, reason, "job broken");
        known.broken = Some(reason.to_owned());
        Some(job.to_owned())
    }
}

impl Job {
    fn new(now: Instant) -> Self {
        Self { executors: BTreeSet::new(), broken: None, asked: now }
    }
}

fn lost(executor: &str) -> String {
    format!("executor {executor} was lost")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOSS: Duration = Duration::from_secs(10);
    const GONE: Duration = Duration::from_secs(60);

    fn task(job: &str, task: u32) -> Task {
        Task { job: job.to_owned(), stage: 1, task }
    }

    fn done(task: Task) -> Report {
        Report { task, trouble: None }
    }

    /// Two executors of two slots each, a job that both work for, one that only the second works for.
    fn book(now: Instant) -> Ledger {
        let mut book = Ledger::new(now);
        book.heard("a", 2, now);
        book.heard("b", 2, now);
        book.submitted("both", now);
        book.submitted("second", now);
        assert!(book.assigned("a", vec![task("both", 0)], now).is_empty());
        assert!(book.assigned("b", vec![task("both", 1), task("second", 0)], now).is_empty());
        book
    }

    #[test]
    fn a_loss_breaks_exactly_the_jobs_the_executor_worked_for() {
        let now = Instant::now();
        let mut book = book(now);
        assert_eq!(book.lose("a", now), ["both"]);
        assert_eq!(book.standing("both", None), Standing::Broken("executor a was lost".into()));
        assert_eq!(book.standing("second", None), Standing::Intact);
        assert!(book.lose("a", now).is_empty(), "it is lost only once");
        assert_eq!(book.lose("b", now), ["second"]);
    }

    #[test]
    fn a_broken_job_stays_broken_when_the_executor_comes_back() {
        let now = Instant::now();
        let mut book = book(now);
        book.lose("a", now);
        book.heard("a", 2, now);
        assert!(matches!(book.asked("both", now), Standing::Broken(_)));
    }

    #[test]
    fn whoever_took_leave_is_heard_no_more() {
        let now = Instant::now();
        let mut book = book(now);
        assert_eq!(book.leave("a", now), ["both"]);
        assert!(!book.heard("a", 2, now), "a poll that was on its way");
        assert_eq!(book.slots(), 2);
    }

    #[test]
    fn silence_is_loss() {
        let start = Instant::now();
        let mut book = book(start);
        let later = start + LOSS;
        book.heard("b", 2, later);
        assert_eq!(book.expire(later, LOSS, GONE), Expired::default());
        let late = later + Duration::from_millis(1);
        let expired = book.expire(late, LOSS, GONE);
        assert_eq!(expired, Expired { executors: vec!["a".into()], jobs: vec!["both".into()] });
    }

    #[test]
    fn a_last_check_waits_for_fresh_signs_of_life() {
        let start = Instant::now();
        let mut book = book(start);
        let end = start + Duration::from_secs(1);
        assert_eq!(book.standing("both", Some(end)), Standing::Waiting);
        book.heard("a", 2, end);
        assert_eq!(book.standing("both", Some(end)), Standing::Waiting);
        book.polled("b", 2, &[], end);
        assert_eq!(book.standing("both", Some(end)), Standing::Intact);
    }

    #[test]
    fn a_task_that_could_not_read_breaks_its_job() {
        let now = Instant::now();
        let mut book = book(now);
        let report = Report { task: task("both", 1), trouble: Some("fetch failed".into()) };
        assert_eq!(book.polled("b", 1, &[report], now), ["both"]);
        assert_eq!(book.standing("both", None), Standing::Broken("fetch failed".into()));
    }

    #[test]
    fn an_idle_executor_with_open_tasks_has_lost_them() {
        let now = Instant::now();
        let mut book = book(now);
        assert!(book.polled("a", 2, &[], now).is_empty(), "the report may be one poll behind");
        assert!(book.polled("a", 2, &[done(task("both", 0))], now).is_empty());
        assert!(book.polled("a", 2, &[], now).is_empty());
        assert!(book.polled("b", 2, &[done(task("both", 1))], now).is_empty());
        assert_eq!(book.polled("b", 2, &[], now), ["second"]);
        assert_eq!(book.standing("both", None), Standing::Intact);
    }

    #[test]
    fn a_busy_executor_keeps_its_tasks() {
        let now = Instant::now();
        let mut book = book(now);
        for _ in 0..5 {
            assert!(book.polled("a", 1, &[], now).is_empty());
        }
    }

    #[test]
    fn tasks_handed_to_a_lost_executor_break_their_job() {
        let now = Instant::now();
        let mut book = book(now);
        book.lose("b", now);
        book.submitted("new", now);
        assert_eq!(book.assigned("b", vec![task("new", 0)], now), ["new"]);
    }

    #[test]
    fn a_job_nobody_asks_for_is_given_up() {
        let start = Instant::now();
        let mut book = book(start);
        let later = start + GONE + Duration::from_secs(1);
        book.heard("a", 2, later);
        book.heard("b", 2, later);
        assert_eq!(book.asked("both", later), Standing::Intact);
        assert_eq!(book.expire(later, LOSS, GONE).jobs, ["second"]);
        assert_eq!(book.asked("second", later), Standing::Unknown);
    }

    #[test]
    fn an_empty_cluster_says_since_when() {
        let start = Instant::now();
        let mut book = Ledger::new(start);
        let later = start + Duration::from_secs(3);
        assert_eq!(book.deserted(later), Some(Duration::from_secs(3)));
        book.heard("a", 4, later);
        assert_eq!((book.deserted(later), book.slots()), (None, 4));
        book.lose("a", later);
        assert_eq!(book.deserted(later), Some(Duration::ZERO));
    }
}
