//! A cluster of real processes on this machine: the test program starts itself again in the role of a scheduler or an executor.

pub mod posts;
pub mod slow;

use groundswell_cluster::{
    ClusterError, ClusterOptions, ClusterRunner, ExecutorOptions, Scheduler, SchedulerOptions,
    run_executor,
};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

const ROLE: &str = "CLUSTER_TEST_ROLE";
const LISTEN: &str = "CLUSTER_TEST_LISTEN";
const FOLDER: &str = "CLUSTER_TEST_FOLDER";

/// Silence after which the schedulers of these tests count an executor as lost.
pub const LOSS_AFTER: Duration = Duration::from_secs(4);

/// Time for which they wait for a first executor, and clients for a scheduler.
pub const PATIENCE: Duration = Duration::from_secs(6);

/// Plays the role that the environment names, until the process is killed; returns at once where it names none.
pub async fn play_role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .try_init();
    let listen: SocketAddr = std::env::var(LISTEN).unwrap().parse().unwrap();
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    match role.as_str() {
        "scheduler" => {
            let mut options = SchedulerOptions::new(listen);
            options.loss_after = LOSS_AFTER;
            options.patience = PATIENCE;
            options.extra_functions = Some(slow::register);
            let scheduler = Scheduler::bind(&options).await.unwrap();
            let address = scheduler.address().unwrap().to_string();
            std::fs::write(folder.join("address.new"), address).unwrap();
            std::fs::rename(folder.join("address.new"), folder.join("address")).unwrap();
            scheduler.serve(std::future::pending()).await.unwrap();
        }
        scheduler => {
            let mut options = ExecutorOptions::new(scheduler, listen, folder.join("work"));
            options.vcores = 1;
            options.extra_functions = Some(slow::register);
            run_executor(options, std::future::pending()).await.unwrap();
        }
    }
}

/// One process of a cluster, killed when it is dropped.
pub struct Process {
    child: Child,
    /// Its folder, with `marks` made by the slow function and `work` of an executor.
    pub folder: TempDir,
}

impl Process {
    fn start(role: &str, listen: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process", "--nocapture"])
            .env(ROLE, role)
            .env(LISTEN, listen)
            .env(FOLDER, folder.path())
            .env(slow::MARK, folder.path().join("mark"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    /// Starts an executor of one task slot.
    pub fn executor(scheduler: &str) -> Self {
        Self::start(scheduler, "127.0.0.1:0")
    }

    /// Starts a scheduler and waits until it listens.
    pub async fn scheduler(listen: &str) -> (Self, String) {
        let process = Self::start("scheduler", listen);
        let file = process.folder.path().join("address");
        wait_for("the scheduler to listen", || file.exists()).await;
        let address = std::fs::read_to_string(&file).unwrap();
        (process, address)
    }

    /// Ends it at once, as a crash of the machine would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Says whether the slow function has been called in it.
    pub fn called_slow(&self) -> bool {
        self.folder.path().join("mark").exists()
    }

    /// Says whether an executor holds intermediate results.
    pub fn holds_results(&self) -> bool {
        holds_results(&self.folder.path().join("work"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A scheduler, two executors of one task slot each, and a table of posts. Tests hold it one after another.
pub struct Cluster {
    pub address: String,
    pub scheduler: Process,
    pub executors: Vec<Process>,
    pub posts: posts::Posts,
    _turn: MutexGuard<'static, ()>,
}

impl Cluster {
    /// Starts the processes and waits until the executors have joined.
    pub async fn start() -> Self {
        static TURN: Mutex<()> = Mutex::const_new(());
        let turn = TURN.lock().await;
        let (scheduler, address) = Process::scheduler("127.0.0.1:0").await;
        let executors = vec![Process::executor(&address), Process::executor(&address)];
        let posts = posts::Posts::create().await;
        let cluster = Self { address, scheduler, executors, posts, _turn: turn };
        cluster.wait_for_slots(2).await;
        cluster
    }

    /// Returns a client whose queries read all intermediate results over the network, as between machines, in four partitions.
    pub async fn client(&self, deadline: Duration) -> Result<ClusterRunner, ClusterError> {
        let mut options = ClusterOptions::new(&self.address, deadline);
        options.patience = PATIENCE;
        options.partitions = 4;
        options.settings =
            vec![("ballista.shuffle.force_remote_read".to_owned(), "true".to_owned())];
        options.extra_functions = Some(slow::register);
        let runner = ClusterRunner::connect(options).await?;
        self.posts.register(groundswell_engine::Runner::session(&runner));
        Ok(runner)
    }

    /// Waits until executors with so many task slots have joined.
    pub async fn wait_for_slots(&self, slots: usize) {
        let client = self.client(Duration::from_secs(30)).await.unwrap();
        let start = Instant::now();
        while client.slots().await.unwrap() != slots {
            assert!(start.elapsed() < Duration::from_secs(60), "executors do not join");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Says whether a work folder holds intermediate results.
pub fn holds_results(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        path.is_dir() && holds_results(&path)
            || path.extension().is_none_or(|extension| extension != "lock")
                && path.metadata().is_ok_and(|known| known.is_file() && known.len() > 0)
    })
}

/// Waits until something has happened.
pub async fn wait_for(what: &str, happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
