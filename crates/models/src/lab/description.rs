//! What a trained model says of itself: the `model.json` of its folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::architectures::{ScratchConfig, TaskLabels, write_whole};
use crate::error::ModelError;
use crate::lab::settings::TrainSettings;
use crate::runtime::sha256;

/// The version of the layout of a folder.
pub(crate) const FORMAT: u32 = 2;
/// The name of the description in a folder.
pub(crate) const DESCRIPTION: &str = "model.json";

/// Describes a trained model.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TrainedDescription {
    /// The version of the layout of the folder.
    pub format: u32,
    /// The name by which queries call it.
    pub name: String,
    /// The first digits of a hash of what it is: all but its name, times, and what was measured.
    pub version: String,
    /// The task with its labels.
    pub task: TaskLabels,
    /// Whether it reads a target before the text.
    pub reads_target: bool,
    /// The version of the encoder that its head reads, if that stands elsewhere.
    pub base: Option<String>,
    /// The size of a network that was trained from random weights.
    pub network: Option<ScratchConfig>,
    /// The two models of a cascade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cascade: Option<CascadeDescription>,
    /// What scores are divided by before softmax or sigmoid, so that confidence equals accuracy (Guo et al. 2017); 1 for ratings and
    /// cascades.
    pub temperature: f32,
    /// The settings of the training.
    pub settings: TrainSettings,
    /// The data.
    pub data: DataDescription,
    /// The version of the program.
    pub code_version: String,
    /// When the training ended, seconds since 1970.
    pub created: u64,
    /// How long the training took.
    pub seconds: f64,
    /// How the training went.
    pub curve: Vec<CurvePoint>,
    /// The quality on the validation part, by the name of the measure.
    pub validation: serde_json::Value,
    /// The SHA-256 of every file.
    pub files: BTreeMap<String, String>,
}

impl TrainedDescription {
    /// Reads the description in the folder of a model.
    ///
    /// # Errors
    /// Fails if it cannot be read, is of another format, or was changed since the model was trained.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join(DESCRIPTION);
        let wrong = |reason: String| ModelError::format(&path, "model description", reason);
        let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
        let description: Self =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let (format, version) = (description.format, &description.version);
        if format != FORMAT {
            return Err(wrong(format!("format `{format}`, expected `{FORMAT}`")));
        }
        let found = description.content_version()?;
        if *version != found {
            let reason = "it was changed since the model was trained";
            return Err(wrong(format!("{reason}: its version is `{found}`, it says `{version}`")));
        }
        Ok(description)
    }

    /// Writes the description into the folder of a model.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), ModelError> {
        let path = folder.join(DESCRIPTION);
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| ModelError::format(&path, "model description", error))?;
        write_whole(&path, &json)
    }

    /// Computes the version. A field that is added must be left out of the JSON while it has its default, as `cascade` is, or every
    /// model that was trained before counts as changed.
    pub(crate) fn content_version(&self) -> Result<String, ModelError> {
        let content = Self {
            name: String::new(),
            version: String::new(),
            created: 0,
            seconds: 0.0,
            curve: Vec::new(),
            validation: serde_json::Value::Null,
            cascade: self.cascade.clone().map(|cascade| CascadeDescription {
                share_up: 0.0,
                cheap_score: 0.0,
                dear_score: 0.0,
                score: 0.0,
                ..cascade
            }),
            ..self.clone()
        };
        let json =
            serde_json::to_vec(&content).map_err(|error| ModelError::Invalid(error.to_string()))?;
        Ok(sha256(&json)[..12].to_owned())
    }

    /// Says how a query calls the model.
    pub fn call(&self) -> String {
        let target = if self.reads_target { ", target" } else { "" };
        format!("SELECT {0}(text{target}) or classify(text, '{0}'{target})", self.name)
    }
}

