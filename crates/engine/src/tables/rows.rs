//! Nouns as rows: record batches with the schemas of the tables.

use super::{AUTHORS, POSTS, QUARANTINE};
use crate::EngineError;
use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    StructBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field};
use groundswell_core::{Author, Post, Rejected, month_of, schema};
use std::sync::Arc;

/// Returns the present time in microseconds UTC.
pub(super) fn now() -> i64 {
    chrono::Utc::now().timestamp_micros()
}

fn required<'a, T>(rows: &'a [T], value: impl Fn(&'a T) -> &'a str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(value)))
}

fn optional<'a, T>(rows: &'a [T], value: impl Fn(&'a T) -> &'a Option<String>) -> ArrayRef {
    Arc::new(rows.iter().map(|row| value(row).as_deref()).collect::<StringArray>())
}

fn count<T>(rows: &[T], value: impl Fn(&T) -> Option<i64>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<Int64Array>())
}

fn time<T>(rows: &[T], value: impl Fn(&T) -> i64) -> ArrayRef {
    let times = TimestampMicrosecondArray::from_iter_values(rows.iter().map(value));
    Arc::new(times.with_timezone("UTC"))
}

/// Makes rows of `posts`.
pub(super) fn posts(posts: &[&Post]) -> Result<RecordBatch, EngineError> {
    let months: StringArray =
        posts.iter().map(|post| Some(month_of(post.created_at).to_string())).collect();
    let columns: Vec<ArrayRef> = vec![
        required(posts, |p| &p.post_id),
        required(posts, |p| &p.platform),
        required(posts, |p| &p.native_id),
        optional(posts, |p| &p.author_id),
        time(posts, |p| p.created_at),
        time(posts, |p| p.collected_at),
        optional(posts, |p| &p.declared_language),
        required(posts, |p| &p.text),
        optional(posts, |p| &p.url),
        optional(posts, |p| &p.reply_to_id),
        optional(posts, |p| &p.repost_of_id),
        optional(posts, |p| &p.thread_id),
        count(posts, |p| p.like_count),
        count(posts, |p| p.reply_count),
        count(posts, |p| p.repost_count),
        count(posts, |p| p.view_count),
        media(posts),
        optional(posts, |p| &p.raw),
        Arc::new(months),
    ];
    Ok(RecordBatch::try_new(POSTS.arrow_schema(), columns)?)
}

fn media(posts: &[&Post]) -> ArrayRef {
    let fields = schema::media_fields();
    let item = Field::new("element", DataType::Struct(fields.clone()), true);
    let strings = || Box::new(StringBuilder::new()) as Box<dyn arrow::array::ArrayBuilder>;
    let values = StructBuilder::new(fields, vec![strings(), strings(), strings()]);
    let mut lists = ListBuilder::new(values).with_field(item);
    for post in posts {
        for medium in &post.media {
            let values = [
                Some(medium.kind.as_str()),
                Some(medium.location.as_str()),
                medium.alt_text.as_deref(),
            ];
            for (index, value) in values.into_iter().enumerate() {
                if let Some(column) = lists.values().field_builder::<StringBuilder>(index) {
                    column.append_option(value);
                }
            }
            lists.values().append(true);
        }
        lists.append(true);
    }
    Arc::new(lists.finish())
}

/// Makes rows of `authors`.
pub(super) fn authors(authors: &[Author]) -> Result<RecordBatch, EngineError> {
    let verified: BooleanArray = authors.iter().map(|author| author.is_verified).collect();
    let columns: Vec<ArrayRef> = vec![
        required(authors, |a| &a.author_id),
        required(authors, |a| &a.platform),
        optional(authors, |a| &a.handle),
        optional(authors, |a| &a.display_name),
        optional(authors, |a| &a.bio),
        count(authors, |a| a.follower_count),
        count(authors, |a| a.following_count),
        Arc::new(verified),
        time(authors, |a| a.observed_at),
    ];
    Ok(RecordBatch::try_new(AUTHORS.arrow_schema(), columns)?)
}

/// Makes rows of `quarantine`.
pub(super) fn rejected(
    source: &str,
    rejected: &[Rejected],
    quarantined_at: i64,
) -> Result<RecordBatch, EngineError> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![source; rejected.len()])),
        required(rejected, |r| &r.origin),
        Arc::new(Int64Array::from_iter_values(rejected.iter().map(|r| r.line))),
        required(rejected, |r| &r.reason),
        required(rejected, |r| &r.payload),
        time(rejected, |_| quarantined_at),
    ];
    Ok(RecordBatch::try_new(QUARANTINE.arrow_schema(), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use groundswell_core::Media;

    #[test]
    fn posts_become_rows_of_their_month() {
        let post = Post {
            post_id: "x:1".into(),
            platform: "x".into(),
            native_id: "1".into(),
            created_at: 1_709_251_200_000_000,
            text: "hi".into(),
            media: vec![Media { kind: "image".into(), location: "a.png".into(), alt_text: None }],
            ..Post::default()
        };
        let rows = posts(&[&post, &Post { media: vec![], ..post.clone() }]).unwrap();
        let text = arrow::util::pretty::pretty_format_batches(&[rows]).unwrap().to_string();
        assert!(text.contains("2024-03") && text.contains("a.png"), "{text}");
    }
}
