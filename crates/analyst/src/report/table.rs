//! The rows of one answer, in the few types a report shows.

use super::ReportError;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use chrono::{DateTime, SecondsFormat};
use serde::{Serialize, Serializer};

/// Holds one value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A time in microseconds UTC.
    Time(i64),
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Time(value) => serializer.serialize_str(&iso_time(*value)),
        }
    }
}

/// Writes a time (microseconds UTC) in ISO 8601.
pub(super) fn iso_time(microseconds: i64) -> String {
    DateTime::from_timestamp_micros(microseconds)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .unwrap_or_default()
}

/// Holds the answer to one query.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, each with one cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Reads the batches of an answer.
    ///
    /// # Errors
    /// [`ReportError::Column`] for a column of a type that a report does not show (lists, structs, binary).
    pub(super) fn from_batches(batches: &[RecordBatch]) -> Result<Self, ReportError> {
        let mut table = Self::default();
        if let Some(batch) = batches.first() {
            table.columns = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
        }
        for batch in batches {
            let mut columns = Vec::with_capacity(batch.num_columns());
            for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
                let cells = cells_of(column.as_ref()).map_err(|reason| ReportError::Column {
                    column: field.name().clone(),
                    reason,
                })?;
                columns.push(cells.into_iter());
            }
            for _ in 0..batch.num_rows() {
                table.rows.push(columns.iter_mut().filter_map(Iterator::next).collect());
            }
        }
        Ok(table)
    }

    /// Tells whether the answer has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Finds a column by its name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// Returns one cell; a row or column that does not exist holds nothing.
    pub fn cell(&self, row: usize, column: &str) -> &Cell {
        let found = self.column(column).and_then(|c| self.rows.get(row)?.get(c));
        found.unwrap_or(&Cell::Null)
    }

    /// Returns a whole number; nothing counts as 0.
    pub fn count(&self, row: usize, column: &str) -> i64 {
        match self.cell(row, column) {
            Cell::Integer(value) => *value,
            _ => 0,
        }
    }

    /// Returns a number, if the cell holds one.
    pub fn number(&self, row: usize, column: &str) -> Option<f64> {
        match self.cell(row, column) {
            Cell::Integer(value) => Some(*value as f64),
            Cell::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns a text, if the cell holds one.
    pub fn text(&self, row: usize, column: &str) -> Option<&str> {
        match self.cell(row, column) {
            Cell::Text(value) => Some(value),
            _ => None,
        }
    }

    /// Returns a time in microseconds UTC, if the cell holds one.
    pub fn time(&self, row: usize, column: &str) -> Option<i64> {
        match self.cell(row, column) {
            Cell::Time(value) => Some(*value),
            _ => None,
        }
    }

    /// Rewrites every text of one column.
    pub(super) fn rewrite(&mut self, column: &str, rewrite: impl Fn(&str) -> String) {
        let Some(column) = self.column(column) else { return };
        for row in &mut self.rows {
            if let Some(Cell::Text(text)) = row.get_mut(column) {
                *text = rewrite(text);
            }
        }
    }
}

/// Reads a column; the error names what is wrong with it.
fn cells_of(array: &dyn Array) -> Result<Vec<Cell>, String> {
    let fail = |error: arrow::error::ArrowError| error.to_string();
    let mut cells = Vec::with_capacity(array.len());
    match array.data_type() {
        DataType::Null => cells.resize(array.len(), Cell::Null),
        DataType::Boolean => {
            for value in array.as_boolean() {
                cells.push(value.map_or(Cell::Null, Cell::Boolean));
            }
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) => {
            let texts = cast(array, &DataType::Utf8).map_err(fail)?;
            for value in texts.as_string::<i32>() {
                cells.push(value.map_or(Cell::Null, |v| Cell::Text(v.to_owned())));
            }
        }
        kind if kind.is_integer() => {
            let numbers = cast(array, &DataType::Int64).map_err(fail)?;
            for value in numbers.as_primitive::<Int64Type>() {
                cells.push(value.map_or(Cell::Null, Cell::Integer));
            }
        }
        // The shortest decimal form of a narrow float is what its owner meant: 0.93, not 0.9300000071525574.
        DataType::Float16 => {
            for value in array.as_primitive::<Float16Type>() {
                cells.push(value.map_or(Cell::Null, |v| float(v.to_string().parse())));
            }
        }
        DataType::Float32 => {
            for value in array.as_primitive::<Float32Type>() {
                cells.push(value.map_or(Cell::Null, |v| float(v.to_string().parse())));
            }
        }
        DataType::Float64 => {
            for value in array.as_primitive::<Float64Type>() {
                cells.push(value.map_or(Cell::Null, |v| float(Ok(v))));
            }
        }
        DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64 => {
            let kind = DataType::Timestamp(TimeUnit::Microsecond, None);
            let times = cast(array, &kind).map_err(fail)?;
            for value in times.as_primitive::<TimestampMicrosecondType>() {
                cells.push(value.map_or(Cell::Null, Cell::Time));
            }
        }
        kind => return Err(format!("its type {kind} has no form in a report")),
    }
    Ok(cells)
}

/// Keeps finite numbers; JSON has no others.
fn float(value: Result<f64, std::num::ParseFloatError>) -> Cell {
    match value {
        Ok(value) if value.is_finite() => Cell::Float(value),
        _ => Cell::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, Float32Array, Int32Array, LargeStringArray, ListArray, StringViewArray,
        TimestampMicrosecondArray, TimestampSecondArray,
    };
    use std::sync::Arc;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
            .unwrap()
    }

    #[test]
    fn types_are_brought_together() {
        let time = TimestampMicrosecondArray::from(vec![Some(5), None]).with_timezone("UTC");
        let table = Table::from_batches(&[batch(vec![
            ("view", Arc::new(StringViewArray::from(vec![Some("ä"), None]))),
            ("large", Arc::new(LargeStringArray::from(vec!["b", "c"]))),
            ("number", Arc::new(Int32Array::from(vec![Some(-7), None]))),
            ("score", Arc::new(Float32Array::from(vec![Some(0.93), Some(f32::NAN)]))),
            ("time", Arc::new(time)),
            ("seconds", Arc::new(TimestampSecondArray::from(vec![1, 2]))),
        ])])
        .unwrap();
        assert_eq!(table.text(0, "view"), Some("ä"));
        assert_eq!(table.cell(1, "view"), &Cell::Null);
        assert_eq!(table.text(1, "large"), Some("c"));
        assert_eq!((table.count(0, "number"), table.count(1, "number")), (-7, 0));
        assert_eq!(table.cell(0, "score"), &Cell::Float(0.93));
        assert_eq!(table.cell(1, "score"), &Cell::Null);
        assert_eq!(table.time(0, "time"), Some(5));
        assert_eq!(table.time(1, "seconds"), Some(2_000_000));
        assert_eq!(table.cell(9, "view"), &Cell::Null);
        assert_eq!(table.cell(0, "nothing"), &Cell::Null);
    }

    #[test]
    fn lists_are_refused_by_name() {
        let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])]);
        let error = Table::from_batches(&[batch(vec![("tags", Arc::new(list))])]).unwrap_err();
        assert!(error.to_string().contains("`tags`"), "{error}");
    }

    #[test]
    fn json_holds_plain_values() {
        let row =
            [Cell::Null, Cell::Integer(1), Cell::Float(0.5), Cell::Time(1_700_000_000_000_000)];
        let json = serde_json::to_string(&row).unwrap();
        assert_eq!(json, r#"[null,1,0.5,"2023-11-14T22:13:20Z"]"#);
    }
}
