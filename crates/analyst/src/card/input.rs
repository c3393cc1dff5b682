//! What a card is made of: plain numbers and texts that anything can write.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Holds all that a card shows. In JSON, keys that a card does not know are passed over.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CardInput {
    /// The name of the model.
    pub name: String,
    /// The version of the model.
    pub version: String,
    /// The task, such as `sentiment`.
    pub task: String,
    /// The architecture in words, with its sizes.
    #[serde(default)]
    pub architecture: String,
    /// The labels, in the order of the model.
    pub labels: Vec<String>,
    /// The languages the model was trained for.
    #[serde(default)]
    pub languages: Vec<String>,
    /// The labelled texts per split, in the order in which they are shown.
    #[serde(default)]
    pub rows: Vec<SplitRows>,
    /// The fingerprint of the training texts.
    #[serde(default)]
    pub data_fingerprint: String,
    /// The seed of the training; nothing if unknown.
    #[serde(default)]
    pub seed: Option<u64>,
    /// The version of the code that trained the model.
    #[serde(default)]
    pub code_version: String,
    /// When the model was trained, as it is to be shown.
    #[serde(default)]
    pub created: String,
    /// The temperature that logits are divided by; nothing if it was not fitted.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// The speed in posts per second; nothing if it was not measured.
    #[serde(default)]
    pub posts_per_second: Option<f64>,
    /// The size of the model in bytes.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// What else is to be known; lines stay lines.
    #[serde(default)]
    pub notes: String,
    /// Where the model fails and what it must not be used for; lines stay lines.
    #[serde(default)]
    pub limits: String,
    /// The scores; nothing if the model was not evaluated.
    #[serde(default)]
    pub evaluation: Option<CardEvaluation>,
    /// The course of the training, by epoch.
    #[serde(default)]
    pub training: Vec<TrainingPoint>,
}

/// Counts the labelled texts of one split.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct SplitRows {
    /// The name: `train`, `validation`, `test`.
    pub split: String,
    /// The number of texts.
    pub rows: u64,
}

/// Holds scores, in the form in which `groundswell_models::evaluate::Evaluation` writes them: every number at the top level of its
/// JSON is a measure by its name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CardEvaluation {
    /// The number of texts that were scored.
    pub texts: u64,
    /// The 95 % intervals by the name of the measure; nothing where undefined.
    #[serde(default)]
    pub intervals: BTreeMap<String, Option<CardInterval>>,
    /// The scores per label.
    #[serde(default)]
    pub classes: Vec<ClassRow>,
    /// The number of texts per true label (row) and predicted label (column), in the order of `classes`.
    #[serde(default)]
    pub confusion: Vec<Vec<u64>>,
    /// Confidence against accuracy.
    #[serde(default)]
    pub reliability: CardReliability,
    /// The comparison with another model on the same texts; nothing if none was made.
    #[serde(default)]
    pub against: Option<CardComparison>,
    /// The measures by name; undefined ones are left out.
    #[serde(flatten, deserialize_with = "numbers_alone")]
    pub measures: BTreeMap<String, f64>,
}

/// Holds a comparison of this model, the first, with another, the second.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CardComparison {
    /// The name of the other model.
    pub model: String,
    /// Who is right where the two disagree.
    pub mcnemar: CardMcNemar,
    /// The measures by name.
    #[serde(default)]
    pub differences: BTreeMap<String, CardDifference>,
}

/// Holds McNemar's test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct CardMcNemar {
    /// The number of texts that only the first model has right.
    pub only_first: u64,
    /// The number of texts that only the second model has right.
    pub only_second: u64,
    /// The chance of a difference at least as large between models that are equally good, 0..1.
    pub p_value: f64,
}

/// Holds a measure of both models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct CardDifference {
    /// The number of the first model; nothing where undefined.
    pub first: Option<f64>,
    /// The number of the second model; nothing where undefined.
    pub second: Option<f64>,
    /// The 95 % interval of first minus second; nothing where undefined.
    pub interval: Option<CardInterval>,
}

