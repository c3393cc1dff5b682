//! Scans many series for spikes with every detector, on all cores, and prints the seconds: `scan_series SERIES BUCKETS FILE`.
//!
//! FILE holds SERIES times BUCKETS hourly counts as little-endian f32.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example speaks, and may fail loudly"
)]

use groundswell_insight::trends::{DETECTORS, Point, spikes};
use rayon::prelude::*;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [series, buckets] = [0, 1].map(|at| arguments[at].parse::<usize>().unwrap());
    let bytes = std::fs::read(&arguments[2]).unwrap();
    assert_eq!(bytes.len(), 4 * series * buckets);
    for kind in DETECTORS {
        let begun = Instant::now();
        let found: usize = bytes
            .par_chunks(4 * buckets)
            .map(|bytes| {
                let value = |bytes: &[u8]| f64::from(f32::from_le_bytes(bytes.try_into().unwrap()));
                let points: Vec<Point> = bytes
                    .chunks(4)
                    .enumerate()
                    .map(|(hour, bytes)| Point { time: hour as i64 * 3600, value: value(bytes) })
                    .collect();
                spikes(&points, (kind.make)(3600).as_mut(), 0.5).0.len()
            })
            .sum();
        println!("{} {:.2} {found}", kind.name, begun.elapsed().as_secs_f64());
    }
}
