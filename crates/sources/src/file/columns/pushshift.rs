//! Dumps of Reddit by Pushshift and Arctic Shift: submissions (`RS_2023-01.zst`) and comments (`RC_2023-01.zst`) as JSON lines.
//!
//! Posts and comments are numbered apart on Reddit, so identifiers are its full names: `t3_` for submissions, `t1_` for comments, as
//! in `parent_id` and `link_id`. A submission whose text is gone (`[deleted]`, `[removed]`) is its title; a comment whose text is
//! gone stays, with what Reddit shows in its place, so that the tree below it hangs together.

use super::super::draft::Draft;
use super::super::record::Record;
use super::{ColumnMap, Sample, USUAL};
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "pushshift",
    summary: "Dumps of Reddit by Pushshift and Arctic Shift: submissions and comments.",
    platform: "reddit",
    score,
    read,
    ..USUAL
};

fn score(sample: &Sample<'_>) -> u32 {
    let comment = sample.has_all(&["body", "link_id", "parent_id"]);
    let submission = sample.has("title") && sample.has_any(&["selftext", "is_self"]);
    95 * u32::from(sample.has_all(&["id", "created_utc", "subreddit"]) && (comment || submission))
}

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    draft.author_id = record.id("author").filter(|name| !is_gone(name));
    draft.created_at = record.value("created_utc");
    draft.like_count = record.first_value(&["score", "ups"]).and_then(|score| score.votes());
    draft.url =
        record.id("permalink").map(|path| Cow::Owned(format!("https://www.reddit.com{path}")));
    let Some(id) = record.id("id") else { return };
    if record.has("body") || record.has("link_id") {
        draft.native_id = Some(full_name("t1_", id));
        draft.thread_id = record.id("link_id").map(|link| full_name("t3_", link));
        draft.reply_to_id = record.id("parent_id").or_else(|| draft.thread_id.clone());
        draft.text = record.text("body");
        return;
    }
    let name = full_name("t3_", id);
    draft.thread_id = Some(name.clone());
    draft.native_id = Some(name);
    draft.reply_count = record.count("num_comments");
    draft.title = record.text("title");
    draft.text = without_gone(record.text("selftext"));
    if let Some(link) = record.id("url") {
        let path = link.split('?').next().unwrap_or_default().to_ascii_lowercase();
        if [".jpg", ".jpeg", ".png", ".gif", ".webp"].iter().any(|ending| path.ends_with(ending)) {
            draft.attach_one("image", &link);
        } else if record.flag("is_video") == Some(true) {
            draft.attach_one("video", &link);
        }
    }
}

fn full_name<'r>(kind: &str, id: Cow<'r, str>) -> Cow<'r, str> {
    if id.starts_with("t1_") || id.starts_with("t3_") {
        id
    } else {
        Cow::Owned(format!("{kind}{id}"))
    }
}

/// Tells whether Reddit shows this in the place of something that is gone.
pub(super) fn is_gone(text: &str) -> bool {
    matches!(text.trim(), "[deleted]" | "[removed]" | "[deleted by user]")
}

/// Drops a text that is gone.
pub(super) fn without_gone(text: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !is_gone(text))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn submissions_and_comments_make_one_tree() {
        let read = read_file("RC_2023-01", include_bytes!("fixtures/pushshift.jsonl"));
        assert_eq!((read.map.as_str(), read.posts.len(), read.rejected.len()), ("pushshift", 4, 0));
        let [post, picture, comment, gone] = &read.posts[..] else { unreachable!() };
        assert_eq!(post.post_id, "reddit:t3_abc");
        assert_eq!(post.text, "Open late?\n\nWhich one?");
        assert_eq!(
            post.url.as_deref(),
            Some("https://www.reddit.com/r/Cafes/comments/abc/open_late/")
        );
        assert_eq!(
            (picture.text.as_str(), picture.media[0].kind.as_str()),
            ("Our new cup", "image")
        );
        assert_eq!(picture.author_id, None);
        assert_eq!(comment.post_id, "reddit:t1_def");
        assert_eq!(comment.reply_to_id, Some(post.post_id.clone()));
        assert_eq!(comment.thread_id, Some(post.post_id.clone()));
        assert_eq!(comment.created_at, 1_672_531_300_000_000);
        assert_eq!(
            (gone.text.as_str(), gone.reply_to_id.as_deref()),
            ("[removed]", Some("reddit:t1_def"))
        );
    }
}
