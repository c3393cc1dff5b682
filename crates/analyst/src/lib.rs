#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]
//! Acts on what the engine shows, with proof: every number that leaves this crate comes with the SQL text that made it.
//!
//! [`build_report`] asks every figure of [`FIGURES`] and returns a [`Report`], which writes itself as one HTML file that needs
//! no network, or as JSON.

pub mod card;
pub mod report;

pub use card::{CardInput, render_card};
pub use report::{
    Answer, Bucket, Cell, FIGURES, Figure, Kind, Language, LanguageError, Report, ReportError,
    ReportOptions, Table, build_report,
};
