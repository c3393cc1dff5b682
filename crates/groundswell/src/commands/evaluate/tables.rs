//! An evaluation as tables.

use crate::cli::Format;
use crate::output;
use anyhow::Result;
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_models::evaluate::{ClassScores, Evaluation, MEASURES, TWEETEVAL};
use serde_json::Value;
use std::sync::Arc;

/// Prints measures by name.
pub(super) fn print_value(format: Format, value: &Value) -> Result<()> {
    let numbers = value.as_object().into_iter().flatten();
    let (names, values): (Vec<&str>, Vec<Option<f64>>) = numbers
        .filter(|(_, value)| value.is_number() || value.is_null())
        .map(|(name, value)| (name.as_str(), value.as_f64()))
        .unzip();
    let rows = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(names)) as ArrayRef),
        ("value", Arc::new(Float64Array::from(values))),
    ])?;
    output::print(format, &rows.schema(), &[rows])
}

/// Prints the measures with their intervals, the classes, and the comparison with another model if there is one.
pub(super) fn print_tables(format: Format, evaluation: &Evaluation, value: &Value) -> Result<()> {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    let bound = |name: &str, side: &str| value["intervals"][name][side].as_f64().map(rounded);
    // Of the metrics of benchmarks, that which was computed.
    let names = MEASURES.iter().chain(TWEETEVAL).map(|measure| measure.name);
    let names: Vec<&str> = names.filter(|name| value.get(name).is_some()).collect();
    let column = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let measures = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(names.clone())) as ArrayRef),
        ("value", column(names.iter().map(|name| value[name].as_f64().map(rounded)).collect())),
        ("low", column(names.iter().map(|name| bound(name, "low")).collect())),
        ("high", column(names.iter().map(|name| bound(name, "high")).collect())),
    ])?;
    output::print(format, &measures.schema(), &[measures])?;
    if format == Format::Csv {
        return Ok(());
    }
    let classes = &evaluation.scores.classes;
    let number = |value: fn(&ClassScores) -> f64| {
        column(classes.iter().map(|class| Some(rounded(value(class)))).collect())
    };
    let labels: StringArray = classes.iter().map(|class| Some(class.label.as_str())).collect();
    let support: UInt64Array = classes.iter().map(|class| Some(class.support as u64)).collect();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("label".to_owned(), Arc::new(labels)),
        ("texts".to_owned(), Arc::new(support)),
        ("precision".to_owned(), number(|class| class.precision)),
        ("recall".to_owned(), number(|class| class.recall)),
        ("f1".to_owned(), number(|class| class.f1)),
    ];
    // The confusion matrix stands beside, as long as it is no wall of numbers.
    if classes.len() <= 12 {
        for (index, class) in classes.iter().enumerate() {
            let counts: UInt64Array =
                evaluation.scores.confusion.iter().map(|row| Some(row[index] as u64)).collect();
            columns.push((format!("as {}", class.label), Arc::new(counts)));
        }
    }
    let rows = RecordBatch::try_from_iter(columns)?;
    output::print(format, &rows.schema(), &[rows])?;
    if let Some(against) = value.get("against") {
        println!("{}", serde_json::to_string_pretty(against)?);
    }
    Ok(())
}
