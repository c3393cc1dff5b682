//! `demo`: everything on simulated posts, without a network.

use super::{Surroundings, report};
use crate::cli::{Demo, Report};
use crate::progress::{Bars, Unit};
use anyhow::Result;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use groundswell_engine::{STEPS, StepContext, Workspace, collect};
use groundswell_sources::{SourceOptions, find_source};
use std::time::{Duration, Instant};

/// What a stage did.
struct Stage {
    name: &'static str,
    posts: u64,
    elapsed: Duration,
}

pub(crate) async fn run(surroundings: &Surroundings, options: Demo) -> Result<()> {
    let mut stages = Vec::new();
    let workspace = Workspace::open_or_create(&surroundings.workspace).await?;
    let source_options = SourceOptions {
        scenario: Some("brands".to_owned()),
        posts: Some(options.posts),
        seed: options.seed,
        ..SourceOptions::default()
    };
    for source in (find_source("simulate")?.open)(&source_options)? {
        let report = collect(&workspace, source, &Bars::of(Unit::Posts)).await?;
        let posts = report.added + report.known;
        stages.push(Stage { name: "collect", posts, elapsed: report.elapsed });
    }
    let local = surroundings.local(&workspace).await?;
    let runner = surroundings.runner(&workspace).await?;
    for step in STEPS {
        let progress = Bars::default();
        let context = StepContext {
            workspace: &workspace,
            runner: runner.as_ref(),
            local: &local,
            progress: &progress,
            limit: None,
        };
        let report = step.run(&context).await?;
        stages.push(Stage { name: report.step, posts: report.posts, elapsed: report.elapsed });
    }
    let begun = Instant::now();
    let plain = Report { out: None, title: None, language: None, from: None, to: None };
    report::run(surroundings, plain).await?;
    stages.push(Stage { name: "report", posts: options.posts, elapsed: begun.elapsed() });
    println!("{}", table(&stages));
    if !options.no_serve {
        eprintln!("open the report in a browser; ask your own questions: groundswell sql \"…\"");
    }
    Ok(())
}

fn table(stages: &[Stage]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(["stage", "posts", "seconds", "posts/s"]);
    for stage in stages {
        let seconds = stage.elapsed.as_secs_f64();
        table.add_row([
            stage.name.to_owned(),
            stage.posts.to_string(),
            format!("{seconds:.2}"),
            format!("{:.0}", stage.posts as f64 / seconds.max(1e-9)),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
