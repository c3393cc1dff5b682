//! Labelled texts from files or from a query over the workspace.

use super::Surroundings;
use crate::cli::LabelledTexts;
use anyhow::{Context, Result, bail};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use groundswell_engine::query_in_order;
use groundswell_models::lab::LabelledRow;
use groundswell_sources::{did_you_mean, file::read_fields};

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
    let rows = fields(surroundings, data, columns, &names).await?;
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
    let rows = fields(surroundings, data, columns, &[columns.text.as_str()]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

async fn fields(
    surroundings: &Surroundings,
    data: &[String],
    columns: &LabelledTexts,
    names: &[&str],
) -> Result<Vec<Vec<Vec<String>>>> {
    match data {
        [sql] if is_query(sql) => from_query(surroundings, sql, names).await,
        _ => Ok(read_fields(data, names, columns.input_format.as_deref())?),
    }
}

/// Says in words where labelled texts come from.
pub(crate) fn source(data: &[String]) -> String {
    data.join(" ")
}

fn is_query(data: &str) -> bool {
    let first = data.split_whitespace().next().unwrap_or_default();
    first.eq_ignore_ascii_case("select") || first.eq_ignore_ascii_case("with")
}

async fn from_query(
    surroundings: &Surroundings,
    sql: &str,
    names: &[&str],
) -> Result<Vec<Vec<Vec<String>>>> {
    let workspace = surroundings.open().await?;
    let runner = surroundings.runner(&workspace).await?;
    // The same rows in the same order: a training is repeated, and goes on after a kill, only with the same data.
    let (_, batches) = query_in_order(runner.as_ref(), sql).await?;
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<ArrayRef> =
            names.iter().map(|name| column(batch, name)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| texts(column, row)).collect::<Result<Vec<_>>>()?);
        }
    }
    Ok(rows)
}

fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    let schema = batch.schema();
    let known: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let Some(column) = batch.column_by_name(name) else {
        bail!("the query gives no column `{name}`; {}", did_you_mean(name, &known));
    };
    if matches!(column.data_type(), DataType::List(_)) {
        return Ok(ArrayRef::clone(column));
    }
    arrow::compute::cast(column, &DataType::Utf8)
        .with_context(|| format!("column `{name}` is no text; cast it: CAST({name} AS VARCHAR)"))
}

fn texts(column: &ArrayRef, row: usize) -> Result<Vec<String>> {
    if column.is_null(row) {
        return Ok(Vec::new());
    }
    let values = match column.data_type() {
        DataType::List(_) => {
            arrow::compute::cast(&column.as_list::<i32>().value(row), &DataType::Utf8)?
        }
        _ => column.slice(row, 1),
    };
    let values: &StringArray = values.as_string();
    Ok(values.iter().flatten().map(str::to_owned).collect())
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
