//! `collect`: brings posts in.

use super::{Surroundings, UsageError};
use crate::cli::Collect;
use crate::progress::{Bars, Unit};
use anyhow::Result;
use groundswell_engine::{CollectReport, Workspace, check_strictly, collect};
use groundswell_sources::{SourceOptions, find_source};

pub(crate) async fn run(surroundings: &Surroundings, options: Collect) -> Result<()> {
    let spec = find_source(&options.source).map_err(|error| UsageError(error.to_string()))?;
    let source_options = source_options(surroundings, &options);
    if options.strict {
        if options.inputs.iter().any(|input| input == "-") {
            let message =
                "--strict reads twice and standard input can be read once; save it to a file first";
            return Err(UsageError(message.to_owned()).into());
        }
        for source in (spec.open)(&source_options)? {
            check_strictly(source).await?;
        }
    }
    // Opened before the workspace is touched: a wrong name or column must leave nothing behind.
    let sources = (spec.open)(&source_options)?;
    let workspace = Workspace::open_or_create(&surroundings.workspace).await?;
    let mut total = CollectReport::default();
    for source in sources {
        let report = collect(&workspace, source, &Bars::of(Unit::Bytes)).await?;
        total.added += report.added;
        total.known += report.known;
        total.rejected += report.rejected;
        total.first_rejected = total.first_rejected.or(report.first_rejected);
        total.elapsed += report.elapsed;
    }
    announce(&total);
    Ok(())
}

fn source_options(surroundings: &Surroundings, options: &Collect) -> SourceOptions {
    SourceOptions {
        paths: options.inputs.clone(),
        columns: options.columns.clone(),
        platform: options.platform.clone(),
        format: options.input_format.clone(),
        batch_rows: surroundings.config.collect.batch_rows,
        scenario: options.inputs.first().cloned(),
        posts: Some(options.posts),
        seed: options.seed,
        ..SourceOptions::default()
    }
}

/// Says on standard error what came, and warns of what did not.
fn announce(report: &CollectReport) {
    let seconds = report.elapsed.as_secs_f64();
    let rows = report.added + report.known + report.rejected;
    let speed = rows as f64 / seconds.max(1e-9);
    eprintln!(
        "{} new posts, {} known, {} rejected in {seconds:.1} s ({speed:.0} rows/s)",
        report.added, report.known, report.rejected
    );
    if let Some(first) = &report.first_rejected {
        eprintln!(
            "warning: {} records could not become posts and are in quarantine; first: `{}` line {}: {}\n\
             see them: groundswell sql \"SELECT origin, line, reason, payload FROM quarantine\"",
            report.rejected, first.origin, first.line, first.reason
        );
    }
}
