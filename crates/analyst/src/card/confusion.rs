//! The confusion matrix as a table whose cells are coloured.

use super::curves::whole;
use super::input::CardEvaluation;
use crate::report::numbers;

/// Holds the matrix.
pub(super) struct Confusion {
    /// Names of the predicted labels.
    pub labels: Vec<String>,
    /// True labels with their cells.
    pub rows: Vec<ConfusionRow>,
}

/// Holds the texts with one true label.
pub(super) struct ConfusionRow {
    pub label: String,
    pub cells: Vec<ConfusionCell>,
}

/// Holds the texts with one true and one predicted label.
pub(super) struct ConfusionCell {
    pub texts: String,
    /// Share of the row, as it is shown.
    pub share: String,
    /// Share of the row as a number for the style sheet, 0..1.
    pub depth: String,
    /// Whether true and predicted label are the same.
    pub is_right: bool,
}

/// Lays out the matrix; nothing without one. A label without a name is shown by its number.
pub(super) fn confusion(evaluation: &CardEvaluation) -> Option<Confusion> {
    let matrix = &evaluation.confusion;
    let columns = matrix.iter().map(Vec::len).max().unwrap_or(0);
    if columns == 0 {
        return None;
    }
    let name = |index: usize| match evaluation.classes.get(index) {
        Some(class) => class.label.clone(),
        None => (index + 1).to_string(),
    };
    let mut rows = Vec::with_capacity(matrix.len());
    for (truth, counts) in matrix.iter().enumerate() {
        let all = counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let mut cells = Vec::with_capacity(columns);
        for guess in 0..columns {
            let count = counts.get(guess).copied().unwrap_or(0);
            let share = (all > 0).then(|| count as f64 / all as f64);
            cells.push(ConfusionCell {
                texts: whole(count),
                share: numbers::percent(share),
                depth: format!("{:.3}", share.unwrap_or(0.0)),
                is_right: truth == guess,
            });
        }
        rows.push(ConfusionRow { label: name(truth), cells });
    }
    Some(Confusion { labels: (0..columns).map(name).collect(), rows })
}

#[cfg(test)]
mod tests {
    use super::super::input::ClassRow;
    use super::*;

    #[test]
    fn shares_are_of_the_true_label() {
        let class = |label: &str| ClassRow { label: label.to_owned(), ..ClassRow::default() };
        let evaluation = CardEvaluation {
            classes: vec![class("no"), class("yes")],
            confusion: vec![vec![3, 1], vec![0, 0]],
            ..CardEvaluation::default()
        };
        let matrix = confusion(&evaluation).unwrap();
        assert_eq!(matrix.labels, ["no", "yes"]);
        let shown = |row: usize, column: usize| {
            let cell = &matrix.rows[row].cells[column];
            (cell.texts.as_str(), cell.share.as_str(), cell.depth.as_str(), cell.is_right)
        };
        assert_eq!(shown(0, 0), ("3", "75.0%", "0.750", true));
        assert_eq!(shown(0, 1), ("1", "25.0%", "0.250", false));
        assert_eq!(shown(1, 1), ("0", "–", "0.000", true));
    }

    #[test]
    fn what_is_missing_is_filled() {
        let evaluation =
            CardEvaluation { confusion: vec![vec![1, 2], vec![3]], ..CardEvaluation::default() };
        let matrix = confusion(&evaluation).unwrap();
        assert_eq!((matrix.labels[1].as_str(), matrix.rows[1].cells.len()), ("2", 2));
        assert!(confusion(&CardEvaluation::default()).is_none());
    }
}
