//! Posts and comments gathered by MediaCrawler (github.com/NanmiCoder/MediaCrawler): Xiaohongshu, Weibo, Douyin, Bilibili, Zhihu, Tieba and
//! Kuaishou, as JSON, JSON lines or CSV.
//!
//! The columns of a record tell its platform. Comments are numbered apart from posts on several of these platforms, so a comment's
//! identifier is `comment-` and its number. Times without a zone are China's.

use super::super::draft::Draft;
use super::super::overrides::Field;
use super::super::record::Record;
use super::{ColumnMap, Sample, USUAL};
use crate::Zone;
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "media_crawler",
    summary: "Posts and comments gathered by MediaCrawler from Xiaohongshu, Weibo, Douyin, Bilibili, Zhihu, Tieba, Kuaishou.",
    platform: "xiaohongshu",
    zone: Zone::CHINA,
    copied: &[
        ("content", Field::Text),
        ("content_text", Field::Text),
        ("desc", Field::Text),
        ("user_id", Field::AuthorId),
        ("note_id", Field::NativeId),
        ("aweme_id", Field::NativeId),
        ("video_id", Field::NativeId),
        ("content_id", Field::NativeId),
    ],
    score,
    read,
    ..USUAL
};

/// Columns that number the post a record is, or the post that a comment belongs to.
const POSTS: &[&str] = &["note_id", "aweme_id", "video_id", "content_id"];
const AUTHORS: &[&str] = &["user_id", "user_link", "user_nickname", "nickname"];
const NAMES: &[&str] = &["nickname", "user_nickname"];
const TIMES: &[&str] = &["create_time", "time", "created_time", "publish_time", "create_date_time"];

fn score(sample: &Sample<'_>) -> u32 {
    let marked = sample.has_any(&["last_modify_ts", "source_keyword", "tieba_name"]);
    let texts = sample.has_any(&["content", "content_text", "desc", "title"]);
    95 * u32::from(
        marked && texts && sample.has_any(POSTS) && sample.has_any(NAMES) && sample.has_any(TIMES),
    )
}

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    draft.platform = Some(Cow::Borrowed(platform(record)));
    draft.author_id = record.first_id(AUTHORS);
    draft.display_name = record.first_text(NAMES);
    draft.bio = record.first_text(&["user_signature", "sign"]);
    draft.observed_at = record.value("last_modify_ts");
    draft.created_at = record.first_value(TIMES);
    draft.attach("image", record.first_text(&["image_list", "pictures", "note_download_url"]));
    let post = record.first_id(POSTS);
    draft.thread_id = post.clone();
    if let Some(comment) = record.id("comment_id") {
        let parent = record.first_id(&["parent_comment_id", "parment_comment_id"]);
        let parent = parent.filter(|parent| parent != "0" && *parent != comment);
        draft.reply_to_id = parent.map_or(post, |parent| Some(comment_id(&parent)));
        draft.native_id = Some(comment_id(&comment));
        draft.text = record.text("content");
        draft.like_count = record.first_count(&["like_count", "comment_like_count"]);
        draft.reply_count = record.count("sub_comment_count");
        return;
    }
    draft.native_id = post;
    draft.title = record.text("title");
    draft.text = record.first_text(&["content", "content_text", "desc"]);
    draft.url = record.first_id(&["note_url", "aweme_url", "video_url", "content_url"]);
    draft.like_count = record.first_count(&["liked_count", "voteup_count"]);
    draft.reply_count = record.first_count(&[
        "comment_count",
        "comments_count",
        "video_comment",
        "total_replay_num",
    ]);
    draft.repost_count = record.first_count(&["share_count", "shared_count", "video_share_count"]);
    draft.view_count = record.first_count(&["video_play_count", "viewd_count"]);
    // Xiaohongshu has the film in `video_url`, where Bilibili and Kuaishou have the page.
    let film = if draft.platform.as_deref() == Some("xiaohongshu") {
        "video_url"
    } else {
        "video_download_url"
    };
    draft.attach("video", record.text(film));
}

fn comment_id<'any>(number: &str) -> Cow<'any, str> {
    Cow::Owned(format!("comment-{number}"))
}

/// Tells the platform by the columns that only it has.
fn platform(record: Record<'_>) -> &'static str {
    let has = |columns: &[&str]| columns.iter().any(|column| record.has(column));
    if has(&["aweme_id"]) {
        "douyin"
    } else if has(&["content_id"]) {
        "zhihu"
    } else if has(&["tieba_name", "tieba_id"]) {
        "tieba"
    } else if has(&["video_id"]) {
        if has(&["video_danmaku", "video_coin_count", "sex", "sign"]) {
            "bilibili"
        } else {
            "kuaishou"
        }
    } else if has(&["comment_like_count", "create_date_time", "shared_count"]) {
        "weibo"
    } else {
        "xiaohongshu"
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn every_platform_is_told_by_its_columns() {
        let read = read_file("search_contents.json", include_bytes!("fixtures/media_crawler.json"));
        assert_eq!(
            (read.map.as_str(), read.rejected.len()),
            ("media_crawler", 0),
            "{:?}",
            read.rejected
        );
        let ids: Vec<_> = read.posts.iter().map(|post| post.post_id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "xiaohongshu:66aa00000000000000000001",
                "xiaohongshu:comment-66bb00000000000000000001",
                "weibo:5000000000000001",
                "weibo:comment-5000000000000002",
                "douyin:7300000000000000001",
                "bilibili:900001",
                "bilibili:comment-200000001",
                "zhihu:3000001",
                "tieba:8000000001",
                "kuaishou:3xabc",
            ]
        );
        let note = &read.posts[0];
        assert_eq!(note.text, "新店打卡\n\n河边的位置很舒服 #咖啡");
        assert_eq!(note.like_count, Some(12_000));
        assert_eq!(note.media.len(), 3);
        let comment = &read.posts[1];
        assert_eq!(comment.reply_to_id.as_deref(), Some("xiaohongshu:66aa00000000000000000001"));
        assert_eq!(comment.thread_id, comment.reply_to_id);
        assert_eq!(read.posts[3].reply_to_id.as_deref(), Some("weibo:comment-5000000000000000"));
        // 2024-05-01 12:30 in China.
        assert_eq!(read.posts[8].created_at, 1_714_537_800_000_000);
        let author = read.authors.iter().find(|a| a.author_id == "bilibili:77").unwrap();
        assert_eq!(author.observed_at, 1_714_600_000_000_000);
    }

    #[test]
    fn tables_are_read_alike() {
        let text = "\u{feff}comment_id,create_time,ip_location,note_id,content,user_id,nickname,avatar,sub_comment_count,pictures,parent_comment_id,last_modify_ts,like_count\n\
                    c1,1714537800000,北京,n1,好喝,u1,安,,0,,0,1714600000000,3\n";
        let read = read_file("search_comments.csv", text.as_bytes());
        assert_eq!(read.map, "media_crawler");
        assert_eq!(read.posts[0].post_id, "xiaohongshu:comment-c1");
        assert_eq!(read.posts[0].reply_to_id.as_deref(), Some("xiaohongshu:n1"));
    }
}
