//! The outside world as batches of posts: every source yields [`Batch`](groundswell_core::Batch)es and knows where it stands.
//!
//! A source is a folder and one line in [`SOURCES`]. Today there are two: [`mod@file`] reads what others exported, [`simulate`]
//! invents a scenario. [`parse_time`] understands the ways in which exports write times.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod error;
mod source;
mod time;

pub mod file;
pub mod hub;
pub mod simulate;

pub use error::{SourceError, did_you_mean};
pub use source::{
    DEFAULT_BATCH_BYTES, DEFAULT_BATCH_ROWS, OpenedSources, Progress, SOURCES, Source,
    SourceOptions, SourceSpec, find_source,
};
pub use time::{TimeContext, TimeError, Zone, parse_time};
