//! Columns of the results.

use super::source::{MICROSECONDS, Named};
use crate::cli::Format;
use arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMicrosecondArray};
use std::sync::Arc;

/// Gives the names of the series of rows, if there are several.
pub(super) fn names<'a>(
    by: Option<&str>,
    rows: impl Iterator<Item = &'a Named>,
) -> Vec<(String, ArrayRef)> {
    let Some(by) = by else { return Vec::new() };
    let names: StringArray = rows.map(|named| named.name.as_deref()).collect();
    vec![(by.to_owned(), Arc::new(names))]
}

/// Gives times of buckets.
pub(super) fn times(times: impl Iterator<Item = i64>) -> ArrayRef {
    let times: TimestampMicrosecondArray = times.map(|time| Some(time * MICROSECONDS)).collect();
    Arc::new(times.with_timezone("UTC"))
}

/// Gives numbers; those for people are rounded to a thousandth.
pub(super) fn numbers(format: Format, values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    let shown = |value: f64| match format {
        Format::Table => (value * 1000.0).round() / 1000.0,
        Format::Csv | Format::Json => value,
    };
    Arc::new(values.map(|value| value.map(shown)).collect::<Float64Array>())
}
