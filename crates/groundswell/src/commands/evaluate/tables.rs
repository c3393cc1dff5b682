//! An evaluation as tables.

use crate::cli::Format;
use crate::output;
use anyhow::Result;
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_models::evaluate::{ClassScores, MEASURES, TWEETEVAL};
use serde_json::Value;
use std::sync::Arc;

/// Prints the measures with their intervals, the classes with the confusion matrix where there is one, and the comparison with another
/// model if there is one. CSV is one table, so it holds the measures alone.
pub(super) fn print_tables(
    format: Format,
    value: &Value,
    classes: &[ClassScores],
    confusion: &[Vec<usize>],
) -> Result<()> {
    print_measures(format, value)?;
    if format == Format::Csv {
        eprintln!("CSV is one table: --format json has the classes and the comparison, too");
        return Ok(());
    }
    if !classes.is_empty() {
        print_classes(format, classes, confusion)?;
    }
    if let Some(against) = value.get("against") {
        print_comparison(format, against)?;
    }
    Ok(())
}

/// Prints the measures of both models, and what McNemar's test says.
fn print_comparison(format: Format, against: &Value) -> Result<()> {
    let differences: Vec<(&String, &Value)> =
        against["differences"].as_object().into_iter().flatten().collect();
    let names: StringArray = differences.iter().map(|(name, _)| Some(name.as_str())).collect();
    let numbers = |of: fn(&Value) -> &Value| {
        column(differences.iter().map(|(_, value)| of(value).as_f64().map(rounded)).collect())
    };
    let rows = RecordBatch::try_from_iter([
        ("measure", Arc::new(names) as ArrayRef),
        ("this model", numbers(|value| &value["first"])),
        ("the other", numbers(|value| &value["second"])),
        ("difference low", numbers(|value| &value["interval"]["low"])),
        ("difference high", numbers(|value| &value["interval"]["high"])),
    ])?;
    output::print(format, &rows.schema(), &[rows])?;
    let test = &against["mcnemar"];
    eprintln!(
        "McNemar: only this model is right on {} texts, only {} on {}; p = {:.4}",
        test["only_first"],
        against["model"].as_str().unwrap_or_default(),
        test["only_second"],
        test["p_value"].as_f64().unwrap_or(f64::NAN)
    );
    Ok(())
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn column(values: Vec<Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

/// Prints the measures: those of one label a text in their order, of other kinds all there are.
fn print_measures(format: Format, value: &Value) -> Result<()> {
    let ordered = MEASURES.iter().chain(TWEETEVAL).map(|measure| measure.name);
    let mut names: Vec<&str> = ordered.filter(|name| value.get(name).is_some()).collect();
    for (name, value) in value.as_object().into_iter().flatten() {
        if (value.is_number() || value.is_null()) && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let bound = |name: &str, side: &str| value["intervals"][name][side].as_f64().map(rounded);
    let rows = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(names.clone())) as ArrayRef),
        ("value", column(names.iter().map(|name| value[name].as_f64().map(rounded)).collect())),
        ("low", column(names.iter().map(|name| bound(name, "low")).collect())),
        ("high", column(names.iter().map(|name| bound(name, "high")).collect())),
    ])?;
    output::print(format, &rows.schema(), &[rows])
}

/// Prints the scores of each class.
fn print_classes(format: Format, classes: &[ClassScores], confusion: &[Vec<usize>]) -> Result<()> {
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
    if !confusion.is_empty() && classes.len() <= 12 {
        for (index, class) in classes.iter().enumerate() {
            let counts: UInt64Array = confusion.iter().map(|row| Some(row[index] as u64)).collect();
            columns.push((format!("as {}", class.label), Arc::new(counts)));
        }
    }
    let rows = RecordBatch::try_from_iter(columns)?;
    output::print(format, &rows.schema(), &[rows])
}
