//! Parquet: rows become JSON objects, so that every later step sees one kind of record.

use super::super::input::Input;
use super::{Content, Item, as_text};
use crate::SourceError;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::json::LineDelimitedWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use std::fs::File;
use std::sync::Arc;

/// Rows decoded at once.
const ROWS: usize = 1024;

/// Reads one record per row.
pub(crate) struct Columnar {
    reader: ParquetRecordBatchReader,
    rows: i64,
    /// Rows of the current batch as lines of JSON.
    lines: Vec<u8>,
    /// Where in `lines` the next row begins.
    at: usize,
    row: i64,
}

impl Columnar {
    /// Opens a file at the row `offset`, from 0.
    pub(crate) fn open(input: &mut Input, offset: i64) -> Result<Self, SourceError> {
        let file = input.open_file()?;
        let failed = |source| SourceError::Parquet { origin: input.origin.clone(), source };
        let (reader, rows) = open(file, offset).map_err(failed)?;
        Ok(Self { reader, rows, lines: Vec::new(), at: 0, row: offset })
    }

    /// Returns how many rows the file holds.
    pub(crate) fn rows(&self) -> i64 {
        self.rows
    }

    pub(crate) fn next(&mut self, input: &Input) -> Result<Option<Item<'_>>, SourceError> {
        let failed = |source| SourceError::Parquet { origin: input.origin.clone(), source };
        while self.at == self.lines.len() {
            let Some(batch) = self.reader.next() else { return Ok(None) };
            let batch = batch.map_err(|error| failed(error.into()))?;
            self.lines.clear();
            self.at = 0;
            write_lines(&batch, &mut self.lines).map_err(failed)?;
        }
        let rest = &self.lines[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        self.at = (self.at + end + 1).min(self.lines.len());
        self.row += 1;
        let payload = &rest[..end];
        let content = as_text(payload).map_or_else(Content::Broken, Content::Json);
        Ok(Some(Item { line: self.row, payload, content }))
    }
}

fn open(file: File, offset: i64) -> Result<(ParquetRecordBatchReader, i64), ParquetError> {
    let options = ArrowReaderOptions::new();
    let found = ArrowReaderMetadata::load(&file, options.clone())?;
    let rows = found.metadata().file_metadata().num_rows();
    let schema = Arc::new(with_offsets(found.schema()));
    let metadata =
        ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options.with_schema(schema))?;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_batch_size(ROWS)
        .with_offset(usize::try_from(offset).unwrap_or_default())
        .build()?;
    Ok((reader, rows))
}

fn write_lines(batch: &RecordBatch, lines: &mut Vec<u8>) -> Result<(), ParquetError> {
    let mut writer = LineDelimitedWriter::new(lines);
    writer.write(batch)?;
    writer.finish()?;
    Ok(())
}

/// Gives every time that has a named zone the offset `+00:00`: Parquet keeps such times in UTC, and offsets print without a
/// database of zones.
fn with_offsets(schema: &Schema) -> Schema {
    Schema::new(schema.fields().iter().map(with_offset).collect::<Fields>())
}

fn with_offset(field: &Arc<Field>) -> Arc<Field> {
    let inner = |fields: &Fields| fields.iter().map(with_offset).collect::<Fields>();
    let data_type = match field.data_type() {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        DataType::Struct(fields) => DataType::Struct(inner(fields)),
        DataType::List(item) => DataType::List(with_offset(item)),
        DataType::LargeList(item) => DataType::LargeList(with_offset(item)),
        DataType::Map(entries, sorted) => DataType::Map(with_offset(entries), *sorted),
        other => other.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}
