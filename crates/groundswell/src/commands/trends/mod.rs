//! `trends`: what stands out of series over time.

mod columns;
mod detect;
mod forecast;
mod series;
mod source;
mod why;
mod workspace;

use super::{Surroundings, UsageError, fields};
use crate::cli::{Trends, TrendsWhat};
use anyhow::Result;
use groundswell_insight::InsightError;

pub(crate) async fn run(surroundings: &Surroundings, options: Trends) -> Result<()> {
    match options.what {
        TrendsWhat::Series(options) => series::run(surroundings, options).await,
        TrendsWhat::Detect(options) => detect::run(surroundings, options).await,
        TrendsWhat::Forecast(options) => forecast::run(surroundings, options).await,
    }
}

/// Tells impossible wishes from failures.
fn usage(error: InsightError) -> anyhow::Error {
    match error {
        InsightError::Horizon | InsightError::Level(_) => UsageError(error.to_string()).into(),
        error => error.into(),
    }
}
