//! The measures of an evaluation as a table.

use super::input::{CardEvaluation, CardInterval};
use super::page::Grid;

/// Names measures as people write them, in the order of the table; others follow by their own names.
static TITLES: &[(&str, &str)] = &[
    ("macro_f1", "macro F1"),
    ("macro_recall", "macro recall"),
    ("macro_precision", "macro precision"),
    ("accuracy", "accuracy"),
    ("micro_f1", "micro F1"),
    ("weighted_f1", "weighted F1"),
    ("mcc", "Matthews correlation"),
    ("cohen_kappa", "Cohen's kappa"),
    ("auroc", "AUROC, one against the rest"),
    ("log_loss", "log loss (nats)"),
    ("brier", "Brier score (0 to 2)"),
    ("ece", "calibration error (ECE)"),
    ("tweeteval_emoji", "TweetEval emoji (macro F1)"),
    ("tweeteval_emotion", "TweetEval emotion (macro F1)"),
    ("tweeteval_hate", "TweetEval hate (macro F1)"),
    ("tweeteval_irony", "TweetEval irony (F1 of ironic)"),
    ("tweeteval_offensive", "TweetEval offensive (macro F1)"),
    ("tweeteval_sentiment", "TweetEval sentiment (macro recall)"),
    ("tweeteval_stance", "TweetEval stance (mean F1 of favor and against)"),
    ("samples_f1", "mean F1 of a text"),
    ("subset_accuracy", "texts with all labels right"),
    ("hamming_loss", "wrong decisions (Hamming loss)"),
    ("threshold", "probability from which a label counts"),
    ("mae", "mean absolute error"),
    ("mse", "mean squared error"),
    ("pearson", "Pearson correlation"),
    ("spearman", "Spearman correlation"),
    ("quadratic_weighted_kappa", "quadratic weighted kappa"),
];

/// Gives a measure as people write it.
pub(super) fn title(name: &str) -> &str {
    TITLES.iter().find(|(known, _)| *known == name).map_or(name, |(_, title)| *title)
}

/// Writes the measures with their intervals.
pub(super) fn measures(evaluation: &CardEvaluation) -> Grid {
    let mut rows = Vec::with_capacity(evaluation.measures.len());
    let row = |name: &str, title: &str, value: f64| {
        let interval = evaluation.intervals.get(name).copied().flatten();
        vec![title.to_owned(), decimal(Some(value)), ends(interval)]
    };
    for (name, title) in TITLES {
        if let Some(value) = evaluation.measures.get(*name) {
            rows.push(row(name, title, *value));
        }
    }
    for (name, value) in &evaluation.measures {
        if TITLES.iter().all(|(known, _)| known != name) {
            rows.push(row(name, name, *value));
        }
    }
    let heads = ["measure", "value", "95 % interval"].map(str::to_owned).into();
    Grid { heads, rows }
}

/// Writes a number with three decimals; `–` for none and for what is no number.
pub(super) fn decimal(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => "–".to_owned(),
        Some(value) if value < 0.0 => format!("−{:.3}", -value),
        Some(value) => format!("{value:.3}"),
    }
}

/// Writes the ends of an interval; `–` for none.
pub(super) fn ends(interval: Option<CardInterval>) -> String {
    match interval {
        None => "–".to_owned(),
        Some(CardInterval { low, high }) => {
            format!("{} to {}", decimal(Some(low)), decimal(Some(high)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_measures_come_first_and_unknown_ones_keep_their_names() {
        let mut evaluation = CardEvaluation::default();
        for (name, value) in [("a_new_one", 0.5), ("accuracy", 0.75), ("macro_f1", 0.7)] {
            evaluation.measures.insert(name.to_owned(), value);
        }
        let interval = CardInterval { low: 0.65, high: 0.755 };
        evaluation.intervals.insert("macro_f1".to_owned(), Some(interval));
        evaluation.intervals.insert("accuracy".to_owned(), None);
        let rows = measures(&evaluation).rows;
        assert_eq!(rows[0], ["macro F1", "0.700", "0.650 to 0.755"]);
        assert_eq!(rows[1], ["accuracy", "0.750", "–"]);
        assert_eq!(rows[2], ["a_new_one", "0.500", "–"]);
    }

    #[test]
    fn what_is_no_number_is_a_dash() {
        assert_eq!(decimal(None), "–");
        assert_eq!(decimal(Some(f64::NAN)), "–");
        assert_eq!(decimal(Some(-0.25)), "−0.250");
    }
}
