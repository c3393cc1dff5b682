//! `models`: what is shipped, how good it is, where its limits are.

use super::{Surroundings, UsageError};
use crate::cli::Models;
use crate::output;
use anyhow::Result;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use groundswell_models::Runtime;
use groundswell_models::tasks::{TASKS, Task, find_task};
use std::sync::Arc;

pub(crate) fn run(surroundings: &Surroundings, options: Models) -> Result<()> {
    if let Some(name) = options.task {
        let task = find_task(&name).map_err(|error| UsageError(error.to_string()))?;
        println!("{}", task.card());
        return Ok(());
    }
    let runtime = Runtime::shipped()?;
    let text = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
    let column =
        |value: fn(&dyn Task) -> String| text(TASKS.iter().map(|task| value(*task)).collect());
    let rows = RecordBatch::try_from_iter([
        ("task", column(|task| task.name().to_owned())),
        ("labels", column(|task| task.labels().join(", "))),
        ("model", text(vec![runtime.version().to_owned(); TASKS.len()])),
        ("summary", column(|task| task.about().to_owned())),
    ])?;
    output::print(surroundings.format, &rows.schema(), &[rows])
}
