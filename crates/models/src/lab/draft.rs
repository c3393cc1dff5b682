//! What is known of a model before it is calibrated; finishing it calibrates, measures and describes it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::architectures::{LabelKind, ScratchConfig, TaskLabels};
use crate::error::ModelError;
use crate::evaluate::{
    Evaluation, MultiLabelScores, RatingScores, Resampling, Temperature, expected_rating,
    rating_steps,
};
use crate::lab::description::{
    CascadeDescription, CurvePoint, DataDescription, FORMAT, TrainedDescription,
};
use crate::lab::settings::TrainSettings;
use crate::lab::trained::{Body, FILES, TrainedModel};
use crate::parallel::on_all_cores;
use crate::runtime::{Prediction, sha256};
use crate::train::Example;

/// Is what is known of a model before it is calibrated.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) task: TaskLabels,
    pub(crate) reads_target: bool,
    pub(crate) base: Option<String>,
    pub(crate) network: Option<ScratchConfig>,
    pub(crate) cascade: Option<CascadeDescription>,
    pub(crate) settings: TrainSettings,
    pub(crate) data: DataDescription,
    pub(crate) curve: Vec<CurvePoint>,
    pub(crate) seconds: f64,
}

impl Draft {
    /// Fits the temperature on the validation part, evaluates there, and writes the description beside the weights.
    pub(crate) fn finish(
        self,
        body: Body,
        validation: &[Example],
        folder: &Path,
    ) -> Result<TrainedModel, ModelError> {
        let scores = on_all_cores(validation, |part| {
            let texts: Vec<&str> = part.iter().map(|example| example.text.as_str()).collect();
            let targets = part.iter().map(|example| example.target.as_deref().unwrap_or_default());
            let targets: Option<Vec<&str>> = self.reads_target.then(|| targets.collect());
            body.scores(&texts, targets.as_deref())
        })?;
        let truth: Vec<Vec<usize>> = validation
            .iter()
            .filter_map(|example| Some(example.labels[0].as_ref()?.accepted.to_vec()))
            .collect();
        let temperature = fitted_temperature(self.task.kind, &scores, &truth)?;
        let report = self.measured(&scores, &truth, temperature)?;
        self.describe(body, temperature, report, folder)
    }

    /// Measures the calibrated answers on the validation part, by the kind of its labels.
    fn measured(
        &self,
        scores: &[Vec<f32>],
        truth: &[Vec<usize>],
        temperature: f32,
    ) -> Result<serde_json::Value, ModelError> {
        if truth.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        let labels = &self.task.labels;
        let probabilities: Vec<Vec<f32>> = scores
            .iter()
            .map(|scores| {
                let tempered = scores.iter().map(|score| score / temperature).collect();
                Prediction::of_scores(tempered, self.task.kind).probabilities
            })
            .collect();
        let resampling = Resampling::new(self.settings.seed);
        let report = match self.task.kind {
            LabelKind::Single => {
                let truth: Vec<usize> = truth.iter().map(|labels| labels[0]).collect();
                let seed = self.settings.seed;
                serde_json::to_value(Evaluation::of(&truth, &probabilities, labels, seed)?)
            }
            LabelKind::Multi => {
                let has = |found: &Vec<usize>| {
                    (0..labels.len()).map(|label| found.contains(&label)).collect()
                };
                let truth: Vec<Vec<bool>> = truth.iter().map(has).collect();
                serde_json::to_value(MultiLabelScores::resampled(
                    &truth,
                    &probabilities,
                    labels,
                    0.5,
                    &resampling,
                )?)
            }
            LabelKind::Ordinal => {
                let steps = rating_steps(labels)?;
                let truth: Vec<f64> = truth.iter().map(|found| steps[found[0]]).collect();
                let expected = |shares: &Vec<f32>| expected_rating(&steps, shares);
                let predicted: Vec<f64> = probabilities.iter().map(expected).collect();
                serde_json::to_value(RatingScores::resampled(
                    &truth,
                    &predicted,
                    &steps,
                    &resampling,
                )?)
            }
        };
        report.map_err(|error| ModelError::Invalid(error.to_string()))
    }

    /// Writes the description beside the files.
    pub(crate) fn describe(
        self,
        body: Body,
        temperature: f32,
        report: serde_json::Value,
        folder: &Path,
    ) -> Result<TrainedModel, ModelError> {
        let mut files = BTreeMap::new();
        for name in FILES {
            let path = folder.join(name);
            if path.exists() {
                let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
                files.insert(name.to_owned(), sha256(&bytes));
            }
        }
        let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let mut description = TrainedDescription {
            format: FORMAT,
            name: self.name,
            version: String::new(),
            task: self.task,
            reads_target: self.reads_target,
            base: self.base,
            network: self.network,
            cascade: self.cascade,
            temperature,
            settings: self.settings,
            data: self.data,
            code_version: env!("CARGO_PKG_VERSION").to_owned(),
            created,
            seconds: self.seconds,
            curve: self.curve,
            validation: report,
            files,
        };
        description.version = description.content_version()?;
        description.write(folder)?;
        Ok(TrainedModel::new(description, body))
    }
}

/// Fits the temperature by scores before softmax or sigmoid and the labels that the texts have.
///
/// A text of several labels is a yes or no for each, and the sigmoid of a score is the softmax of the score and 0. The
/// probabilities of a rating are learned for the step that they expect, not for the share of each, so there is nothing to fit.
fn fitted_temperature(
    kind: LabelKind,
    scores: &[Vec<f32>],
    truth: &[Vec<usize>],
) -> Result<f32, ModelError> {
    if truth.is_empty() {
        return Ok(1.0);
    }
    let fitted = match kind {
        LabelKind::Single => {
            let classes: Vec<usize> = truth.iter().map(|labels| labels[0]).collect();
            Temperature::fit(scores, &classes)?
        }
        LabelKind::Multi => {
            let mut decisions = Vec::new();
            let mut classes = Vec::new();
            for (scores, labels) in scores.iter().zip(truth) {
                for (label, score) in scores.iter().enumerate() {
                    decisions.push(vec![*score, 0.0]);
                    classes.push(usize::from(!labels.contains(&label)));
                }
            }
            Temperature::fit(&decisions, &classes)?
        }
        LabelKind::Ordinal => return Ok(1.0),
    };
    Ok(fitted.value() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_labels_get_a_temperature_too() {
        // Of eight answers at a score of 4 six are right, each with a trust of 9/10: a probability of 0.7 has the score ln 7/3.
        let scores = vec![vec![4.0, -4.0]; 4];
        let truth = [vec![0], vec![0], vec![0], vec![1]];
        let temperature = fitted_temperature(LabelKind::Multi, &scores, &truth).unwrap();
        assert!((temperature - 4.0 / (7.0f32 / 3.0).ln()).abs() < 1e-3, "{temperature}");
        let nothing: [Vec<usize>; 4] = Default::default();
        assert!(fitted_temperature(LabelKind::Multi, &scores, &nothing).unwrap() > 4.0);
        assert_eq!(fitted_temperature(LabelKind::Ordinal, &scores, &truth).unwrap(), 1.0);
        assert_eq!(fitted_temperature(LabelKind::Single, &[], &[]).unwrap(), 1.0);
    }
}
