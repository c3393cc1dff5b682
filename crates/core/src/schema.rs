//! The Arrow schemas of the tables that collect and prepare write; the tables of models grow with the list of tasks and are
//! declared where that list is known.
//!
//! Times are `Timestamp(µs, UTC)`; the partition column `month` (`2026-11`) is last where a table has one.

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use std::sync::Arc;

/// Returns the type of every time column.
pub fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Name of the partition column of the large tables.
pub const MONTH: &str = "month";

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn required(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn count(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn time(name: &str) -> Field {
    Field::new(name, time_type(), false)
}

/// Returns a list of strings, its items named as Delta Lake and Parquet name them.
pub fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", item, true)))
}

/// Returns the fields of one attachment of a post.
pub fn media_fields() -> Fields {
    Fields::from(vec![text("kind"), text("location"), text("alt_text")])
}

/// Describes `posts`: what was collected, as it was.
pub fn posts() -> Schema {
    Schema::new(vec![
        required("post_id"),
        required("platform"),
        required("native_id"),
        text("author_id"),
        time("created_at"),
        time("collected_at"),
        text("declared_language"),
        required("text"),
        text("url"),
        text("reply_to_id"),
        text("repost_of_id"),
        text("thread_id"),
        count("like_count"),
        count("reply_count"),
        count("repost_count"),
        count("view_count"),
        Field::new("media", list_of(DataType::Struct(media_fields())), true),
        text("raw"),
        required(MONTH),
    ])
}

/// Describes `authors`: accounts as observed; the newest observation of an `author_id` counts.
pub fn authors() -> Schema {
    Schema::new(vec![
        required("author_id"),
        required("platform"),
        text("handle"),
        text("display_name"),
        text("bio"),
        count("follower_count"),
        count("following_count"),
        Field::new("is_verified", DataType::Boolean, true),
        time("observed_at"),
    ])
}

/// Describes `quarantine`: records that could not become posts.
pub fn quarantine() -> Schema {
    Schema::new(vec![
        required("source"),
        required("origin"),
        Field::new("line", DataType::Int64, false),
        required("reason"),
        required("payload"),
        time("quarantined_at"),
    ])
}

/// Describes `prepared`: the text of a post made ready, and what can be read from it without a model.
pub fn prepared() -> Schema {
    Schema::new(vec![
        required("post_id"),
        time("created_at"),
        required("clean_text"),
        text("language"),
        Field::new("tokens", list_of(DataType::Utf8), true),
        Field::new("hashtags", list_of(DataType::Utf8), true),
        Field::new("mentions", list_of(DataType::Utf8), true),
        Field::new("urls", list_of(DataType::Utf8), true),
        Field::new("emojis", list_of(DataType::Utf8), true),
        required("story_id"),
        Field::new("is_repost", DataType::Boolean, false),
        Field::new("spam_score", DataType::Float32, false),
        Field::new("pii", list_of(DataType::Utf8), true),
        required("prepare_version"),
        required(MONTH),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitioned_tables_end_with_the_month() {
        for schema in [posts(), prepared()] {
            assert_eq!(schema.fields().last().unwrap().name(), MONTH);
        }
    }

    #[test]
    fn every_table_names_a_column_once() {
        for schema in [posts(), prepared(), authors(), quarantine()] {
            let mut names: Vec<_> = schema.fields().iter().map(|f| f.name()).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }
}
