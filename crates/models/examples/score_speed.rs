//! Measures how fast the shipped model computes the vectors of texts, with `--heads true` the answers of all heads that read a text alone
//! too, as the threads of a query engine would ask for them.
//!
//! ```text
//! score_speed TEXTS.jsonl [--threads 2] [--limit 2000] [--rounds 3] [--batch 256] [--weights FOLDER] [--heads true]
//! ```
//! `TEXTS.jsonl` has an object with the field `text` on every line. Every thread asks for the next `batch` texts. Each round
//! opens the model anew, so that nothing is remembered; opening is not timed. Prints one JSON object like
//! `bench/score/score_onnxruntime.py`.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use groundswell_models::Runtime;
use groundswell_models::tasks::text_tasks;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Line {
    text: String,
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let texts_path = arguments.next().ok_or("usage: score_speed TEXTS.jsonl [--threads 2] …")?;
    let (mut threads, mut limit, mut rounds, mut batch) = (2usize, 2000usize, 3usize, 256usize);
    let mut heads = false;
    let mut weights = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/weights"));
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value"))?;
        match name.as_str() {
            "--threads" => threads = value.parse()?,
            "--limit" => limit = value.parse()?,
            "--rounds" => rounds = value.parse()?,
            "--batch" => batch = value.parse()?,
            "--weights" => weights = value.into(),
            "--heads" => heads = value.parse()?,
            other => return Err(format!("unknown argument `{other}`").into()),
        }
    }
    let mut texts = Vec::new();
    for line in std::fs::read_to_string(&texts_path)?.lines().take(limit) {
        texts.push(serde_json::from_str::<Line>(line)?.text);
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();

    let mut seconds = Vec::new();
    let mut processor_rates = Vec::new();
    let mut tokens = 0;
    let mut opening = 0.0;
    for _ in 0..rounds {
        let start = Instant::now();
        let runtime = Runtime::open(&weights)?;
        opening = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let processor_start = processor_seconds();
        score(&runtime, &texts, threads, batch, heads)?;
        seconds.push(start.elapsed().as_secs_f64());
        tokens = runtime.statistics().tokens;
        if let (Some(start), Some(end)) = (processor_start, processor_seconds()) {
            processor_rates.push((tokens as f64 / (end - start)).round());
        }
    }
    seconds.sort_by(f64::total_cmp);
    processor_rates.sort_by(f64::total_cmp);
    let rate = |count: f64, seconds: f64| (count / seconds * 10.0).round() / 10.0;
    let (count, median) = (texts.len() as f64, seconds[seconds.len() / 2]);
    let line = json!({
        "runtime": "groundswell",
        "threads": threads,
        "batch": batch,
        "texts": texts.len(),
        "heads": heads,
        "tokens": tokens,
        "texts_per_second": rate(count, median),
        "texts_per_second_extremes": [rate(count, seconds[seconds.len() - 1]), rate(count, seconds[0])],
        "tokens_per_second": rate(tokens as f64, median).round(),
        "tokens_per_processor_second": processor_rates.get(processor_rates.len() / 2),
        "opening_ms": (opening * 1000.0).round(),
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn score(
    runtime: &Runtime,
    texts: &[&str],
    threads: usize,
    batch: usize,
    heads: bool,
) -> Outcome<()> {
    let next = AtomicUsize::new(0);
    let batches: Vec<&[&str]> = texts.chunks(batch.max(1)).collect();
    std::thread::scope(|scope| -> Outcome<()> {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| {
                scope.spawn(|| -> Outcome<()> {
                    while let Some(texts) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                        runtime.embed(texts)?;
                        // The heads read the vectors that are remembered.
                        for task in text_tasks().filter(|_| heads) {
                            runtime.predict(task.name(), texts)?;
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| "a thread panicked")??;
        }
        Ok(())
    })
}

/// Gives the seconds that processors have spent on this process; Linux alone tells.
fn processor_seconds() -> Option<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = line.rsplit(')').next()?.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}
