//! The measures by name: the one list from which training, model cards and the command line choose.

use super::scores::Scores;

/// Names a number of [`Scores`].
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// The name, in snake case.
    pub name: &'static str,
    /// What it says, its range, and which end is good.
    pub about: &'static str,
    /// Reads it; nothing where it is undefined.
    pub of: fn(&Scores) -> Option<f64>,
}

/// Lists all measures.
pub static MEASURES: &[Measure] = &[
    Measure {
        name: "accuracy",
        about: "share of texts with the right label; 0 to 1, higher is better",
        of: |scores| Some(scores.accuracy),
    },
    Measure {
        name: "macro_precision",
        about: "mean over labels of the share of predictions that are right; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.precision),
    },
    Measure {
        name: "macro_recall",
        about: "mean over labels of the share of texts that are found; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.recall),
    },
    Measure {
        name: "macro_f1",
        about: "mean over labels of F1; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.f1),
    },
    Measure {
        name: "micro_f1",
        about: "F1 over all decisions, which is the accuracy with one label per text; 0 to 1, higher is better",
        of: |scores| Some(scores.micro_average.f1),
    },
    Measure {
        name: "weighted_f1",
        about: "mean of F1 in which every label counts by its texts; 0 to 1, higher is better",
        of: |scores| Some(scores.weighted_average.f1),
    },
    Measure {
        name: "mcc",
        about: "Matthews correlation of truth and prediction; -1 to 1, 0 is chance, higher is better",
        of: |scores| scores.mcc,
    },
    Measure {
        name: "cohen_kappa",
        about: "Cohen's kappa, agreement beyond chance; -1 to 1, 0 is chance, higher is better",
        of: |scores| scores.cohen_kappa,
    },
    Measure {
        name: "auroc",
        about: "mean area under the ROC curves, one label against the rest; 0 to 1, 0.5 is chance, higher is better",
        of: |scores| scores.auroc,
    },
    Measure {
        name: "log_loss",
        about: "mean negative log-likelihood of the true label in nats; from 0, lower is better",
        of: |scores| Some(scores.log_loss),
    },
    Measure {
        name: "brier",
        about: "Brier score, squared differences summed over labels; 0 to 2, lower is better",
        of: |scores| Some(scores.brier),
    },
    Measure {
        name: "ece",
        about: "expected calibration error over 15 bins; 0 to 1, lower is better",
        of: |scores| Some(scores.ece),
    },
];

/// Finds a measure of [`MEASURES`] by its name.
pub fn measure(name: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.name == name)
}

/// Lists the metrics by which TweetEval ranks its tasks (Barbieri et al. 2020, arXiv:2010.12421, and its `evaluation_script.py`).
pub static TWEETEVAL: &[Measure] = &[
    Measure {
        name: "tweeteval_emoji",
        about: "macro F1; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.f1),
    },
    Measure {
        name: "tweeteval_emotion",
        about: "macro F1; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.f1),
    },
    Measure {
        name: "tweeteval_hate",
        about: "macro F1; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.f1),
    },
    Measure {
        name: "tweeteval_irony",
        about: "F1 of the label `ironic` or `irony`; 0 to 1, higher is better",
        of: |scores| f1_of(scores, &["ironic", "irony"]),
    },
    Measure {
        name: "tweeteval_offensive",
        about: "macro F1; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.f1),
    },
    Measure {
        name: "tweeteval_sentiment",
        about: "macro recall; 0 to 1, higher is better",
        of: |scores| Some(scores.macro_average.recall),
    },
    Measure {
        name: "tweeteval_stance",
        about: "mean of the F1 of `favor` and of `against`, all targets together; 0 to 1, higher is better",
        of: |scores| Some((f1_of(scores, &["favor"])? + f1_of(scores, &["against"])?) / 2.0),
    },
];

/// Finds a metric of [`TWEETEVAL`] by its name; `tweeteval-stance` does as well as `tweeteval_stance`.
pub fn tweeteval_metric(name: &str) -> Option<&'static Measure> {
    let name = name.replace('-', "_");
    TWEETEVAL.iter().find(|metric| metric.name == name)
}

/// Finds the metric of the task of TweetEval that has these labels, in any order; nothing if none has. The 20 labels of `emoji` are
/// not recognised.
pub fn tweeteval_metric_of(labels: &[String]) -> Option<&'static Measure> {
    let has = |names: &[&str]| names.iter().all(|name| labels.iter().any(|label| label == name));
    let name = match labels.len() {
        2 if has(&["ironic"]) || has(&["irony"]) => "tweeteval_irony",
        2 if has(&["hate"]) => "tweeteval_hate",
        2 if has(&["offensive"]) => "tweeteval_offensive",
        3 if has(&["negative", "neutral", "positive"]) => "tweeteval_sentiment",
        3 if has(&["none", "against", "favor"]) => "tweeteval_stance",
        4 if has(&["anger", "joy", "optimism", "sadness"]) => "tweeteval_emotion",
        _ => return None,
    };
    tweeteval_metric(name)
}

