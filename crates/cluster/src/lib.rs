//! The engine's session on a cluster: Ballista's scheduler and executors with every function registered, and a [`ClusterRunner`]
//! that runs queries there.
//!
//! Ballista 55 does not survive the loss of an executor: it may wait for ever, and it may count rows twice. So its own recovery is
//! switched off, and one rule takes its place: **a job during which an executor was lost is discarded and submitted again**, a few
//! times, under a deadline. The scheduler process knows which executors worked for a job and whether they still live; the client
//! submits again when it is told that a job is broken. Nobody ever sees rows of a broken job.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod codec;
mod error;
mod executor;
mod guard;
mod interruption;
mod job;
mod ledger;
mod runner;
mod scheduler;
mod settings;
mod wire;
mod workfolder;

pub use error::ClusterError;
pub use executor::{ExecutorOptions, run_executor};
pub use runner::{ClusterOptions, ClusterRunner};
pub use scheduler::{Scheduler, SchedulerOptions, run_scheduler};
pub use settings::ExtraFunctions;
