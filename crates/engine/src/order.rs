//! A stable order for results that asked for none.

use crate::EngineError;
use arrow::array::RecordBatch;
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::DataType;
use datafusion::logical_expr::LogicalPlan;

/// Sorts rows by their columns, left to right, when the query gave them no order; a query that sorts keeps its own.
///
/// Grouped rows come in whatever order threads and machines finish, so without this the same question would print
/// differently from run to run. Columns that have no order (lists, structs) are passed over.
///
/// # Errors
/// [`EngineError::Query`] when the batches do not share one schema.
pub fn in_stable_order(
    plan: &LogicalPlan,
    batches: Vec<RecordBatch>,
) -> Result<Vec<RecordBatch>, EngineError> {
    let Some(first) = batches.first() else { return Ok(batches) };
    if keeps_order(plan) {
        return Ok(batches);
    }
    let all = concat_batches(&first.schema(), &batches)?;
    let columns: Vec<SortColumn> = all
        .columns()
        .iter()
        .filter(|column| sortable(column.data_type()))
        .map(|column| SortColumn { values: std::sync::Arc::clone(column), options: None })
        .collect();
    if columns.is_empty() {
        return Ok(vec![all]);
    }
    let order = lexsort_to_indices(&columns, None)?;
    Ok(vec![take_record_batch(&all, &order)?])
}

/// Tells whether the rows of a plan come in an order the query asked for, or are meant to come as they lie.
fn keeps_order(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(_) | LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => true,
        LogicalPlan::Projection(node) => keeps_order(&node.input),
        LogicalPlan::Limit(node) => keeps_order(&node.input),
        LogicalPlan::SubqueryAlias(node) => keeps_order(&node.input),
        _ => false,
    }
}

fn sortable(data_type: &DataType) -> bool {
    !data_type.is_nested()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SessionOptions, local_session};
    use std::sync::Arc;

    async fn run(sql: &str) -> String {
        let session = local_session(&SessionOptions::default(), &Arc::default()).unwrap();
        let plan = session.state().create_logical_plan(sql).await.unwrap();
        let batches =
            session.execute_logical_plan(plan.clone()).await.unwrap().collect().await.unwrap();
        let ordered = in_stable_order(&plan, batches).unwrap();
        arrow::util::pretty::pretty_format_batches(&ordered).unwrap().to_string()
    }

    #[tokio::test]
    async fn unordered_rows_are_sorted() {
        let text = run("SELECT * FROM (VALUES ('b', 1), ('a', 2), ('a', 1)) AS t(x, y)").await;
        let rows: Vec<_> = text.lines().skip(3).take(3).collect();
        assert!(rows[0].contains("a") && rows[0].contains('1'), "{text}");
        assert!(rows[2].contains("b"), "{text}");
    }

    #[tokio::test]
    async fn an_asked_order_stays() {
        let text =
            run("SELECT * FROM (VALUES (1), (3), (2)) AS t(x) ORDER BY x DESC LIMIT 2").await;
        assert!(text.find('3').unwrap() < text.find('2').unwrap(), "{text}");
    }
}
