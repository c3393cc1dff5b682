//! Hacker News: the table "Hacker News Posts" of Kaggle, items of its API, the table of BigQuery, and hits of Algolia's search.
//!
//! Kaggle's table has the month first and is in the Eastern Time of the United States; all others carry epochs or UTC.

use super::super::draft::Draft;
use super::super::overrides::Field;
use super::super::record::Record;
use super::{ColumnMap, Sample, USUAL};
use crate::Zone;
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "hacker_news",
    summary: "Hacker News: Kaggle's table, items of the API, BigQuery's table, hits of Algolia's search.",
    platform: "hacker_news",
    zone: Zone::UsEastern,
    copied: &[
        ("title", Field::Text),
        ("id", Field::NativeId),
        ("author", Field::AuthorId),
        ("by", Field::AuthorId),
        ("text", Field::Text),
    ],
    score,
    read,
    ..USUAL
};

fn score(sample: &Sample<'_>) -> u32 {
    let kaggle = ["id", "title", "url", "num_points", "num_comments", "author", "created_at"];
    let algolia = ["objectID", "created_at_i", "author"];
    let item = sample.has_all(&["id", "by", "time", "type"]) && sample.has_any(&["text", "title"]);
    90 * u32::from(sample.has_all(&kaggle) || sample.has_all(&algolia) || item)
}

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let id = record.first_id(&["objectID", "id"]);
    draft.url =
        id.as_ref().map(|id| Cow::Owned(format!("https://news.ycombinator.com/item?id={id}")));
    draft.native_id = id;
    draft.author_id = record.first_id(&["author", "by"]);
    draft.created_at = record.first_value(&["created_at_i", "time", "created_at", "timestamp"]);
    draft.title = record.text("title");
    draft.text = record.first_text(&["text", "comment_text", "story_text"]);
    draft.like_count =
        record.first_value(&["points", "score", "num_points"]).and_then(|v| v.votes());
    draft.reply_count = record.first_count(&["num_comments", "descendants"]);
    draft.reply_to_id = record.first_id(&["parent_id", "parent"]);
    draft.thread_id = match &draft.reply_to_id {
        Some(_) => record.id("story_id"),
        None => draft.native_id.clone(),
    };
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn the_table_of_kaggle_is_in_eastern_time() {
        let text = "id,title,url,num_points,num_comments,author,created_at,,\n\
                    12224879,Interactive cups,http://cups.example/,386,52,ann,8/4/2016 11:52,,\n\
                    10975351,\"How to pour, twice\",,39,10,bob,1/26/2016 19:30,Hour,\"00\n01\"\n";
        let read = read_file("hacker_news.csv", text.as_bytes());
        assert_eq!(
            (read.map.as_str(), read.posts.len(), read.rejected.len()),
            ("hacker_news", 2, 0)
        );
        let post = &read.posts[0];
        assert_eq!(post.created_at, 1_470_325_920_000_000);
        assert_eq!((post.like_count, post.reply_count), (Some(386), Some(52)));
        assert_eq!(post.text, "Interactive cups");
        assert_eq!(post.thread_id.as_deref(), Some("hacker_news:12224879"));
        assert!(post.raw.as_deref().unwrap().contains(r#""url":"http://cups.example/""#));
        assert!(read.posts[1].raw.as_deref().unwrap().contains(r#""column_9":"00\n01""#));
    }

    #[test]
    fn items_and_hits_are_read_alike() {
        let text = concat!(
            r#"{"by":"ann","descendants":3,"id":1,"score":7,"time":1470325920,"title":"Ask HN: Which cup?","text":"Blue or <i>red</i>?","type":"story"}"#,
            "\n",
            r#"{"by":"bob","id":2,"parent":1,"text":"Red.","time":1470325980,"type":"comment"}"#,
            "\n",
            r#"{"id":3,"deleted":true,"time":1470325990,"type":"comment"}"#,
            "\n",
        );
        let read = read_file("items.jsonl", text.as_bytes());
        assert_eq!((read.map.as_str(), read.posts.len()), ("hacker_news", 2));
        assert_eq!(read.posts[0].text, "Ask HN: Which cup?\n\nBlue or <i>red</i>?");
        assert_eq!(read.posts[1].reply_to_id.as_deref(), Some("hacker_news:1"));
        assert!(read.rejected[0].reason.starts_with("text is missing"));
        let text = r#"{"hits":[{"objectID":"9","author":"cy","comment_text":"Yes","story_id":1,"parent_id":2,"created_at":"2016-08-04T15:52:00Z","created_at_i":1470325920}]}"#;
        let read = read_file("search.json", text.as_bytes());
        assert_eq!(read.posts[0].post_id, "hacker_news:9");
        assert_eq!(read.posts[0].thread_id.as_deref(), Some("hacker_news:1"));
    }
}
