//! Column maps: what the columns of common exports mean. One file per export, one line in [`COLUMN_MAPS`].
//!
//! The map of a file is the one that claims it with the highest score, by the names of its columns or members; `--columns NAME` chooses
//! one by name. Four rules hold for all:
//! - A post that passes on another without words of its own has `repost_of_id`; one that adds words has `reply_to_id`.
//! - Times without a zone are in the zone that the exporting tool uses.
//! - Text is kept as received; entities and tags of HTML are undone when posts are prepared.
//! - Counts that are no numbers are left out; the raw record keeps them.

mod ced_rumour;
mod four_cat;
mod generic;
mod groundswell;
mod hacker_news;
mod instagram;
mod media_crawler;
mod pushshift;
mod reddit_college;
mod tiktok;
mod weibo_crawler;
mod x;
mod zeeschuimer;

use super::draft::Draft;
use super::json::Json;
use super::overrides::Field;
use super::read::Dialect;
use super::record::{Header, Record};
use crate::Zone;

/// Says what the columns of one kind of export mean.
#[derive(Debug)]
pub struct ColumnMap {
    /// Name in `--columns`.
    pub name: &'static str,
    /// What it reads, in one sentence.
    pub summary: &'static str,
    /// Platform of the posts where no record says otherwise.
    pub platform: &'static str,
    /// Zone of times that name none.
    pub zone: Zone,
    /// Quotes and escapes of its tables, where they cannot be told from the file.
    pub(crate) dialect: Option<Dialect>,
    /// What relative times refer to, where the file was made long before it is read (microseconds UTC).
    pub(crate) reference_time: Option<i64>,
    /// Whether names of authors are replaced by a hash: in sets whose terms ask for it.
    pub(crate) hash_authors: bool,
    /// Columns of its tables that posts hold unchanged.
    pub(crate) copied: &'static [(&'static str, Field)],
    /// Columns that are not kept in the raw record: those that name a hashed author.
    pub(crate) private: &'static [&'static str],
    /// How well a file fits: 0 not at all, 100 beyond doubt.
    pub(crate) score: fn(&Sample<'_>) -> u32,
    /// Reads a record.
    pub(crate) read: for<'r> fn(Record<'r>, &mut Draft<'r>),
}

/// What a map says unless it says otherwise.
const USUAL: ColumnMap = ColumnMap {
    name: "",
    summary: "",
    platform: "file",
    zone: Zone::UTC,
    dialect: None,
    reference_time: None,
    hash_authors: false,
    copied: &[],
    private: &[],
    score: |_| 0,
    read: |_, _| {},
};

/// Every column map; of two with the same score the first wins.
pub static COLUMN_MAPS: &[&ColumnMap] = &[
    &generic::MAP,
    &groundswell::MAP,
    &reddit_college::MAP,
    &ced_rumour::MAP,
    &weibo_crawler::MAP,
    &media_crawler::MAP,
    &pushshift::MAP,
    &hacker_news::MAP,
    &x::MAP,
    &zeeschuimer::MAP,
    &four_cat::MAP,
];

/// Shows the beginning of a file to the maps.
#[derive(Debug, Default)]
pub(crate) struct Sample<'s> {
    /// Name of the file.
    pub(crate) file_name: &'s str,
    /// Header of a table.
    pub(crate) header: Option<&'s Header>,
    /// First objects of anything else.
    pub(crate) objects: Vec<Json<'s>>,
}

impl Sample<'_> {
    /// Tells whether the file has a column, or one of its first objects a member at this path.
    pub(crate) fn has(&self, column: &str) -> bool {
        match self.header {
            Some(header) => header.find(column).is_some(),
            None => self.objects.iter().any(|object| object.at(column).is_some()),
        }
    }

    /// Tells whether the file has all of these columns.
    fn has_all(&self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.has(column))
    }

    /// Tells whether the file has one of these columns.
    fn has_any(&self, columns: &[&str]) -> bool {
        columns.iter().any(|column| self.has(column))
    }

    /// Tells whether there is nothing to judge by.
    pub(crate) fn is_empty(&self) -> bool {
        self.header.is_none_or(|header| header.names.is_empty()) && self.objects.is_empty()
    }

    /// Returns the columns, or the paths of members down to the second level, in order and once.
    pub(crate) fn columns(&self) -> Vec<String> {
        if let Some(header) = self.header {
            return header.names.clone();
        }
        let mut columns: Vec<String> = Vec::new();
        let mut add = |column: String| {
            if !columns.contains(&column) {
                columns.push(column);
            }
        };
        for object in &self.objects {
            let Json::Object(members) = object else { continue };
            for (name, value) in members {
                match value {
                    Json::Object(inner) => {
                        inner.iter().for_each(|(inner, _)| add(format!("{name}.{inner}")));
                    }
                    _ => add(name.to_string()),
                }
            }
        }
        columns
    }
}

/// Finds the map that fits best; the generic one if none claims the file.
pub(crate) fn detect(sample: &Sample<'_>) -> &'static ColumnMap {
    let mut best = &generic::MAP;
    let mut highest = (best.score)(sample);
    for map in COLUMN_MAPS {
        let score = (map.score)(sample);
        if score > highest {
            (best, highest) = (map, score);
        }
    }
    best
}

pub(crate) use generic::{guess_copied, missing_guesses};

/// Tells whether a map is the generic one.
pub(crate) fn is_generic(map: &ColumnMap) -> bool {
    std::ptr::eq(map, &generic::MAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_have_distinct_names_and_say_what_they_read() {
        let mut names: Vec<_> = COLUMN_MAPS.iter().map(|map| map.name).collect();
        assert!(
            COLUMN_MAPS.iter().all(|map| map.summary.ends_with('.') && !map.platform.is_empty())
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COLUMN_MAPS.len());
    }

    #[test]
    fn columns_of_objects_are_paths() {
        let first = Json::parse(r#"{"a":1,"b":{"c":2}}"#).unwrap();
        let second = Json::parse(r#"{"a":3,"d":[1]}"#).unwrap();
        let sample = Sample { objects: vec![first, second], ..Sample::default() };
        assert_eq!(sample.columns(), ["a", "b.c", "d"]);
        assert!(sample.has("b.c") && sample.has("d") && !sample.has("e"));
        assert!(!sample.is_empty() && Sample::default().is_empty());
    }
}
