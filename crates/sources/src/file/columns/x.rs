//! Posts of X (Twitter): the account archive (`tweets.js`), objects of the API in versions 1.1 and 2, and what its web pages load.
//!
//! A post that repeats another (`RT @…`) has `repost_of_id` where the record names the original; the archive does not. A quote answers
//! the post that it quotes. The archive holds the posts of one account and does not name it: use `--columns author_id='NAME'`.

use super::super::draft::Draft;
use super::super::record::Record;
use super::{ColumnMap, Sample, USUAL};
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "x",
    summary: "Posts of X: the account archive tweets.js, objects of the API in versions 1.1 and 2.",
    platform: "x",
    score,
    read,
    ..USUAL
};

fn score(sample: &Sample<'_>) -> u32 {
    let archive = sample.has_all(&["tweet.id_str", "tweet.full_text"]);
    let first = sample.has_all(&["id_str", "created_at", "retweet_count", "favorite_count"]);
    let second = sample.has_all(&["id", "text", "public_metrics.retweet_count"]);
    let page = sample.has_all(&["rest_id", "legacy.full_text"]);
    95 * u32::from(sample.header.is_none() && (archive || first || second || page))
}

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let record = record.inner("tweet").unwrap_or(record);
    if record.has("legacy") {
        read_page(record, draft);
    } else if record.has("id_str") {
        read_first(record, draft);
    } else {
        read_second(record, draft);
    }
}

/// Reads an object of version 1.1 of the API, of which the archive and the web pages hold parts.
fn read_first<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    draft.native_id = record.first_id(&["id_str", "id"]);
    draft.text = record.first_text(&["extended_tweet.full_text", "full_text", "text"]);
    draft.created_at = record.value("created_at");
    draft.declared_language = record.id("lang").filter(|language| language != "und");
    draft.like_count = record.count("favorite_count");
    draft.repost_count = record.count("retweet_count");
    draft.reply_count = record.count("reply_count");
    draft.reply_to_id = record.first_id(&["in_reply_to_status_id_str", "in_reply_to_status_id"]);
    draft.thread_id = record.id("conversation_id_str");
    draft.repost_of_id = record.id("retweeted_status.id_str");
    if draft.reply_to_id.is_none() && draft.repost_of_id.is_none() {
        draft.reply_to_id = record.id("quoted_status_id_str");
    }
    for medium in ["extended_entities.media", "entities.media"]
        .into_iter()
        .map(|path| record.items(path))
        .find(|media| !media.is_empty())
        .unwrap_or_default()
    {
        attach(Record::Json(medium), draft);
    }
    if let Some(user) = record.inner("user") {
        draft.author_id = user.first_id(&["id_str", "id"]);
        read_profile(user, draft);
        draft.url = page_of(draft);
    }
}

/// Reads an object of version 2 of the API.
fn read_second<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    draft.native_id = record.id("id");
    draft.text = record.first_text(&["note_tweet.text", "text"]);
    draft.created_at = record.value("created_at");
    draft.declared_language = record.id("lang").filter(|language| language != "und");
    draft.author_id = record.id("author_id");
    draft.thread_id = record.id("conversation_id");
    draft.like_count = record.count("public_metrics.like_count");
    draft.reply_count = record.count("public_metrics.reply_count");
    draft.repost_count = record.count("public_metrics.retweet_count");
    draft.view_count = record.count("public_metrics.impression_count");
    for referenced in record.items("referenced_tweets").iter().map(Record::Json) {
        let id = referenced.id("id");
        match referenced.id("type").as_deref() {
            Some("retweeted") => draft.repost_of_id = id,
            Some("replied_to") => draft.reply_to_id = id,
            Some("quoted") if draft.reply_to_id.is_none() => draft.reply_to_id = id,
            _ => {}
        }
    }
    for medium in record.items("attachments.media").iter().map(Record::Json) {
        let kind = medium.id("type");
        let kind = if kind.as_deref() == Some("photo") { "image" } else { "video" };
        if let Some(address) = medium.first_id(&["url", "preview_image_url"]) {
            draft.attach_one(kind, &address);
        }
    }
    if let Some(user) = record.inner("author") {
        draft.handle = user.id("username");
        draft.display_name = user.text("name");
        draft.bio = user.text("description");
        draft.follower_count = user.count("public_metrics.followers_count");
        draft.following_count = user.count("public_metrics.following_count");
        draft.is_verified = user.flag("verified");
        draft.url = page_of(draft);
    }
}

