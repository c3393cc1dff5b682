//! `kill -9` at ten moments of collect and refresh, then resume: the same tables as a run nobody disturbed.

use crate::program::{Place, environment};
use std::process::Command;
use std::time::{Duration, Instant};

const POSTS: i64 = 1_500;
const CONFIG: &str = "[collect]\nbatch_rows = 200\n";

/// Everything in the tables but the moment of collecting.
const CONTENT: [&str; 3] = [
    "SELECT post_id, platform, author_id, created_at, text, url, reply_to_id, repost_of_id, thread_id, like_count, raw, month
     FROM posts ORDER BY post_id",
    "SELECT * FROM prepared ORDER BY post_id",
    "SELECT * FROM scored ORDER BY post_id",
];

/// Runs a command again and again, killing it after a while of growing length, until it has been killed `kills` times; then to its
/// end. Returns how often it was really killed at work.
fn run_with_kills(place: &Place, arguments: &[&str], whole: Duration, kills: u32) -> u32 {
    let mut killed = 0;
    for kill in 0..kills {
        let mut child = place.command(arguments).spawn().unwrap();
        // Moments spread over the whole run, by a fixed sequence: the golden ratio fills an interval evenly.
        let share = (f64::from(kill + 1) * 0.618_034).fract();
        let moment = Instant::now() + whole.mul_f64(0.05 + 0.5 * share);
        while Instant::now() < moment && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
    }
    place.done(arguments);
    killed
}

#[test]
fn killed_runs_end_with_the_same_tables() {
    let calm = Place::new();
    calm.write("groundswell.toml", CONFIG);
    let posts = POSTS.to_string();
    calm.done(&["simulate", "brands", "--posts", &posts, "--seed", "3", "--out", "posts.jsonl"]);
    let begun = Instant::now();
    calm.done(&["collect", "file", "posts.jsonl"]);
    let collecting = begun.elapsed();
    let begun = Instant::now();
    calm.done(&["refresh"]);
    let refreshing = begun.elapsed();

    let disturbed = Place::new();
    disturbed.write("groundswell.toml", CONFIG);
    std::fs::copy(calm.path("posts.jsonl"), disturbed.path("posts.jsonl")).unwrap();
    let mut killed = run_with_kills(&disturbed, &["collect", "file", "posts.jsonl"], collecting, 5);
    killed += run_with_kills(&disturbed, &["refresh"], refreshing, 5);
    assert!(killed >= 3, "only {killed} of ten runs were still at work when they should die");

    for (place, sql) in [&calm, &disturbed].into_iter().flat_map(|p| CONTENT.map(|sql| (p, sql))) {
        let lines = place.done(&["sql", sql, "--format", "csv"]).lines().count() as i64;
        assert!(lines > POSTS, "{sql}");
    }
    for sql in CONTENT {
        let expected = calm.done(&["sql", sql, "--format", "csv"]);
        let found = disturbed.done(&["sql", sql, "--format", "csv"]);
        assert!(expected == found, "tables differ: {sql}");
    }
    assert_eq!(disturbed.number("SELECT count(*) FROM posts"), POSTS);
    another_engine_counts_the_same(&disturbed);
}

/// Reads the tables with deltalake (Rust bindings of another version) and DuckDB, from Python.
fn another_engine_counts_the_same(place: &Place) {
    let Some(python) = environment("GROUNDSWELL_TEST_PYTHON") else {
        eprintln!("SKIPPED: no Python with deltalake and duckdb; ./test installs it");
        return;
    };
    let script = "
import sys, duckdb
from deltalake import DeltaTable
for name in ('posts', 'prepared', 'scored'):
    held = DeltaTable(sys.argv[1] + '/' + name).to_pyarrow_dataset().to_table()
    print(name, held.num_rows, duckdb.sql('SELECT count(DISTINCT post_id) FROM held').fetchall()[0][0])
";
    let workspace = place.path("groundswell-workspace");
    let output = Command::new(python).args(["-c", script]).arg(workspace).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let expected: String =
        ["posts", "prepared", "scored"].map(|name| format!("{name} {POSTS} {POSTS}\n")).concat();
    assert_eq!(text, expected, "{error}");
}
