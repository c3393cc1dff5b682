//! Writes a training to a folder and goes on from there.

use std::path::Path;

use burn::tensor::Device;
use serde::Deserialize;

use crate::architectures::{Classifier, NamedTensor, Weights, write_whole};
use crate::error::ModelError;
use crate::train::options::TrainingOptions;
use crate::train::trainer::Trainer;

impl Trainer {
    /// Writes the classifier and what is needed to go on into a folder.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn write_checkpoint(&self, folder: &Path) -> Result<(), ModelError> {
        self.classifier().write(&self.config, folder)?;
        let mut state = Weights::default();
        let lists = [("mean", &self.optimizer.means), ("square", &self.optimizer.squares)];
        for (kind, list) in lists {
            for (name, values) in self.names.iter().zip(list) {
                let tensor = NamedTensor { shape: vec![values.len()], values: values.clone() };
                state.insert(format!("{kind}.{name}"), tensor);
            }
        }
        state.write(&folder.join("optimizer.safetensors"))?;
        let path = folder.join("progress.json");
        let progress = serde_json::json!({ "step": self.step, "options": self.options });
        write_whole(&path, progress.to_string().as_bytes())
    }

    /// Goes on from a folder that `write_checkpoint` wrote, with the same examples and options.
    ///
    /// # Errors
    /// Fails if a file is missing or was written with other options.
    pub fn resume(folder: &Path, options: TrainingOptions) -> Result<Self, ModelError> {
        let (config, classifier) = Classifier::read(folder, &Device::flex())?;
        let mut trainer = Self::new(config, classifier, options)?;
        let path = folder.join("progress.json");
        let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
        let progress: Progress = serde_json::from_slice(&bytes)
            .map_err(|error| ModelError::format(&path, "training progress", error))?;
        if progress.options != trainer.options {
            let reason = "it was written with other options";
            return Err(ModelError::format(&path, "progress of this training", reason));
        }
        let state = Weights::read(&folder.join("optimizer.safetensors"))?;
        for (index, name) in trainer.names.iter().enumerate() {
            trainer.optimizer.means[index] = state.get(&format!("mean.{name}"))?.values.clone();
            trainer.optimizer.squares[index] = state.get(&format!("square.{name}"))?.values.clone();
        }
        trainer.step = progress.step;
        trainer.optimizer.steps = progress.step as u32;
        Ok(trainer)
    }
}

#[derive(Deserialize)]
struct Progress {
    step: usize,
    options: TrainingOptions,
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
        let mut straight =
            Trainer::new(config.clone(), tiny_classifier(&config), options.clone()).unwrap();
        straight
            .run(&examples, |trainer, progress| {
                if progress.step == 5 {
                    trainer.write_checkpoint(&folder)?;
                }
                Ok(true)
            })
            .unwrap();
        let mut resumed = Trainer::resume(&folder, options.clone()).unwrap();
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
        assert!(Trainer::resume(&folder, other).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
