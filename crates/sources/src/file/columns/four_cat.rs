//! Tables exported by 4CAT (github.com/digitalmethodsinitiative/4cat): `id thread_id timestamp body author` and the columns of the
//! platform.
//!
//! The platform is told by the address of the post, or by the columns that only it has. Times are UTC. Reddit's identifiers get the
//! prefixes of its full names, as its dumps have them.

use super::super::draft::Draft;
use super::super::overrides::Field;
use super::super::record::Record;
use super::pushshift::{is_gone, without_gone};
use super::{ColumnMap, USUAL};
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "4cat",
    summary: "Tables exported by 4CAT, of any platform.",
    platform: "web",
    copied: &[("body", Field::Text), ("id", Field::NativeId), ("author", Field::AuthorId)],
    score: |sample| {
        80 * u32::from(sample.has_all(&["id", "thread_id", "timestamp", "body", "author"]))
    },
    read,
    ..USUAL
};

const PAGES: &[&str] = &["link", "tiktok_url", "post_url", "url"];

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let platform = platform(record);
    draft.native_id = record.id("id");
    draft.thread_id = record.id("thread_id");
    draft.reply_to_id = record.first_id(&["parent_id", "parent", "reply_to", "replied_to"]);
    draft.author_id = record.first_id(&["author_id", "author"]).filter(|name| !is_gone(name));
    draft.handle = record.id("author").filter(|name| !is_gone(name));
    draft.display_name = record.first_text(&["author_fullname", "author_full", "author_name"]);
    draft.follower_count = record.first_count(&["author_followers", "page_followers"]);
    draft.created_at = record.first_value(&["unix_timestamp", "timestamp"]);
    draft.title = record.text("subject");
    draft.text = record.text("body");
    draft.declared_language = record.first_id(&["language_guess", "language"]);
    draft.like_count = record
        .first_value(&["like_count", "likes", "num_likes", "amount_likes", "score"])
        .and_then(|votes| votes.votes());
    draft.reply_count = record.first_count(&[
        "reply_count",
        "replies",
        "num_comments",
        "amount_comments",
        "comments",
    ]);
    draft.repost_count =
        record.first_count(&["retweet_count", "reposts", "shares", "amount_shares", "forwards"]);
    draft.view_count =
        record.first_count(&["impression_count", "views", "amount_plays", "views_post"]);
    draft.url = record.first_id(PAGES);
    draft.attach("image", record.first_text(&["images", "image_url", "image_urls"]));
    draft.attach("video", record.first_text(&["videos", "video_url"]));
    if platform == "reddit" {
        read_reddit(draft);
    }
    if draft.reply_to_id == draft.native_id {
        draft.reply_to_id = None;
    }
    draft.platform = Some(Cow::Borrowed(platform));
}

/// Gives Reddit's identifiers their prefixes; its `url` is what a post links to, not the post.
fn read_reddit(draft: &mut Draft<'_>) {
    draft.url = None;
    if draft.title.is_some() {
        draft.text = without_gone(draft.text.take());
    }
    let Some(thread) = draft.thread_id.take() else { return };
    let kind = if draft.native_id.as_ref() == Some(&thread) { "t3_" } else { "t1_" };
    draft.native_id = draft.native_id.take().map(|id| Cow::Owned(format!("{kind}{id}")));
    draft.thread_id = Some(Cow::Owned(format!("t3_{thread}")));
}

/// Tells the platform of a row.
fn platform(record: Record<'_>) -> &'static str {
    if record.has("subreddit") {
        return "reddit";
    }
    let page = record.first_id(PAGES).unwrap_or_default();
    let host = page.split("://").nth(1).unwrap_or(&page).split('/').next().unwrap_or_default();
    let host = host.trim_start_matches("www.").trim_start_matches("m.");
    let known = [
        ("twitter.com", "x"),
        ("x.com", "x"),
        ("tiktok.com", "tiktok"),
        ("instagram.com", "instagram"),
        ("facebook.com", "facebook"),
        ("linkedin.com", "linkedin"),
        ("t.me", "telegram"),
        ("bsky.app", "bluesky"),
        ("threads.net", "threads"),
        ("threads.com", "threads"),
        ("youtube.com", "youtube"),
        ("xiaohongshu.com", "xiaohongshu"),
        ("douyin.com", "douyin"),
        ("weibo.com", "weibo"),
        ("truthsocial.com", "truth_social"),
        ("gab.com", "gab"),
        ("9gag.com", "9gag"),
        ("imgur.com", "imgur"),
        ("pinterest.com", "pinterest"),
    ];
    if let Some((_, platform)) = known.iter().find(|(name, _)| *name == host) {
        return platform;
    }
    let marks = [
        ("retweet_count", "x"),
        ("amount_plays", "tiktok"),
        ("chat", "telegram"),
        ("board", "4chan"),
    ];
    marks
        .iter()
        .find(|(column, _)| record.has(column))
        .map_or(MAP.platform, |(_, platform)| platform)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn the_address_tells_the_platform() {
        let text = "id,thread_id,timestamp,unix_timestamp,link,body,author,author_fullname,author_id,retweet_count,like_count,images,language_guess\n\
                    5,5,2026-11-24 08:21:21,1795508481,https://x.com/ann/status/5,\"Hello, \"\"you\"\"\",ann,Ann,9,2,3,https://img.example/1.jpg,en\n";
        let read = read_file("export.csv", text.as_bytes());
        assert_eq!((read.map.as_str(), read.posts.len()), ("4cat", 1));
        let post = &read.posts[0];
        assert_eq!((post.post_id.as_str(), post.author_id.as_deref()), ("x:5", Some("x:9")));
        assert_eq!((post.text.as_str(), post.repost_count), ("Hello, \"you\"", Some(2)));
        assert_eq!((post.created_at, post.media.len()), (1_795_508_481_000_000, 1));
        assert_eq!(read.authors[0].display_name.as_deref(), Some("Ann"));
    }

    #[test]
    fn reddit_has_full_names() {
        let text = "thread_id,id,timestamp,body,subject,author,domain,url,image_file,image_md5,subreddit,parent,score\n\
                    abc,abc,1672531200,[removed],Open late?,ann,,https://news.example/a,,,Cafes,,5\n\
                    abc,def,1672531300,Yes,,bob,,,,,Cafes,t3_abc,-1\n";
        let read = read_file("reddit.csv", text.as_bytes());
        let [post, comment] = &read.posts[..] else { unreachable!() };
        assert_eq!((post.post_id.as_str(), post.text.as_str()), ("reddit:t3_abc", "Open late?"));
        assert_eq!(comment.post_id, "reddit:t1_def");
        assert_eq!(comment.reply_to_id.as_deref(), Some("reddit:t3_abc"));
        assert_eq!((comment.like_count, post.url.as_deref()), (Some(-1), None));
    }
}
