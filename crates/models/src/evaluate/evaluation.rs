//! Everything about one run of a model on labelled texts, in one place.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::calibration::{RELIABILITY_BINS, Reliability};
use super::named::{MEASURES, Measure, measure};
use super::predictions::Predictions;
use super::resampling::{Interval, Resampling};
use super::scores::Scores;
use crate::error::ModelError;

/// Names the measures of [`MEASURES`] that an evaluation gives with an interval.
const WITH_INTERVAL: [&str; 8] = [
    "accuracy",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "mcc",
    "auroc",
    "log_loss",
    "brier",
];

/// Holds all there is to say about a run on a single-label task.
///
/// In JSON every measure of [`MEASURES`] stands by its name at the top level (`macro_f1`, `macro_recall`, …; null where undefined),
/// beside `labels`, `texts`, `intervals` (by name, each `low` and `high` or null), `classes`, `confusion` (rows are true labels)
/// and `reliability`.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The names of the labels, in the order of the classes.
    pub labels: Vec<String>,
    /// The numbers.
    pub scores: Scores,
    /// Confidence against accuracy, in 15 bins.
    pub reliability: Reliability,
    /// The 95 % intervals of the main measures, by name; nothing where undefined.
    pub intervals: BTreeMap<&'static str, Option<Interval>>,
}

impl Evaluation {
    /// Evaluates probabilities (one row per text, one column per label) against true classes (one index per text), with 1000
    /// draws of the texts for the intervals.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] as [`Predictions::new`].
    pub fn of(
        truth: &[usize],
        probabilities: &[Vec<f32>],
        labels: &[String],
        seed: u64,
    ) -> Result<Self, ModelError> {
        let predictions = Predictions::new(truth, probabilities, labels)?;
        Ok(Self::of_predictions(&predictions, &Resampling::new(seed)))
    }

    /// Evaluates checked predictions.
    pub fn of_predictions(predictions: &Predictions, resampling: &Resampling) -> Self {
        let measures: Vec<&Measure> =
            WITH_INTERVAL.iter().filter_map(|name| measure(name)).collect();
        let intervals = resampling.intervals(predictions, &measures);
        Self {
            labels: predictions.labels().to_vec(),
            scores: Scores::of(predictions),
            reliability: Reliability::of(predictions, RELIABILITY_BINS),
            intervals: measures.iter().map(|measure| measure.name).zip(intervals).collect(),
        }
    }

    /// Returns the number of texts.
    pub fn texts(&self) -> usize {
        self.scores.texts
    }

    /// Reads a measure of [`MEASURES`] by its name; nothing if it is unknown or undefined.
    pub fn measure(&self, name: &str) -> Option<f64> {
        (measure(name)?.of)(&self.scores)
    }
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("labels", &self.labels)?;
        map.serialize_entry("texts", &self.scores.texts)?;
        for measure in MEASURES {
            map.serialize_entry(measure.name, &(measure.of)(&self.scores))?;
        }
        map.serialize_entry("intervals", &self.intervals)?;
        map.serialize_entry("classes", &self.scores.classes)?;
        map.serialize_entry("confusion", &self.scores.confusion)?;
        map.serialize_entry("reliability", &self.reliability)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::predictions::tests::{named, sixty};
    use super::*;

    #[test]
    fn json_holds_every_measure_by_name() {
        let evaluation = Evaluation::of_predictions(&sixty(0), &Resampling::new(1));
        let json = serde_json::to_value(&evaluation).unwrap();
        for measure in MEASURES {
            assert_eq!(json[measure.name].as_f64(), evaluation.measure(measure.name));
        }
        assert_eq!(json["texts"], 60);
        assert_eq!(json["labels"][2], "positive");
        assert_eq!(json["confusion"][0], serde_json::json!([7, 0, 17]));
        assert_eq!(json["classes"][1]["support"], 24);
        assert_eq!(json["reliability"]["bins"].as_array().map(Vec::len), Some(RELIABILITY_BINS));
        assert!(json["intervals"]["macro_f1"]["low"].is_f64());
        assert_eq!(json["reliability"]["ece"], json["ece"]);
    }

    #[test]
    fn every_main_measure_is_known_and_has_its_interval() {
        let evaluation = Evaluation::of_predictions(&sixty(0), &Resampling::new(1));
        assert_eq!(evaluation.intervals.len(), WITH_INTERVAL.len());
        for name in WITH_INTERVAL {
            let (value, interval) =
                (evaluation.measure(name).unwrap(), evaluation.intervals[name].unwrap());
            assert!(interval.low <= value && value <= interval.high, "{name}");
        }
    }

    #[test]
    fn equal_seeds_give_equal_bytes() {
        let of = |seed| {
            let evaluation = Evaluation::of(
                &[0, 1, 1, 0, 1],
                &[vec![0.9, 0.1], vec![0.2, 0.8], vec![0.6, 0.4], vec![0.7, 0.3], vec![0.1, 0.9]],
                &named(&["no", "yes"]),
                seed,
            );
            serde_json::to_string(&evaluation.unwrap()).unwrap()
        };
        assert_eq!(of(1), of(1));
        assert!(!of(1).contains("NaN"));
    }

    #[test]
    fn undefined_measures_are_null() {
        let rows = [vec![0.9, 0.1], vec![0.8, 0.2]];
        let evaluation = Evaluation::of(&[0, 0], &rows, &named(&["a", "b"]), 0).unwrap();
        let json = serde_json::to_value(&evaluation).unwrap();
        assert!(json["mcc"].is_null() && json["auroc"].is_null());
        assert!(json["intervals"]["mcc"].is_null());
        assert_eq!((json["accuracy"].as_f64(), evaluation.texts()), (Some(1.0), 2));
    }

    #[test]
    fn faults_are_those_of_the_predictions() {
        let error = Evaluation::of(&[0, 1], &[vec![0.5, 0.5]], &named(&["a", "b"]), 0).unwrap_err();
        assert!(error.to_string().contains("`2` and `1`"), "{error}");
    }
}
