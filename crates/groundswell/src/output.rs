//! Results on standard output: for people, for spreadsheets, for programs.

use crate::cli::Format;
use anyhow::Result;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::io::Write;
use std::sync::Arc;

/// Prints rows in the chosen format.
pub(crate) fn print(format: Format, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Table => {
            let schema = Arc::clone(schema);
            let table = arrow::util::pretty::pretty_format_batches_with_schema(schema, batches)?;
            writeln!(out, "{table}")?;
        }
        Format::Csv => {
            let flat: Vec<RecordBatch> = batches.iter().map(flat).collect::<Result<_>>()?;
            let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(&mut out);
            if flat.is_empty() {
                writer.write(&RecordBatch::new_empty(flat_schema(schema)))?;
            }
            for batch in &flat {
                writer.write(batch)?;
            }
        }
        Format::Json => {
            let mut writer = arrow::json::ArrayWriter::new(&mut out);
            for batch in batches {
                writer.write(batch)?;
            }
            writer.finish()?;
            drop(writer);
            writeln!(out)?;
        }
    }
    Ok(())
}

/// Gives rows as a JSON array of objects.
pub(crate) fn to_json(batches: &[RecordBatch]) -> Result<serde_json::Value> {
    let mut text = Vec::new();
    let mut writer = arrow::json::ArrayWriter::new(&mut text);
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    drop(writer);
    Ok(serde_json::from_slice(&text)?)
}

fn flat_schema(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        if field.data_type().is_nested() {
            Arc::new(Field::new(field.name(), DataType::Utf8, true))
        } else {
            Arc::clone(field)
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Writes nested values as text, since CSV has no place for them.
fn flat(batch: &RecordBatch) -> Result<RecordBatch> {
    let options = FormatOptions::default();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for column in batch.columns() {
        if column.data_type().is_nested() {
            let formatter = ArrayFormatter::try_new(column, &options)?;
            let texts = (0..column.len())
                .map(|row| column.is_valid(row).then(|| formatter.value(row).to_string()));
            columns.push(Arc::new(texts.collect::<StringArray>()));
        } else {
            columns.push(Arc::clone(column));
        }
    }
    Ok(RecordBatch::try_new(flat_schema(&batch.schema()), columns)?)
}
