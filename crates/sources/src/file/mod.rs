//! Source `file`: what others exported, as JSON lines, JSON, CSV, TSV or Parquet, plain or compressed by gzip or zstd.
//!
//! The way of a file: `paths` finds it, `input` looks at its beginning and opens it, `format` says what it is, `read` cuts it
//! into records, a map of [`columns`] says what they mean, `draft` makes posts of them. Every file is a source with a position of
//! its own: the count of its records read so far. Memory is bounded by a batch and the longest record.

pub mod columns;

mod draft;
mod fields;
mod format;
mod input;
mod json;
mod mapper;
mod overrides;
mod paths;
mod raw;
mod read;
mod record;

pub use fields::read_fields;

use crate::{OpenedSources, Progress, Source, SourceError, SourceOptions, SourceSpec};
use async_trait::async_trait;
use columns::Sample;
use format::{Format, find_format};
use groundswell_core::{Author, Batch, Position, Rejected};
use input::Input;
use json::Json;
use mapper::Mapper;
use overrides::Overrides;
use paths::{Place, find_inputs};
use read::{Content, Reader};
use std::collections::BTreeMap;
use std::io::Cursor;

/// Describes the source.
pub static SPEC: SourceSpec = SourceSpec {
    name: "file",
    summary: "Posts in files: JSON lines, JSON, CSV, TSV, Parquet, plain or .gz or .zst.",
    example: "groundswell collect file 'exports/*.jsonl.gz' --columns text=body,author_id=user",
    open,
};

/// Most objects looked at to find the column map of a file.
const SAMPLE_OBJECTS: usize = 50;

fn open(options: &SourceOptions) -> OpenedSources {
    let overrides = Overrides::parse(options.columns.as_deref())?;
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    for place in find_inputs(&options.paths)? {
        sources.push(Box::new(FileSource::open(&place, overrides.clone(), options)?));
    }
    Ok(sources)
}

/// Reads one file.
struct FileSource {
    input: Input,
    key: String,
    format: Format,
    mapper: Mapper,
    reader: Option<Reader>,
    /// Records read so far.
    sequence: i64,
    batch_rows: usize,
    batch_bytes: usize,
}

impl FileSource {
    fn open(
        place: &Place,
        overrides: Overrides,
        options: &SourceOptions,
    ) -> Result<Self, SourceError> {
        let mut input = Input::look(place)?;
        let mut format = find_format(&input.file_name, options.format.as_deref(), &input.sample)?;
        if format == Format::Parquet && input.is_compressed() {
            return Err(SourceError::Kind {
                origin: input.origin,
                kind: "compressed Parquet",
                remedy: "unpack it; Parquet compresses its own columns",
            });
        }
        let key = input.key(&settings(options));
        let mapper = Self::mapper(&mut input, format, overrides, options)?;
        if let (Format::Table { dialect, .. }, Some(fixed)) = (&mut format, mapper.map.dialect) {
            *dialect = fixed;
        }
        input.forget();
        tracing::debug!(file = input.origin, ?format, columns = mapper.map.name, "file opened");
        Ok(Self {
            input,
            key,
            format,
            mapper,
            reader: None,
            sequence: 0,
            batch_rows: options.batch_rows.max(1),
            batch_bytes: options.batch_bytes.max(1),
        })
    }

    /// Looks at the first records and chooses the column map.
    fn mapper(
        input: &mut Input,
        format: Format,
        overrides: Overrides,
        options: &SourceOptions,
    ) -> Result<Mapper, SourceError> {
        let mut reader = match format {
            Format::Parquet => Reader::open(input, format)?,
            _ => Reader::over(Box::new(Cursor::new(input.sample.clone())), format)
                .map_err(|source| input.read_error(source))?,
        };
        let mut texts: Vec<String> = Vec::new();
        if reader.header().is_none() {
            while texts.len() < SAMPLE_OBJECTS
                && let Some(item) = reader.next(input)?
            {
                if let Content::Json(text) = item.content {
                    texts.push(text.to_owned());
                }
            }
        }
        let object = |text| Json::parse(text).ok().filter(|json| matches!(json, Json::Object(_)));
        let objects = texts.iter().filter_map(|text| object(text)).collect();
        let header = reader.header().cloned();
        let sample = Sample { file_name: &input.file_name, header: header.as_deref(), objects };
        Mapper::new(&input.origin, &sample, overrides, options, input.modified_at)
    }

    fn read_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(Reader::open(&mut self.input, self.format)?),
        };
        let mut batch = Batch::default();
        let mut authors: BTreeMap<String, Author> = BTreeMap::new();
        let (mut rows, mut bytes) = (0, 0);
        while rows < self.batch_rows && bytes < self.batch_bytes {
            let Some(item) = reader.next(&self.input)? else { break };
            rows += 1;
            match self.mapper.post(&item) {
                Ok((post, author)) => {
                    bytes += post.size_bytes();
                    batch.posts.push(post);
                    if let Some(author) = author {
                        authors.insert(author.author_id.clone(), author);
                    }
                }
                Err(reason) => {
                    let fault = Rejected::new(&self.input.origin, item.line, reason, item.payload);
                    bytes += size_of::<Rejected>() + fault.payload.len();
                    batch.rejected.push(fault);
                }
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        self.sequence += rows as i64;
        batch.authors = authors.into_values().collect();
        batch.position =
            Position { key: self.key.clone(), sequence: self.sequence, cursor: String::new() };
        Ok(Some(batch))
    }
}

#[async_trait]
impl Source for FileSource {
    fn name(&self) -> &'static str {
        SPEC.name
    }

    fn key(&self) -> &str {
        &self.key
    }

    async fn resume(&mut self, position: &Position) -> Result<(), SourceError> {
        if position.key != self.key {
            let (given, own) = (position.key.clone(), self.key.clone());
            return Err(SourceError::Position { given, own });
        }
        let mut reader = Reader::open(&mut self.input, self.format)?;
        let found = reader.skip(&mut self.input, position.sequence)?;
        if found < position.sequence {
            let origin = self.input.origin.clone();
            return Err(SourceError::Replaced { origin, found, read: position.sequence });
        }
        self.reader = Some(reader);
        self.sequence = position.sequence;
        Ok(())
    }

    async fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        self.read_batch()
    }

    fn progress(&self) -> Progress {
        let total_records = self.reader.as_ref().and_then(Reader::rows);
        let read_bytes = match (total_records, self.input.total_bytes) {
            // Parquet is not read from left to right.
            (Some(rows), Some(bytes)) if rows > 0 => {
                (bytes as f64 * self.sequence as f64 / rows as f64) as u64
            }
            _ => self.input.read_bytes(),
        };
        Progress {
            read_bytes,
            total_bytes: self.input.total_bytes,
            read_records: self.sequence.unsigned_abs(),
            total_records: total_records.map(i64::unsigned_abs),
        }
    }
}

/// Writes down the settings that decide what becomes of a record, as part of the key of the position.
fn settings(options: &SourceOptions) -> String {
    let SourceOptions { columns, platform, format, zone_minutes, reference_time, .. } = options;
    format!("{columns:?} {platform:?} {format:?} {zone_minutes:?} {reference_time:?}")
}

#[cfg(test)]
pub(crate) mod testing;
