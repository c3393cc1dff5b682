//! The one number by which a training is stopped.

use crate::architectures::{LabelKind, TaskLabels};
use crate::error::ModelError;
use crate::evaluate::{MultiLabelScores, Predictions, Scores};
use crate::runtime::Prediction;
use crate::train::examples::Example;

/// Names the validation score.
pub(crate) fn measure_of(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Single => "macro-F1",
        LabelKind::Multi => "micro-F1",
        LabelKind::Ordinal => "minus MSE",
    }
}

/// Scores the scores before softmax that texts of one task got: macro-F1, of multi labels micro-F1, of ratings minus the mean squared
/// error in steps; the higher the better.
///
/// # Errors
/// Fails if there are no texts or a score is no number.
pub(crate) fn validation_score(
    scores: &[Vec<f32>],
    examples: &[Example],
    task: &TaskLabels,
) -> Result<f64, ModelError> {
    let predicted = scores.iter().map(|scores| Prediction::of_scores(scores.clone(), task.kind));
    let shares: Vec<Vec<f32>> = predicted.map(|prediction| prediction.probabilities).collect();
    let labels = examples.iter().filter_map(|example| example.labels[0].as_ref());
    let accepted: Vec<&[usize]> = labels.map(|label| &*label.accepted).collect();
    match task.kind {
        LabelKind::Single => {
            let truth: Vec<usize> = accepted.iter().map(|labels| labels[0]).collect();
            let predictions = Predictions::new(&truth, &shares, &task.labels)?;
            Ok(Scores::of(&predictions).macro_average.f1)
        }
        LabelKind::Multi => {
            let of_text = |labels: &&[usize]| -> Vec<bool> {
                (0..task.labels.len()).map(|label| labels.contains(&label)).collect()
            };
            let truth: Vec<Vec<bool>> = accepted.iter().map(of_text).collect();
            Ok(MultiLabelScores::of(&truth, &shares, &task.labels, 0.5)?.micro_f1)
        }
        LabelKind::Ordinal => {
            let errors = accepted.iter().zip(&shares).map(|(truth, shares)| {
                let steps = shares.iter().enumerate();
                let expected: f32 = steps.map(|(step, share)| step as f32 * share).sum();
                f64::from(expected - truth[0] as f32).powi(2)
            });
            Ok(-errors.sum::<f64>() / accepted.len().max(1) as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::examples::Label;

    fn example(accepted: &[usize], kind: LabelKind) -> Example {
        let (accepted, allowed) = (accepted.into(), [0, 1, 2].into());
        let label = Label { accepted, allowed, kind, weight: 1.0 };
        Example { text: String::new(), target: None, labels: vec![Some(label)] }
    }

    fn score(truth: [&[usize]; 2], kind: LabelKind) -> f64 {
        let task = TaskLabels { kind, ..TaskLabels::single("t", &["a", "b", "c"]) };
        let scores = [vec![9.0, -9.0, -9.0], vec![-9.0, -9.0, 9.0]];
        validation_score(&scores, &truth.map(|labels| example(labels, kind)), &task).unwrap()
    }

    #[test]
    fn every_kind_of_label_has_its_score() {
        assert_eq!(score([&[0], &[2]], LabelKind::Single), 1.0);
        assert_eq!(score([&[0, 1], &[2]], LabelKind::Multi), 0.8);
        assert!((score([&[0], &[1]], LabelKind::Ordinal) + 0.5).abs() < 1e-3);
        assert!(validation_score(&[], &[], &TaskLabels::single("t", &["a", "b"])).is_err());
    }
}
