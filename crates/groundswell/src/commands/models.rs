//! `models`: what is shipped, how good it is, where its limits are, and its files for other runtimes.

use super::{Surroundings, UsageError};
use crate::cli::{Form, Models};
use crate::output;
use anyhow::Result;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use groundswell_models::tasks::{TASKS, Task, find_task};
use groundswell_models::{EncoderForm, Runtime, write_shipped};
use std::sync::Arc;

pub(crate) fn run(surroundings: &Surroundings, options: Models) -> Result<()> {
    if let Some(name) = options.task {
        let task = find_task(&name).map_err(|error| UsageError(error.to_string()))?;
        println!("{}", task.card());
        return Ok(());
    }
    if let Some(folder) = options.export {
        let form = match options.form {
            Form::BytesPerToken => EncoderForm::BytesPerToken,
            Form::BytesPerBatch => EncoderForm::BytesPerBatch,
            Form::Floats => EncoderForm::Floats,
        };
        write_shipped(&folder, form)?;
        eprintln!("{}", folder.display());
        return Ok(());
    }
    let runtime = Runtime::current()?;
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
