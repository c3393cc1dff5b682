//! Posts that this program wrote itself: the fields of a post by their own names, identifiers with the platform before them.

use super::super::draft::Draft;
use super::super::record::Record;
use super::{ColumnMap, USUAL};
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "groundswell",
    summary: "Posts written by this program: post_id, platform, native_id, created_at, text and so on.",
    score: |sample| {
        100 * u32::from(sample.has_all(&["post_id", "platform", "native_id", "created_at", "text"]))
    },
    read,
    ..USUAL
};

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let platform = record.id("platform");
    let id = |column: &str| {
        let id = record.id(column)?;
        let prefix = platform.as_deref().unwrap_or_default();
        Some(without_platform(id, prefix))
    };
    draft.native_id = record.id("native_id");
    draft.author_id = id("author_id");
    draft.created_at = record.value("created_at");
    draft.declared_language = record.id("declared_language");
    draft.text = record.text("text");
    draft.url = record.id("url");
    draft.reply_to_id = id("reply_to_id");
    draft.repost_of_id = id("repost_of_id");
    draft.thread_id = id("thread_id");
    draft.like_count = record.value("like_count").and_then(|count| count.votes());
    draft.reply_count = record.count("reply_count");
    draft.repost_count = record.count("repost_count");
    draft.view_count = record.count("view_count");
    for medium in record.items("media").iter().map(Record::Json) {
        if let (Some(kind), Some(location)) = (medium.id("kind"), medium.id("location")) {
            draft.attach_one(&kind, &location);
            if let Some(last) = draft.media.last_mut() {
                last.alt_text = medium.text("alt_text").map(Cow::into_owned);
            }
        }
    }
    draft.platform = platform;
}

fn without_platform<'r>(id: Cow<'r, str>, platform: &str) -> Cow<'r, str> {
    let stripped = |id: &str| Some(id.strip_prefix(platform)?.strip_prefix(':')?.len());
    match (stripped(&id), id) {
        (Some(length), Cow::Borrowed(id)) => Cow::Borrowed(&id[id.len() - length..]),
        (Some(length), Cow::Owned(id)) => Cow::Owned(id[id.len() - length..].to_owned()),
        (None, id) => id,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;
    use groundswell_core::{Media, Post};

    #[test]
    fn posts_survive_the_round_trip() {
        let post = Post {
            post_id: "weibo:42".into(),
            platform: "weibo".into(),
            native_id: "42".into(),
            author_id: Some("weibo:7".into()),
            created_at: 1_795_508_460_123_456,
            text: "你好 \"world\"\n".into(),
            reply_to_id: Some("weibo:41".into()),
            thread_id: Some("weibo:1".into()),
            like_count: Some(-3),
            media: vec![Media {
                kind: "image".into(),
                location: "a.png".into(),
                alt_text: Some("A".into()),
            }],
            ..Post::default()
        };
        let read = read_file("posts.jsonl", serde_json::to_string(&post).unwrap().as_bytes());
        assert_eq!(read.map, "groundswell");
        let back = Post { collected_at: 0, raw: None, ..read.posts[0].clone() };
        assert_eq!(back, post);
    }
}
