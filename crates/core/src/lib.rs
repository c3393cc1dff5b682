#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]
//! The nouns every other crate speaks: posts, authors, positions of a source, labels and scores, the Arrow schemas of the
//! tables, and the names of metrics. No input or output, no async.

mod batch;
mod label;
mod metric;
mod post;
mod time;

pub mod schema;

pub use batch::{Batch, Position, Rejected};
pub use label::{Label, Score, ScoreError};
pub use metric::{Metric, net_sentiment};
pub use post::{Author, Media, Post, PostError};
pub use time::{Month, Window, WindowError, date_of, month_of};