/// Reads the F1 of the label that has one of the names; nothing if none has.
fn f1_of(scores: &Scores, names: &[&str]) -> Option<f64> {
    let class = scores.classes.iter().find(|class| names.contains(&class.label.as_str()))?;
    Some(class.f1)
}

#[cfg(test)]
mod tests {
    use super::super::predictions::Predictions;
    use super::super::predictions::tests::{named, sixty};
    use super::*;

    /// Scores plain guesses, each given with certainty.
    fn scores(pairs: &[(usize, usize)], labels: &[&str]) -> Scores {
        let truth: Vec<usize> = pairs.iter().map(|(truth, _)| *truth).collect();
        let mut rows = Vec::new();
        for (_, guess) in pairs {
            let mut row = vec![0.0; labels.len()];
            row[*guess] = 1.0;
            rows.push(row);
        }
        Scores::of(&Predictions::new(&truth, &rows, &named(labels)).unwrap())
    }

    fn tweeteval(task: &str, scores: &Scores) -> Option<f64> {
        (tweeteval_metric(&format!("tweeteval-{task}"))?.of)(scores)
    }

    #[test]
    fn every_measure_has_a_name_of_its_own_and_a_value() {
        let scores = Scores::of(&sixty(0));
        for (index, wanted) in MEASURES.iter().enumerate() {
            assert_eq!(MEASURES.iter().position(|m| m.name == wanted.name), Some(index));
            assert!((wanted.of)(&scores).is_some_and(f64::is_finite), "{}", wanted.name);
            assert!(wanted.about.ends_with("is better"), "{}", wanted.name);
        }
        assert!(measure("f1").is_none());
    }

    #[test]
    fn values_come_from_their_fields() {
        let scores = scores(&[(0, 0), (0, 0), (0, 1), (1, 1), (2, 1)], &["a", "b", "c"]);
        let value = |name: &str| (measure(name).unwrap().of)(&scores).unwrap();
        let near = |name: &str, expected: f64| {
            assert!((value(name) - expected).abs() < 1e-12, "{name}: {}", value(name));
        };
        near("accuracy", 0.6);
        near("micro_f1", 0.6);
        near("macro_precision", (1.0 + 1.0 / 3.0) / 3.0);
        near("macro_recall", (2.0 / 3.0 + 1.0) / 3.0);
        near("macro_f1", (0.8 + 0.5) / 3.0);
        near("weighted_f1", (3.0 * 0.8 + 0.5) / 5.0);
    }

    #[test]
    fn tweeteval_looks_at_the_labels_it_ranks_by() {
        let pairs = [(0, 0), (0, 1), (1, 1), (1, 1), (1, 0), (0, 0)];
        for labels in [["non_irony", "irony"], ["literal", "ironic"]] {
            assert_eq!(tweeteval("irony", &scores(&pairs, &labels)), Some(4.0 / 6.0));
        }
        assert_eq!(tweeteval("irony", &scores(&pairs, &["no", "yes"])), None);
        let pairs = [(0, 0), (0, 1), (1, 1), (2, 2), (2, 0), (2, 2)];
        let stance = scores(&pairs, &["none", "against", "favor"]);
        assert!((tweeteval("stance", &stance).unwrap() - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-12);
        let recall = (0.5 + 1.0 + 2.0 / 3.0) / 3.0;
        assert!((tweeteval("sentiment", &stance).unwrap() - recall).abs() < 1e-12);
        for task in ["emotion", "emoji", "hate", "offensive"] {
            assert_eq!(tweeteval(task, &stance), Some(stance.macro_average.f1));
        }
        assert!(tweeteval_metric("tweeteval-intent").is_none());
    }

    #[test]
    fn labels_tell_the_task() {
        let found = |labels: &[&str]| tweeteval_metric_of(&named(labels)).map(|found| found.name);
        assert_eq!(found(&["positive", "negative", "neutral"]), Some("tweeteval_sentiment"));
        assert_eq!(found(&["against", "favor", "none"]), Some("tweeteval_stance"));
        assert_eq!(found(&["anger", "joy", "optimism", "sadness"]), Some("tweeteval_emotion"));
        assert_eq!(found(&["not_ironic", "ironic"]), Some("tweeteval_irony"));
        assert_eq!(found(&["non-hate", "hate"]), Some("tweeteval_hate"));
        assert_eq!(found(&["non-offensive", "offensive"]), Some("tweeteval_offensive"));
        assert_eq!(found(&["positive", "negative"]), None);
        assert_eq!(found(&["anger", "joy", "optimism", "sadness", "fear"]), None);
    }
}
