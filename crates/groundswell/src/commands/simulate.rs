//! `simulate`: posts with planted truth, as files.

use super::UsageError;
use crate::cli::Simulate;
use anyhow::{Context, Result};
use groundswell_sources::simulate;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

pub(crate) fn run(options: Simulate) -> Result<()> {
    let posts = simulate::generate(&options.scenario, options.posts, options.seed)
        .map_err(|error| UsageError(error.to_string()))?;
    let mut out = create(&options.out)?;
    let mut truth = options.truth.as_deref().map(create).transpose()?;
    let mut count: u64 = 0;
    for (post, planted) in posts {
        serde_json::to_writer(&mut out, &post)?;
        out.write_all(b"\n")?;
        if let Some(truth) = &mut truth {
            serde_json::to_writer(&mut *truth, &planted)?;
            truth.write_all(b"\n")?;
        }
        count += 1;
    }
    out.flush()?;
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
