//! Makes the folder of a model from a trained checkpoint: rounds it to bytes and compares it with the floats.
//!
//! ```text
//! export_shipped CHECKPOINT FOLDER [NAME]
//! ```
//! `FOLDER` is `crates/models/weights` for the weights that become part of the program.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use groundswell_models::export;
use groundswell_models::tasks::text_tasks;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: export_shipped CHECKPOINT FOLDER [NAME]";
    let checkpoint = PathBuf::from(arguments.next().ok_or(usage)?);
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let name = arguments.next().unwrap_or_else(|| "groundswell-small".to_owned());
    let mut texts = Vec::new();
    for task in text_tasks() {
        for line in task.golden().lines() {
            texts.push(serde_json::from_str::<Golden>(line)?.text);
        }
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let description = export(&checkpoint, &folder, &name, &texts)?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&description)?)?;
    Ok(())
}
