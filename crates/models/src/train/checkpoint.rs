//! Writes a training to a folder and goes on from there.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::architectures::{NamedTensor, Network, Weights, write_whole};
use crate::error::ModelError;
use crate::train::options::TrainingOptions;
use crate::train::trainer::{Trainer, TrainingProgress};

/// How old the last checkpoint of an epoch under way may become.
const INTERVAL: Duration = Duration::from_secs(60);

impl<N: Network> Trainer<N> {
    /// Tells whether it is time for a checkpoint: an epoch ends, or the last checkpoint is a minute old.
    pub fn is_checkpoint_due(&self, progress: &TrainingProgress) -> bool {
        progress.ends_epoch || self.saved.elapsed() > INTERVAL
    }

    /// Writes the classifier and what is needed to go on into a folder.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn write_checkpoint(&mut self, folder: &Path) -> Result<(), ModelError> {
        let next = folder.with_extension("next");
        self.write_state(&next)?;
        // A process that is killed between the two renames leaves the older state under its other name.
        let previous = folder.with_extension("previous");
        if folder.exists() {
            remove(&previous)?;
            rename(folder, &previous)?;
        }
        rename(&next, folder)?;
        self.saved = Instant::now();
        remove(&previous)
    }

    fn write_state(&self, folder: &Path) -> Result<(), ModelError> {
        std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
        let mut state = Weights::default();
        let lists = [
            ("value", Some(&self.values)),
            ("mean", Some(&self.optimizer.means)),
            ("square", Some(&self.optimizer.squares)),
            ("best", self.best.as_ref()),
        ];
        for (kind, list) in lists.into_iter().filter_map(|(kind, list)| Some((kind, list?))) {
            for (name, values) in self.names.iter().zip(list) {
                let tensor = NamedTensor { shape: vec![values.len()], values: values.clone() };
                state.insert(format!("{kind}.{name}"), tensor);
            }
        }
        state.write(&folder.join("state.safetensors"))?;
        let path = folder.join("progress.json");
        let progress = serde_json::json!({
            "step": self.step, "options": printed(&self.options), "data": self.data, "notes": self.notes,
        });
        write_whole(&path, progress.to_string().as_bytes())
    }

    /// Goes on from a folder if it holds a checkpoint, else starts; `data` is the fingerprint of what is learned from.
    ///
    /// # Errors
    /// As [`Trainer::new`] and [`Trainer::resume`], and if the checkpoint has learned from something else.
    pub fn resume_or_start(
        folder: &Path,
        network: N,
        options: TrainingOptions,
        data: &str,
    ) -> Result<Self, ModelError> {
        if has_checkpoint(folder) {
            return Self::read_checkpoint(folder, network, options, Some(data));
        }
        let mut trainer = Self::new(network, options)?;
        trainer.data = data.to_owned();
        Ok(trainer)
    }

    /// Goes on from a folder that `write_checkpoint` wrote, with the same network, examples and options.
    ///
    /// # Errors
    /// Fails if a file is missing or was written with other options.
    pub fn resume(folder: &Path, network: N, options: TrainingOptions) -> Result<Self, ModelError> {
        Self::read_checkpoint(folder, network, options, None)
    }

    /// Reads a checkpoint; with `data` only one that has learned from data of this fingerprint.
    fn read_checkpoint(
        folder: &Path,
        network: N,
        options: TrainingOptions,
        data: Option<&str>,
    ) -> Result<Self, ModelError> {
        let previous = folder.with_extension("previous");
        let folder = if folder.exists() { folder } else { &previous };
        let mut trainer = Self::new(network, options)?;
        let path = folder.join("progress.json");
        let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
        let progress: Progress = serde_json::from_slice(&bytes)
            .map_err(|error| ModelError::format(&path, "training progress", error))?;
        let is_other_data = data.is_some_and(|data| data != progress.data);
        if is_other_data || progress.options != printed(&trainer.options) {
            let what = if is_other_data { "data" } else { "settings" };
            return Err(ModelError::Invalid(format!(
                "the checkpoint in `{}` is of a training with other {what}; give it the same again, or start anew without --resume",
                folder.display()
            )));
        }
        let state = Weights::read(&folder.join("state.safetensors"))?;
        let mut best = Vec::new();
        for (index, name) in trainer.names.iter().enumerate() {
            let size = trainer.values[index].len();
            let list = |kind: &str| {
                let tensor = state.get(&format!("{kind}.{name}"))?;
                let expected = vec![size];
                if tensor.shape != expected {
                    let (name, found) = (name.clone(), tensor.shape.clone());
                    return Err(ModelError::Shape { name, found, expected });
                }
                Ok(tensor.values.clone())
            };
            let (value, mean, square) = (list("value")?, list("mean")?, list("square")?);
            trainer.values[index] = value;
            trainer.optimizer.means[index] = mean;
            trainer.optimizer.squares[index] = square;
            if state.get(&format!("best.{name}")).is_ok() {
                best.push(list("best")?);
            }
        }
        trainer.best = (best.len() == trainer.names.len()).then_some(best);
        trainer.step = progress.step;
        trainer.data = progress.data;
        trainer.notes = progress.notes;
        trainer.optimizer.steps = progress.step as u32;
        Ok(trainer)
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), ModelError> {
    std::fs::rename(from, to).map_err(|error| ModelError::file(from, error))
}

