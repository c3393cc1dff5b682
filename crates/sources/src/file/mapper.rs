//! From records to posts: the column map of a file, the caller's word over it, the raw record.

use super::columns::{ColumnMap, Sample, detect, guess_copied, is_generic, missing_guesses};
use super::draft::{Draft, Settled, platform_name};
use super::json::Json;
use super::overrides::{Field, Origin, Overrides};
use super::raw::{RowRecorder, record_without};
use super::read::{Content, Item};
use super::record::Record;
use crate::{SourceError, SourceOptions, TimeContext, Zone, did_you_mean};
use groundswell_core::{Author, Post};

/// Makes posts of the records of one file.
pub(crate) struct Mapper {
    pub(crate) map: &'static ColumnMap,
    overrides: Overrides,
    settled: Settled,
    recorder: RowRecorder,
    file_name: String,
}

impl Mapper {
    /// Chooses the column map of a file and checks that the file has what it needs.
    ///
    /// # Errors
    /// [`SourceError`] when a named column is not in the file, or no column looks like a text or a time.
    pub(crate) fn new(
        origin: &str,
        sample: &Sample<'_>,
        overrides: Overrides,
        options: &SourceOptions,
        modified_at: Option<i64>,
    ) -> Result<Self, SourceError> {
        overrides.check(origin, sample)?;
        let map = overrides.map.unwrap_or_else(|| detect(sample));
        if is_generic(map)
            && !sample.is_empty()
            && let Some(field) = missing_guesses(sample, |field| overrides.sets(field))
        {
            return Err(SourceError::Columns {
                origin: origin.to_owned(),
                rule: format!("no column looks like `{field}`"),
                remedy: format!(
                    "name it with --columns {field}=COLUMN; the file has {}",
                    did_you_mean(
                        "",
                        &sample.columns().iter().map(String::as_str).collect::<Vec<_>>()
                    )
                    .trim_start_matches("valid: ")
                ),
            });
        }
        let mut copied: Vec<(&str, Field)> = Vec::new();
        for (field, origin) in &overrides.fields {
            if let Origin::Column(column) = origin {
                copied.push((column, *field));
            }
        }
        match sample.header {
            Some(header) if is_generic(map) => copied.extend(guess_copied(header)),
            _ => copied.extend(map.copied.iter().copied()),
        }
        let recorder = sample
            .header
            .map(|header| RowRecorder::new(header, &copied, map.private))
            .unwrap_or_default();
        let reference = options.reference_time.or(map.reference_time).or(modified_at);
        let settled = Settled {
            platform: options.platform.as_deref().map(platform_name),
            default_platform: map.platform,
            time: TimeContext {
                reference: reference.unwrap_or(options.collected_at),
                zone: options.zone_minutes.map_or(map.zone, Zone::Minutes),
            },
            collected_at: options.collected_at,
            hash_authors: map.hash_authors,
        };
        let file_name = sample.file_name.to_owned();
        Ok(Self { map, overrides, settled, recorder, file_name })
    }

    /// Makes a post of a record.
    ///
    /// # Errors
    /// The rule that is broken, the value, the remedy.
    pub(crate) fn post(&self, item: &Item<'_>) -> Result<(Post, Option<Author>), String> {
        match &item.content {
            Content::Broken(reason) => Err(reason.clone()),
            Content::Row(row) => {
                let (mut post, author) = self.draft(Record::Row(row)).finish(&self.settled)?;
                post.raw = Some(self.recorder.record(row, &post));
                Ok((post, author))
            }
            Content::Json(text) => {
                let json = Json::parse(text).map_err(|error| {
                    format!("record is not JSON: `{error}`; repair it, or check the file's format")
                })?;
                if !matches!(json, Json::Object(_)) {
                    return Err("record is not a JSON object `{…}`; check the file's format".into());
                }
                let (mut post, author) = self.draft(Record::Json(&json)).finish(&self.settled)?;
                post.raw = match self.map.private {
                    [] => Some((*text).to_owned()),
                    private => record_without(&json, private),
                };
                Ok((post, author))
            }
        }
    }

    fn draft<'r>(&'r self, record: Record<'r>) -> Draft<'r> {
        let mut draft = Draft { file_name: &self.file_name, ..Draft::default() };
        (self.map.read)(record, &mut draft);
        self.overrides.apply(record, &mut draft);
        draft
    }
}
