//! What a trained model says of itself: the `model.json` of its folder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::architectures::{ScratchConfig, TaskLabels};
use crate::lab::settings::TrainSettings;

/// The version of the layout of a folder.
pub(crate) const FORMAT: u32 = 1;

/// Describes a trained model.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TrainedDescription {
    /// The version of the layout of the folder.
    pub format: u32,
    /// The name by which queries call it.
    pub name: String,
    /// The first digits of a hash of what it computes.
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
    /// What scores are divided by before softmax, so that confidence equals accuracy (Guo et al. 2017).
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

/// Describes the data of a training.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct DataDescription {
    /// Where it came from: files or a query.
    pub source: String,
    /// How many texts it learned from.
    pub train_rows: usize,
    /// How many texts it was stopped and calibrated by.
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
    /// The share of the texts of the data that went up to the dear model.
    pub share_up: f64,
    /// Macro-F1 of the cheap model on the data.
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
    /// The validation score: macro-F1, of ratings minus the mean squared error.
    pub score: f64,
}
