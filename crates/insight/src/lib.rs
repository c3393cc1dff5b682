#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]
//! Topics, trends and people: algorithms over plain slices. No SQL, no input or output, no weights.

mod error;
mod matrix;
pub mod topics;
pub mod trends;

pub use error::InsightError;
pub use matrix::Matrix;
