//! Records out of streams: lines of JSON, tables, JSON documents and Parquet, one reader each.
//!
//! A reader counts records from the beginning; empty lines, broken rows and too long records count too, so that a position is the
//! same whatever the records are worth.

mod columnar;
mod document;
mod lines;
mod table;
mod window;

use super::format::Format;
use super::input::Input;
use super::record::{Header, Row};
use crate::SourceError;
use columnar::Columnar;
use document::Document;
use lines::Lines;
use std::sync::Arc;
use table::Table;
use window::Window;

pub(crate) use document::{RECORD_LISTS, Shape};
pub(crate) use table::Dialect;

/// Holds one record as read.
pub(crate) struct Item<'b> {
    /// Line on which it begins, from 1; for Parquet its row.
    pub(crate) line: i64,
    /// The record as received, or the beginning of it.
    pub(crate) payload: &'b [u8],
    /// What was made of it.
    pub(crate) content: Content<'b>,
}

/// Says what a record is.
pub(crate) enum Content<'b> {
    /// A row of a table.
    Row(&'b Row),
    /// The text of a JSON value, not parsed yet.
    Json(&'b str),
    /// Not a record; the rule it breaks, the value, the remedy.
    Broken(String),
}

/// Reads the records of one input.
pub(crate) enum Reader {
    /// A JSON value per line.
    Lines(Lines),
    /// Rows.
    Table(Table),
    /// Values of one JSON text.
    Document(Document),
    /// Rows of Parquet.
    Columnar(Columnar),
}

impl Reader {
    /// Opens an input at its first record.
    pub(crate) fn open(input: &mut Input, format: Format) -> Result<Self, SourceError> {
        if format == Format::Parquet {
            return Ok(Self::Columnar(Columnar::open(input, 0)?));
        }
        let stream = input.open()?;
        Self::over(stream, format).map_err(|source| input.read_error(source))
    }

    /// Reads a stream of text at its first record.
    pub(crate) fn over(
        stream: Box<dyn std::io::Read + Send>,
        format: Format,
    ) -> std::io::Result<Self> {
        let mut window = Window::new(stream);
        window.skip_mark()?;
        Ok(match format {
            Format::Table { delimiter, dialect } => {
                Self::Table(Table::open(window, delimiter, dialect)?)
            }
            Format::Json(shape) => Self::Document(Document::open(window, shape)?),
            Format::JsonLines | Format::Parquet => Self::Lines(Lines::new(window)),
        })
    }

    /// Returns the header of a table.
    pub(crate) fn header(&self) -> Option<&Arc<Header>> {
        match self {
            Self::Table(table) => Some(table.header()),
            _ => None,
        }
    }

    /// Returns how many rows there are, where the file says so.
    pub(crate) fn rows(&self) -> Option<i64> {
        match self {
            Self::Columnar(columnar) => Some(columnar.rows()),
            _ => None,
        }
    }

    /// Reads the next record; nothing at the end.
    pub(crate) fn next<'b>(&'b mut self, input: &Input) -> Result<Option<Item<'b>>, SourceError> {
        let read = match self {
            Self::Lines(lines) => lines.next(),
            Self::Table(table) => table.next(),
            Self::Document(document) => document.next(),
            Self::Columnar(columnar) => return columnar.next(input),
        };
        read.map_err(|source| input.read_error(source))
    }

    /// Skips records; returns how many there were to skip.
    pub(crate) fn skip(&mut self, input: &mut Input, count: i64) -> Result<i64, SourceError> {
        if let Self::Columnar(columnar) = self {
            let present = count.min(columnar.rows());
            *columnar = Columnar::open(input, present)?;
            return Ok(present);
        }
        let mut skipped = 0;
        while skipped < count && self.next(input)?.is_some() {
            skipped += 1;
        }
        Ok(skipped)
    }
}

/// Checks that a record is UTF-8.
fn as_text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        format!(
            "byte `{}` of the record is not UTF-8; convert the file, e.g. with iconv -f GB18030 -t UTF-8",
            error.valid_up_to() + 1
        )
    })
}

/// Says that a line holds nothing.
fn empty_line() -> String {
    "empty line; remove it".to_owned()
}