/// Reads a post as the web pages load it: the object of version 1.1 in `legacy`, its author in `core`.
pub(super) fn read_page<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let Some(legacy) = record.inner("legacy") else { return };
    read_first(legacy, draft);
    draft.native_id = record.id("rest_id").or(draft.native_id.take());
    // Posts beyond 280 characters are whole only here.
    if let Some(long) = record.text("note_tweet.note_tweet_results.result.text") {
        draft.text = Some(long);
    }
    draft.view_count = record.first_count(&["views.count", "ext_views.count"]);
    let repeated =
        ["legacy.retweeted_status_result.result", "legacy.retweeted_status_result.result.tweet"];
    let original = repeated.iter().find_map(|path| record.inner(path)?.id("rest_id"));
    if original.is_some() {
        draft.repost_of_id = original;
        draft.reply_to_id = None;
    }
    draft.author_id =
        record.first_id(&["core.user_results.result.rest_id", "legacy.user_id_str", "user.id_str"]);
    let user = record.inner("core.user_results.result");
    // Names moved from `legacy` to `core` in 2025.
    for part in ["legacy", "core"] {
        if let Some(part) = user.and_then(|user| user.inner(part)) {
            read_profile(part, draft);
        }
    }
    if let Some(user) = record.inner("user") {
        read_profile(user, draft);
    }
    if let Some(verified) = user.and_then(|user| user.flag("is_blue_verified")) {
        draft.is_verified = Some(verified);
    }
    draft.url = page_of(draft);
}

/// Reads what a part of a record says about the author; what it does not say stays.
fn read_profile<'r>(user: Record<'r>, draft: &mut Draft<'r>) {
    draft.handle = user.id("screen_name").or(draft.handle.take());
    draft.display_name = user.text("name").or(draft.display_name.take());
    draft.bio = user.text("description").or(draft.bio.take());
    draft.follower_count = user.count("followers_count").or(draft.follower_count);
    draft.following_count = user.count("friends_count").or(draft.following_count);
    draft.is_verified = user.flag("verified").or(draft.is_verified);
}

/// Returns the page of a post.
fn page_of<'r>(draft: &Draft<'r>) -> Option<Cow<'r, str>> {
    let (handle, id) = (draft.handle.as_ref()?, draft.native_id.as_ref()?);
    Some(Cow::Owned(format!("https://x.com/{handle}/status/{id}")))
}

fn attach(medium: Record<'_>, draft: &mut Draft<'_>) {
    let kind = medium.id("type");
    let picture = medium.first_id(&["media_url_https", "media_url"]);
    if kind.as_deref() == Some("photo") {
        if let Some(address) = picture {
            draft.attach_one("image", &address);
            if let Some(last) = draft.media.last_mut() {
                last.alt_text = medium.text("ext_alt_text").map(Cow::into_owned);
            }
        }
        return;
    }
    // Of the variants of a film the one with the highest bit rate is kept; a playlist has none.
    let variants = medium.items("video_info.variants").iter().map(Record::Json);
    let best = variants.max_by_key(|variant| variant.count("bitrate").unwrap_or(-1));
    if let Some(address) = best.and_then(|variant| variant.id("url")).or(picture) {
        draft.attach_one("video", &address);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{read_file, read_with};
    use crate::SourceOptions;

    #[test]
    fn the_archive_is_read_through_its_script() {
        let bytes = include_bytes!("fixtures/tweets.js");
        let options =
            SourceOptions { columns: Some("author_id='cafe'".into()), ..SourceOptions::default() };
        let read = read_with("tweets.js", bytes, options).unwrap();
        assert_eq!((read.map.as_str(), read.posts.len(), read.rejected.len()), ("x", 2, 0));
        let [post, answer] = &read.posts[..] else { unreachable!() };
        assert_eq!(
            (post.post_id.as_str(), post.author_id.as_deref()),
            ("x:1000000000000000001", Some("x:cafe"))
        );
        assert_eq!(post.created_at, 1_795_508_481_000_000);
        assert_eq!((post.like_count, post.repost_count), (Some(12), Some(3)));
        assert_eq!(post.media.len(), 2);
        assert_eq!(post.media[1].location, "https://video.example/high.mp4");
        assert_eq!(answer.reply_to_id.as_deref(), Some("x:1000000000000000001"));
        assert_eq!(answer.declared_language, None);
    }

    #[test]
    fn both_versions_of_the_api_are_read() {
        let text = concat!(
            r#"{"id":1,"id_str":"1","created_at":"Tue Nov 24 08:21:21 +0000 2026","text":"RT @b: hi","retweet_count":2,"favorite_count":0,"lang":"en","user":{"id_str":"9","screen_name":"ann","name":"Ann","followers_count":5,"friends_count":6,"verified":false},"retweeted_status":{"id_str":"0"}}"#,
            "\n",
            r#"{"id":"2","text":"see this","created_at":"2026-11-24T08:21:21.000Z","author_id":"8","conversation_id":"2","public_metrics":{"like_count":1,"reply_count":2,"retweet_count":3,"impression_count":4},"referenced_tweets":[{"type":"quoted","id":"0"}],"author":{"username":"bob","public_metrics":{"followers_count":7}}}"#,
            "\n",
        );
        let read = read_file("tweets.jsonl", text.as_bytes());
        assert_eq!((read.map.as_str(), read.posts.len()), ("x", 2));
        let [first, second] = &read.posts[..] else { unreachable!() };
        assert_eq!(first.repost_of_id.as_deref(), Some("x:0"));
        assert_eq!(first.url.as_deref(), Some("https://x.com/ann/status/1"));
        assert_eq!((second.reply_to_id.as_deref(), second.view_count), (Some("x:0"), Some(4)));
        assert_eq!(read.authors[0].follower_count, Some(7));
        assert_eq!(read.authors[1].handle.as_deref(), Some("ann"));
    }
}
