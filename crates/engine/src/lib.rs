#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]
//! The one session where everything is registered: Delta tables, functions over text and models, and the pipeline that keeps
//! derived tables up to date.
//!
//! - [`Workspace`] holds the tables ([`TABLES`]): creates, appends, compacts, remembers positions of sources.
//! - [`register_all`] is the one place that registers functions; local sessions and every cluster process call it.
//! - [`Runner`] runs a query somewhere: [`LocalRunner`] in this process, a cluster elsewhere.
//! - [`topics`] learns topics from posts and stores them, [`trends`] makes series of them.
//! - [`collect`] brings posts in; [`STEPS`] derive everything else, incrementally.

mod error;
pub mod functions;
mod order;
pub mod pipeline;
mod runner;
mod session;
mod stores;
pub mod tables;
pub mod topics;
pub mod trends;

pub use arrow;
pub use datafusion;

pub use error::EngineError;
pub use functions::{register_all, register_trained};
pub use order::in_stable_order;
pub use pipeline::{
    CollectReport, NoProgress, Progress, STEPS, Step, StepContext, StepReport, check_strictly,
    collect, find_step,
};
pub use runner::{LocalRunner, Runner, map_table, query, query_in_order};
pub use session::{SessionOptions, local_session, session_config};
pub use stores::Stores;
pub use tables::provider;
pub use tables::{TABLES, TableSpec, Workspace, WorkspaceOptions};
