//! Labelled texts from files or from a query over the workspace.

use super::{Surroundings, fields};
use crate::cli::LabelledTexts;
use anyhow::Result;
use groundswell_models::lab::LabelledRow;

/// What separates several labels in one text.
const SEPARATOR: char = '|';

/// The column of labels if none is named.
pub(crate) const USUAL_LABEL: &str = "label";

/// Reads labelled texts; with `several`, a text may hold several labels separated by `|`.
pub(crate) async fn read(
    surroundings: &Surroundings,
    data: &[String],
    columns: &LabelledTexts,
    several: bool,
) -> Result<Vec<LabelledRow>> {
    let mut names = vec![columns.text.as_str(), columns.label.as_str()];
    names.extend(columns.target.as_deref());
    let rows = fields::read(surroundings, data, columns.input_format.as_deref(), &names).await?;
    Ok(rows.into_iter().map(|fields| labelled_row(fields, several)).collect())
}

/// Reads texts with one label each, or without labels if nobody named their column and there is none of the usual name.
pub(crate) async fn read_labels_if_any(
    surroundings: &Surroundings,
    data: &[String],
    columns: &LabelledTexts,
) -> Result<Vec<LabelledRow>> {
    let failed = match read(surroundings, data, columns, false).await {
        Ok(rows) => return Ok(rows),
        Err(failed) => failed,
    };
    if columns.label != USUAL_LABEL {
        return Err(failed);
    }
    // What else is wrong with the data is wrong without labels, too.
    let texts = texts_alone(surroundings, data, columns).await?;
    eprintln!("the texts have no column `{USUAL_LABEL}`");
    let row = |text| LabelledRow { text, target: None, labels: Vec::new() };
    Ok(texts.into_iter().map(row).collect())
}

/// Makes a row of its fields: the text, the label, and the target if one was asked for. A blank label is none.
fn labelled_row(fields: Vec<Vec<String>>, several: bool) -> LabelledRow {
    let mut fields = fields.into_iter();
    let text = fields.next().and_then(|texts| texts.into_iter().next()).unwrap_or_default();
    let mut labels = fields.next().unwrap_or_default();
    if several && let [one] = &labels[..] {
        labels = one.split(SEPARATOR).map(str::to_owned).collect();
    }
    let labels = labels.iter().map(|label| label.trim()).filter(|label| !label.is_empty());
    let labels = labels.map(str::to_owned).collect();
    let target = fields.next().map(|texts| texts.into_iter().next().unwrap_or_default());
    LabelledRow { text, target, labels }
}

/// Reads texts without labels.
pub(crate) async fn texts_alone(
    surroundings: &Surroundings,
    data: &[String],
    columns: &LabelledTexts,
) -> Result<Vec<String>> {
    let rows =
        fields::read(surroundings, data, columns.input_format.as_deref(), &[columns.text.as_str()])
            .await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Says in words where labelled texts come from.
pub(crate) fn source(data: &[String]) -> String {
    data.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(cell: &str, several: bool) -> Vec<String> {
        labelled_row(vec![vec!["text".to_owned()], vec![cell.to_owned()]], several).labels
    }

    #[test]
    fn blank_labels_are_none() {
        assert_eq!(labels("  ", false), [""; 0]);
        assert_eq!(labels(" very good ", false), ["very good"]);
        assert_eq!(labels("a|b", false), ["a|b"]);
        assert_eq!(labels("a | |b", true), ["a", "b"]);
        assert_eq!(labels(" ", true), [""; 0]);
    }
}
