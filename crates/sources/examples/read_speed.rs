//! Reads files and prints how many rows became posts, how many were rejected and why, and how fast.
//!
//! `cargo run --release -p groundswell-sources --example read_speed -- FILE…`

#![expect(clippy::print_stdout, reason = "an example prints")]

use futures::executor::block_on;
use groundswell_sources::{SourceOptions, find_source};
use std::collections::BTreeMap;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = SourceOptions { paths: std::env::args().skip(1).collect(), ..Default::default() };
    for mut source in (find_source("file")?.open)(&options)? {
        let start = Instant::now();
        let (mut posts, mut rejected, mut authors, mut batches) = (0, 0, 0, 0);
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        while let Some(batch) = block_on(source.next_batch())? {
            posts += batch.posts.len();
            rejected += batch.rejected.len();
            authors += batch.authors.len();
            batches += 1;
            for fault in batch.rejected {
                *reasons.entry(fault.reason).or_default() += 1;
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let rate = (posts + rejected) as f64 / seconds;
        println!("{}", source.key());
        println!(
            "  {posts} posts, {rejected} rejected, {authors} authors in {batches} batches, {seconds:.2} s, {rate:.0} rows/s"
        );
        for (reason, count) in reasons.iter().take(10) {
            println!("  {count} x {reason}");
        }
    }
    Ok(())
}
