//! Runs the `.slt` files in this process.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

#[path = "slt/driver.rs"]
mod driver;

use groundswell_engine::{LocalRunner, SessionOptions};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn every_file_embedded() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = driver::workspace(folder.path()).await;
    let runner = LocalRunner::new(&workspace, &SessionOptions::default()).unwrap();
    driver::run_files(Arc::new(runner)).await;
}