fn remove(folder: &Path) -> Result<(), ModelError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ModelError::file(folder, error))
        }
        _ => Ok(()),
    }
}

/// Removes what a checkpoint left, once its training has ended.
///
/// # Errors
/// Fails if a folder cannot be removed.
pub fn remove_checkpoint(folder: &Path) -> Result<(), ModelError> {
    remove(folder)?;
    remove(&folder.with_extension("previous"))?;
    remove(&folder.with_extension("next"))
}

/// Tells whether a folder holds a checkpoint to go on from.
pub fn has_checkpoint(folder: &Path) -> bool {
    folder.exists() || folder.with_extension("previous").exists()
}

/// Writes options as JSON.
fn printed(options: &TrainingOptions) -> String {
    serde_json::json!(options).to_string()
}

#[derive(Deserialize)]
struct Progress {
    step: usize,
    /// As JSON in a string: a number that is parsed may differ from the printed one in its last bit.
    options: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    notes: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::tiny::{tiny_classifier, tiny_config, tiny_examples, tiny_options};

    #[test]
    fn a_resumed_training_ends_like_an_uninterrupted_one() {
        // A rate that comes back from its printed form with another last bit.
        let encoder_rate = 120.0 * 1e-6;
        let options = TrainingOptions { epochs: 2, dropout: 0.1, encoder_rate, ..tiny_options() };
        let folder =
            std::env::temp_dir().join(format!("groundswell-resume-{}", std::process::id()));
        let config = tiny_config();
        let examples = tiny_examples();
        let mut straight = Trainer::new(tiny_classifier(&config), options.clone()).unwrap();
        straight
            .run(&examples, |trainer, progress| {
                if progress.step == 5 {
                    trainer.write_checkpoint(&folder)?;
                }
                Ok(true)
            })
            .unwrap();
        let mut resumed =
            Trainer::resume(&folder, tiny_classifier(&config), options.clone()).unwrap();
        let mut first_step = None;
        resumed
            .run(&examples, |_, progress| {
                first_step.get_or_insert(progress.step);
                Ok(true)
            })
            .unwrap();
        assert_eq!(first_step, Some(6));
        assert_eq!(resumed.step, straight.step);
        assert_eq!(resumed.values, straight.values);

        let other = TrainingOptions { seed: 1, ..options };
        assert!(Trainer::resume(&folder, tiny_classifier(&config), other).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_checkpoint_of_other_data_is_refused() {
        let folder = std::env::temp_dir().join(format!("groundswell-data-{}", std::process::id()));
        let config = tiny_config();
        let begin = |data: &str| {
            Trainer::resume_or_start(&folder, tiny_classifier(&config), tiny_options(), data)
        };
        let mut trainer = begin("these").unwrap();
        trainer.run(&tiny_examples(), |_, _| Ok(false)).unwrap();
        trainer.write_checkpoint(&folder).unwrap();
        assert_eq!(begin("these").unwrap().step, 1);
        let error = begin("others").err().unwrap().to_string();
        assert!(error.contains("other data"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
