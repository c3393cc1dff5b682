//! Posts and comments of Reddit in one table, as in the set "reddit-college" of Emory NLP: `kind subreddit id parent author created_utc
//! upvotes title text`, tabs and line feeds in the text escaped.
//!
//! `id` and `parent` are unique over all subreddits. The names of authors are real, so they are replaced by a hash and not kept.

use super::super::draft::Draft;
use super::super::overrides::Field;
use super::super::read::Dialect;
use super::super::record::Record;
use super::pushshift::{is_gone, without_gone};
use super::{ColumnMap, USUAL};

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "reddit_college",
    summary: "Posts and comments of Reddit in one table with the columns of Emory's reddit-college.",
    platform: "reddit",
    dialect: Some(Dialect::ESCAPED),
    hash_authors: true,
    copied: &[("id", Field::NativeId), ("parent", Field::ReplyToId), ("text", Field::Text)],
    private: &["author"],
    score: |sample| {
        let columns =
            ["kind", "subreddit", "id", "parent", "author", "created_utc", "upvotes", "text"];
        100 * u32::from(sample.header.is_some() && sample.has_all(&columns))
    },
    read,
    ..USUAL
};

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let id = record.id("id");
    let parent = record.id("parent");
    draft.thread_id = if parent.is_none() { id.clone() } else { None };
    draft.native_id = id;
    draft.reply_to_id = parent;
    draft.author_id = record.id("author").filter(|name| !is_gone(name));
    draft.created_at = record.value("created_utc");
    draft.like_count = record.value("upvotes").and_then(|votes| votes.votes());
    draft.title = record.text("title");
    draft.text = record.text("text");
    if draft.title.is_some() {
        draft.text = without_gone(draft.text.take());
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn titles_trees_and_hashes() {
        let read = read_file("posts.tsv", include_bytes!("fixtures/reddit_college.tsv"));
        assert_eq!(
            (read.map.as_str(), read.posts.len(), read.rejected.len()),
            ("reddit_college", 5, 0)
        );
        let [post, comment, answer, removed, gone] = &read.posts[..] else { unreachable!() };
        assert_eq!(post.text, "Which café is open?\n\nAt night.\n\tPlease \"help\" \\o/");
        assert_eq!(
            (post.post_id.as_str(), post.thread_id.as_deref()),
            ("reddit:10", Some("reddit:10"))
        );
        assert_eq!(comment.reply_to_id.as_deref(), Some("reddit:10"));
        assert_eq!(answer.reply_to_id.as_deref(), Some("reddit:11"));
        assert_eq!(answer.like_count, Some(-2));
        assert_eq!(removed.text, "Title only");
        assert_eq!((gone.text.as_str(), gone.author_id.as_deref()), ("[deleted]", None));
        let author = comment.author_id.as_deref().unwrap();
        assert!(author.starts_with("reddit:") && author.len() == 23, "{author}");
        assert!(!comment.raw.as_deref().unwrap().contains("night_owl"));
        assert_eq!(
            comment.raw.as_deref().unwrap(),
            r#"{"kind":"comment","subreddit":"Cafes","created_utc":"1413036389","upvotes":"23","=":{"id":"native_id","parent":"reply_to_id","text":"text"}}"#
        );
    }
}
