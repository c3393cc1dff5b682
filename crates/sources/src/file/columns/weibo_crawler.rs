//! Posts gathered by weibo-crawler, weibo-search and weiboSpider (github.com/dataabc): CSV with Chinese headers, or JSON with English
//! members, alone or in a document beside its author.
//!
//! The tables of weibo-crawler name no author: their file is named after the account. The post that a repost passes on stands
//! beside it; it is kept in the raw record and is not a post of its own here. Times are China's.

use super::super::draft::Draft;
use super::super::format::uncompressed_name;
use super::super::overrides::Field;
use super::super::record::Record;
use super::{ColumnMap, Sample, USUAL};
use crate::Zone;
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "weibo_crawler",
    summary: "Posts gathered by weibo-crawler, weibo-search or weiboSpider, as CSV or JSON.",
    platform: "weibo",
    zone: Zone::CHINA,
    copied: &[
        ("正文", Field::Text),
        ("微博正文", Field::Text),
        ("text", Field::Text),
        ("id", Field::NativeId),
        ("微博id", Field::NativeId),
        ("user_id", Field::AuthorId),
        ("用户id", Field::AuthorId),
    ],
    score,
    read,
    ..USUAL
};

const IDS: &[&str] = &["id", "微博id", "mid"];
const TEXTS: &[&str] = &["text", "正文", "微博正文"];
const LIKES: &[&str] = &["attitudes_count", "点赞数"];
const REPLIES: &[&str] = &["comments_count", "评论数"];
const REPOSTS: &[&str] = &["reposts_count", "转发数"];
const TIMES: &[&str] = &["full_created_at", "完整日期", "created_at", "发布时间", "日期"];

fn score(sample: &Sample<'_>) -> u32 {
    let needed = [IDS, TEXTS, LIKES, REPLIES, REPOSTS, TIMES];
    90 * u32::from(needed.iter().all(|columns| sample.has_any(columns)))
}

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    draft.native_id = record.first_id(IDS);
    draft.text = record.first_text(TEXTS);
    draft.created_at = record.first_value(TIMES);
    draft.author_id = record
        .first_id(&["user_id", "用户id", "user.id"])
        .or_else(|| account_of(draft.file_name).map(Cow::Borrowed));
    draft.display_name = record.first_text(&["screen_name", "用户昵称", "user.screen_name"]);
    draft.follower_count = record.count("user.followers_count");
    draft.following_count = record.first_count(&["user.follow_count", "user.friends_count"]);
    draft.is_verified = record.flag("user.verified");
    draft.bio = record.text("user.description");
    draft.like_count = record.first_count(LIKES);
    draft.reply_count = record.first_count(REPLIES);
    draft.repost_count = record.first_count(REPOSTS);
    draft.url = match (&draft.author_id, record.id("bid")) {
        (Some(author), Some(bid)) => Some(Cow::Owned(format!("https://weibo.com/{author}/{bid}"))),
        _ => None,
    };
    draft.attach("image", record.first_text(&["pics", "原始图片url", "微博图片url"]));
    draft.attach("video", record.first_text(&["video_url", "视频url", "微博视频url"]));
    if let Some(original) = record.first_id(&["retweet_id", "源微博id", "retweet.id"]) {
        draft.passes_on(Some(original));
    }
}

/// Returns the account that a file is named after.
fn account_of(file_name: &str) -> Option<&str> {
    let stem = uncompressed_name(file_name).split('.').next()?;
    let digits = stem.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (5..=12).contains(&stem.len())).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn tables_with_chinese_headers() {
        let read = read_file("1000000001.csv", include_bytes!("fixtures/weibo_crawler.csv"));
        assert_eq!(
            (read.map.as_str(), read.posts.len(), read.rejected.len()),
            ("weibo_crawler", 3, 0)
        );
        let [own, bare, quote] = &read.posts[..] else { unreachable!() };
        assert_eq!(own.post_id, "weibo:4454572602912349");
        assert_eq!(own.author_id.as_deref(), Some("weibo:1000000001"));
        assert_eq!(own.url.as_deref(), Some("https://weibo.com/1000000001/ImTGkcdDn"));
        assert_eq!(own.media.len(), 3);
        // 2019-12-28 09:30:05 in China.
        assert_eq!(own.created_at, 1_577_496_605_000_000);
        assert_eq!(bare.repost_of_id.as_deref(), Some("weibo:4454028484570123"));
        assert_eq!(quote.reply_to_id.as_deref(), Some("weibo:4454028484570123"));
        assert!(own.raw.as_deref().unwrap().contains(r#""工具":"手机""#));
    }

    #[test]
    fn documents_with_their_author() {
        let read = read_file("1000000001.json", include_bytes!("fixtures/weibo_crawler.json"));
        assert_eq!((read.map.as_str(), read.posts.len()), ("weibo_crawler", 2));
        assert_eq!(read.posts[0].author_id.as_deref(), Some("weibo:1000000001"));
        assert_eq!(read.posts[1].reply_to_id.as_deref(), Some("weibo:4454028484570123"));
        assert_eq!(read.authors[0].display_name.as_deref(), Some("河边咖啡"));
    }

    #[test]
    fn searches_name_their_author() {
        let text = "id,bid,user_id,用户昵称,微博正文,发布位置,艾特用户,话题,转发数,评论数,点赞数,发布时间,发布工具,微博图片url,微博视频url,retweet_id\n\
                    5,Ab,1000000002,读者,新店不错,,,,1,2,3,11月24日 08:21,,,,\n";
        let read = read_file("咖啡.csv", text.as_bytes());
        assert_eq!(read.map, "weibo_crawler");
        assert_eq!(read.posts[0].author_id.as_deref(), Some("weibo:1000000002"));
    }
}
