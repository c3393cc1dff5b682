//! `report`: one HTML file, or its figures as JSON.

use super::{Surroundings, UsageError};
use crate::cli::{Format, Report};
use anyhow::{Context, Result};
use chrono::{NaiveDate, NaiveTime};
use groundswell_analyst::{ReportOptions, build_report};
use std::path::PathBuf;

pub(crate) async fn run(surroundings: &Surroundings, options: Report) -> Result<()> {
    let workspace = surroundings.open().await?;
    let runner = surroundings.runner(&workspace).await?;
    let language = options.language.unwrap_or(surroundings.config.report.language.clone());
    let language = language
        .parse()
        .map_err(|error: groundswell_analyst::LanguageError| UsageError(error.to_string()))?;
    let report_options = ReportOptions {
        title: options.title.unwrap_or_default(),
        language,
        from: options.from.map(midnight),
        to: options.to.and_then(|day| day.succ_opt()).map(midnight),
        generated_at: Some(chrono::Utc::now().timestamp_micros()),
    };
    let report = build_report(runner.as_ref(), &report_options).await?;
    if surroundings.format == Format::Json {
        println!("{}", report.to_json()?);
        return Ok(());
    }
    let file = match (options.out, workspace.folder()) {
        (Some(file), _) => file,
        (None, Some(folder)) => folder.join("report.html"),
        (None, None) => PathBuf::from("report.html"),
    };
    std::fs::write(&file, report.to_html()?)
        .with_context(|| format!("cannot write `{}`", file.display()))?;
    eprintln!("{}", file.display());
    Ok(())
}

/// Returns the first microsecond of a day in UTC.
fn midnight(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_micros()
}