/// Holds the ends of an interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct CardInterval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Holds the scores of one label, 0..1.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct ClassRow {
    /// The name of the label.
    pub label: String,
    /// How many texts carry the label.
    pub support: u64,
    /// The share of predictions of the label that are right.
    pub precision: f64,
    /// The share of texts with the label that are found.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// The area under the ROC curve of the label against all others; nothing if undefined.
    #[serde(default)]
    pub auroc: Option<f64>,
}

/// Holds the bins of a reliability diagram.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CardReliability {
    /// The bins, from the lowest confidence.
    #[serde(default)]
    pub bins: Vec<ReliabilityRow>,
}

/// Holds the texts whose predicted label has a probability within one interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct ReliabilityRow {
    /// The lower end, 0..1.
    pub low: f64,
    /// The upper end, 0..1.
    pub high: f64,
    /// The number of texts.
    pub texts: u64,
    /// The mean probability of the predicted label; nothing without texts.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// The share of right predictions; nothing without texts.
    #[serde(default)]
    pub accuracy: Option<f64>,
}

/// Holds what was known after one pass over the training texts, in the form in which `groundswell_models::lab::CurvePoint` writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct TrainingPoint {
    /// The passes so far.
    pub epoch: u64,
    /// The mean loss of the last pass; nothing if it was not written down.
    #[serde(default)]
    pub loss: Option<f64>,
    /// The score on validation texts; nothing if it was not measured.
    #[serde(default)]
    pub score: Option<f64>,
}

/// Keeps the numbers among all keys that are left over.
fn numbers_alone<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, f64>, D::Error> {
    let values = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let mut numbers = BTreeMap::new();
    for (name, value) in values {
        if let Some(number) = value.as_f64() {
            numbers.insert(name, number);
        }
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_is_read_as_it_is_written() {
        let json = r#"{
            "name": "m", "version": "1", "task": "sentiment", "labels": ["no", "yes"], "unknown": {"a": 1},
            "rows": [{"split": "train", "rows": 10}], "training": [{"epoch": 5, "loss": 0.5, "score": 0.7}, {"epoch": 6, "loss": null}],
            "evaluation": {
                "labels": ["no", "yes"], "texts": 4, "accuracy": 0.75, "mcc": null, "macro_f1": 0.7,
                "intervals": {"macro_f1": {"low": 0.5, "high": 0.9}, "mcc": null},
                "classes": [{"label": "no", "support": 2, "precision": 1, "recall": 0.5, "f1": 0.67, "auroc": null}],
                "confusion": [[1, 1], [0, 2]],
                "against": {
                    "model": "old", "mcnemar": {"only_first": 3, "only_second": 1, "chi_squared": null, "p_value": 0.625},
                    "differences": {"accuracy": {"first": 0.75, "second": 0.5, "interval": {"low": -0.1, "high": 0.6}}}
                },
                "reliability": {"bins": [{"low": 0, "high": 1, "texts": 4, "confidence": 0.8, "accuracy": 0.75}], "ece": 0.05, "mce": 0.05}
            }
        }"#;
        let input: CardInput = serde_json::from_str(json).unwrap();
        let evaluation = input.evaluation.unwrap();
        let measures: Vec<(&str, f64)> =
            evaluation.measures.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(measures, [("accuracy", 0.75), ("macro_f1", 0.7)]);
        assert_eq!(evaluation.texts, 4);
        assert_eq!(evaluation.intervals["macro_f1"], Some(CardInterval { low: 0.5, high: 0.9 }));
        assert_eq!(evaluation.intervals["mcc"], None);
        assert_eq!((evaluation.confusion[1][1], evaluation.reliability.bins[0].texts), (2, 4));
        let against = evaluation.against.unwrap();
        assert_eq!((against.model.as_str(), against.mcnemar.only_first), ("old", 3));
        assert_eq!(against.differences["accuracy"].second, Some(0.5));
        let course: Vec<_> =
            input.training.iter().map(|at| (at.epoch, at.loss, at.score)).collect();
        assert_eq!(course, [(5, Some(0.5), Some(0.7)), (6, None, None)]);
        assert_eq!((input.rows[0].rows, input.seed), (10, None));
    }

    #[test]
    fn what_a_model_must_say_is_required() {
        let error = serde_json::from_str::<CardInput>(r#"{"name": "m"}"#).unwrap_err();
        assert!(error.to_string().contains("version"), "{error}");
    }
}
