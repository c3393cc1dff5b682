//! Writes a training to a folder and goes on from there.

use std::path::Path;

use serde::Deserialize;

use crate::architectures::{NamedTensor, Network, Weights, write_whole};
use crate::error::ModelError;
use crate::train::options::TrainingOptions;
use crate::train::trainer::Trainer;

impl<N: Network> Trainer<N> {
    /// Writes the classifier and what is needed to go on into a folder.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn write_checkpoint(&self, folder: &Path) -> Result<(), ModelError> {
        let next = folder.with_extension("next");
        self.write_state(&next)?;
        // A process that is killed between the two renames leaves the older state under its other name.
        let previous = folder.with_extension("previous");
        remove(&previous)?;
        if folder.exists() {
            rename(folder, &previous)?;
        }
        rename(&next, folder)?;
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
        let progress =
            serde_json::json!({ "step": self.step, "options": self.options, "notes": self.notes });
        write_whole(&path, progress.to_string().as_bytes())
    }

    /// Goes on from a folder that `write_checkpoint` wrote, with the same network, examples and options.
    ///
    /// # Errors
    /// Fails if a file is missing or was written with other options.
    pub fn resume(folder: &Path, network: N, options: TrainingOptions) -> Result<Self, ModelError> {
        let previous = folder.with_extension("previous");
        let folder = if folder.exists() { folder } else { &previous };
        let mut trainer = Self::new(network, options)?;
        let path = folder.join("progress.json");
        let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
        let progress: Progress = serde_json::from_slice(&bytes)
            .map_err(|error| ModelError::format(&path, "training progress", error))?;
        if progress.options != trainer.options {
            let reason = "it was written with other options";
            return Err(ModelError::format(&path, "progress of this training", reason));
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

#[derive(Deserialize)]
struct Progress {
    step: usize,
    options: TrainingOptions,
    #[serde(default)]
    notes: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::tiny::{tiny_classifier, tiny_config, tiny_examples, tiny_options};

    #[test]
    fn a_resumed_training_ends_like_an_uninterrupted_one() {
        let options = TrainingOptions { epochs: 2, dropout: 0.1, ..tiny_options() };
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
}
