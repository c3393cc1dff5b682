//! `simulate`: posts with planted truth, as files.

use super::UsageError;
use crate::cli::Simulate;
use anyhow::{Context, Result};
use groundswell_sources::simulate::{Simulation, write_jsonl};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

pub(crate) fn run(options: Simulate) -> Result<()> {
    let simulation = Simulation::new(&options.scenario, options.posts, options.seed)
        .map_err(|error| UsageError(error.to_string()))?;
    let mut out = create(&options.out)?;
    let mut truth = options.truth.as_deref().map(create).transpose()?;
    let truths = truth.as_mut().map(|truth| truth as &mut dyn Write);
    let count = write_jsonl(simulation, &mut out, truths)
        .and_then(|count| out.flush().map(|()| count))
        .with_context(|| format!("cannot write `{}`", options.out.display()))?;
    if let Some(truth) = &mut truth {
        truth.flush()?;
    }
    eprintln!("{count} posts in {}", options.out.display());
    Ok(())
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(BufWriter::new(file))
}