/// Describes the data of a training.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct DataDescription {
    /// Where it came from: files or a query.
    pub source: String,
    /// How many texts it learned from; of a cascade, those its threshold was chosen by.
    pub train_rows: usize,
    /// How many texts it was stopped and calibrated by; of a cascade, those it was measured on.
    pub validation_rows: usize,
    /// The SHA-256 of all of them.
    pub fingerprint: String,
}

/// Describes a cascade.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CascadeDescription {
    /// The cheap model, with its version.
    pub cheap: String,
    /// The dear model, with its version.
    pub dear: String,
    /// The confidence from which on the cheap model is believed.
    pub threshold: f32,
    /// The share of the texts that went up to the dear model; like the scores, on texts that the threshold was not chosen by.
    pub share_up: f64,
    /// Macro-F1 of the cheap model.
    pub cheap_score: f64,
    /// Macro-F1 of the dear model.
    pub dear_score: f64,
    /// Macro-F1 of the cascade.
    pub score: f64,
}

/// Is a point of the curve of a training.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The passes over the data so far.
    pub epoch: usize,
    /// The mean loss of the last pass.
    pub loss: f64,
    /// The validation score: macro-F1, of several labels micro-F1, of ratings minus the mean squared error.
    pub score: f64,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::lab::architecture::Architecture;

    type Change = fn(&mut TrainedDescription);

    /// Describes a model without files.
    pub(crate) fn described(name: &str) -> TrainedDescription {
        let mut description = TrainedDescription {
            format: FORMAT,
            name: name.to_owned(),
            version: String::new(),
            task: TaskLabels::single("mood", &["bad", "good"]),
            reads_target: false,
            base: None,
            network: None,
            cascade: None,
            temperature: 1.7,
            settings: TrainSettings::new(Architecture::Heads),
            data: DataDescription::default(),
            code_version: "1.0.0".to_owned(),
            created: 7,
            seconds: 0.5,
            curve: Vec::new(),
            validation: serde_json::Value::Null,
            files: BTreeMap::new(),
        };
        description.version = description.content_version().unwrap();
        description
    }

    fn cascade(threshold: f32, score: f64) -> Option<CascadeDescription> {
        Some(CascadeDescription {
            cheap: "a@1".to_owned(),
            dear: "b@2".to_owned(),
            threshold,
            share_up: score,
            cheap_score: score,
            dear_score: score,
            score,
        })
    }

    #[test]
    fn the_version_is_that_of_the_content() {
        let version = |change: Change| {
            let mut changed = described("mine");
            changed.cascade = cascade(0.5, 0.9);
            change(&mut changed);
            changed.content_version().unwrap()
        };
        let same = version(|_| {});
        assert_eq!(same.len(), 12);
        assert_eq!(version(|about| about.name = "other".to_owned()), same);
        assert_eq!(version(|about| (about.created, about.seconds) = (8, 0.7)), same);
        assert_eq!(version(|about| about.validation = serde_json::json!(0.9)), same);
        assert_eq!(version(|about| about.cascade = cascade(0.5, 0.8)), same);
        assert_ne!(version(|about| about.cascade = cascade(0.6, 0.9)), same);
        assert_ne!(version(|about| about.reads_target = true), same);
        assert_ne!(version(|about| about.task.labels.reverse()), same);
        assert_ne!(version(|about| about.temperature = 1.8), same);
    }

    #[test]
    fn a_changed_description_is_refused() {
        let folder = std::env::temp_dir().join(format!("groundswell-about-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let about = described("mine");
        about.write(&folder).unwrap();
        assert_eq!(TrainedDescription::read(&folder).unwrap(), about);
        let changes: [(Change, &str); 2] = [
            (|about| about.temperature = 2.0, "was changed since the model was trained"),
            (|about| about.format = 1, "format `1`, expected `2`"),
        ];
        for (change, says) in changes {
            let mut changed = about.clone();
            change(&mut changed);
            changed.write(&folder).unwrap();
            let error = TrainedDescription::read(&folder).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
