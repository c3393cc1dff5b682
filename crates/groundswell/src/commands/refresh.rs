//! `refresh`: brings derived tables up to date.

use super::{Surroundings, UsageError};
use crate::cli::Refresh;
use crate::progress::Bars;
use anyhow::Result;
use groundswell_engine::{STEPS, Step, StepContext, StepReport, find_step};

pub(crate) async fn run(surroundings: &Surroundings, options: Refresh) -> Result<()> {
    let steps: Vec<&'static dyn Step> = if options.only.is_empty() {
        STEPS.to_vec()
    } else {
        let find = |name: &String| find_step(name).map_err(|error| UsageError(error.to_string()));
        options.only.iter().map(find).collect::<Result<_, _>>()?
    };
    let workspace = surroundings.open().await?;
    let local = surroundings.local(&workspace).await?;
    let runner = surroundings.runner(&workspace).await?;
    for step in steps {
        let context = StepContext {
            workspace: &workspace,
            runner: runner.as_ref(),
            local: &local,
            progress: &Bars::default(),
            limit: options.limit,
        };
        announce(&step.run(&context).await?);
    }
    Ok(())
}

fn announce(report: &StepReport) {
    let seconds = report.elapsed.as_secs_f64();
    let per_second = |count: u64| count as f64 / seconds.max(1e-9);
    let mut line = format!(
        "{}: {} posts in {seconds:.1} s ({:.0} posts/s",
        report.step,
        report.posts,
        per_second(report.posts)
    );
    if report.tokens > 0 {
        line.push_str(&format!(", {:.0} tokens/s", per_second(report.tokens)));
    }
    eprintln!("{line})");
}
