//! What can go wrong on a cluster.

use datafusion::error::DataFusionError;
use groundswell_engine::EngineError;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Says what failed on a cluster and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`: {source}; choose another with --listen HOST:PORT")]
    Listen {
        /// The address as given.
        address: SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// The text is no address.
    #[error("`{0}` is no address of a scheduler; write HOST:PORT")]
    Address(String),
    /// No scheduler answers.
    #[error(
        "no scheduler answers at `{address}`: {reason}; start one with: groundswell scheduler --listen {address}"
    )]
    Unreachable {
        /// The address of the scheduler.
        address: String,
        /// What happened instead.
        reason: String,
    },
    /// Two processes of different builds met.
    #[error("{0}; run the same groundswell program on every machine of the cluster")]
    Build(String),
    /// The folder for intermediate results cannot be used.
    #[error("work folder `{path}` cannot be used: {source}; choose another with --work-dir DIR")]
    WorkFolder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// There is nobody to do the work.
    #[error("{0}; start one with: groundswell executor --scheduler HOST:PORT")]
    NoExecutors(String),
    /// Every attempt at a query was broken.
    #[error(
        "the query was broken off {attempts} times, last because {reason}; look at the executors' logs and run it again"
    )]
    Broken {
        /// How many attempts were made.
        attempts: u32,
        /// What broke the last one.
        reason: String,
    },
    /// The query did not end in time.
    #[error("the query did not end within {} s ({state}); give it more time or more executors", .limit.as_secs())]
    Deadline {
        /// The time allowed.
        limit: Duration,
        /// What was going on when it ran out.
        state: String,
    },
    /// The query itself is at fault.
    #[error("{0}")]
    Query(#[from] DataFusionError),
    /// Ballista failed in a way that no rule above covers.
    #[error("{action} failed: {reason}")]
    Ballista {
        /// What was being done.
        action: &'static str,
        /// The cause.
        reason: String,
    },
}

impl ClusterError {
    /// Wraps a failure of Ballista or its transport.
    pub(crate) fn while_doing<E: std::fmt::Display>(
        action: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |error| Self::Ballista { action, reason: error.to_string() }
    }
}

impl From<ClusterError> for EngineError {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Query(error) => error.into(),
            other => Self::Runner(other.to_string()),
        }
    }
}
