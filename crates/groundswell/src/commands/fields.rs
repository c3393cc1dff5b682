//! Columns of files, or of a query over the workspace, as texts.

use super::Surroundings;
use anyhow::{Context, Result, bail};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use groundswell_engine::query_in_order;
use groundswell_sources::{did_you_mean, file::read_fields};

/// Reads the columns `names`: per row, per column, its texts; an empty cell has none, a list one for each item. Data that is one text
/// starting with SELECT or WITH is a query.
pub(crate) async fn read(
    surroundings: &Surroundings,
    data: &[String],
    input_format: Option<&str>,
    names: &[&str],
) -> Result<Vec<Vec<Vec<String>>>> {
    match data {
        [sql] if is_query(sql) => from_query(surroundings, sql, names).await,
        _ => Ok(read_fields(data, names, input_format)?),
    }
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
