//! Posts of TikTok as its web pages load them.

use super::super::draft::Draft;
use super::super::record::Record;
use std::borrow::Cow;

/// Reads a post as the web pages load it.
pub(super) fn read_page<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    draft.native_id = record.id("id");
    draft.text = record.text("desc");
    draft.created_at = record.value("createTime");
    draft.declared_language = record.id("textLanguage").filter(|language| language != "un");
    draft.like_count = record.first_count(&["statsV2.diggCount", "stats.diggCount"]);
    draft.reply_count = record.first_count(&["statsV2.commentCount", "stats.commentCount"]);
    draft.repost_count = record.first_count(&["statsV2.shareCount", "stats.shareCount"]);
    draft.view_count = record.first_count(&["statsV2.playCount", "stats.playCount"]);
    // Some pages give the author as a name, most as an object.
    draft.author_id = record.first_id(&["author.id", "authorId", "author"]);
    draft.handle = record.first_id(&["author.uniqueId", "author"]);
    draft.display_name = record.first_text(&["author.nickname", "nickname"]);
    draft.bio = record.text("author.signature");
    draft.is_verified = record.flag("author.verified");
    draft.follower_count =
        record.first_count(&["authorStats.followerCount", "authorStatsV2.followerCount"]);
    draft.following_count =
        record.first_count(&["authorStats.followingCount", "authorStatsV2.followingCount"]);
    if let (Some(handle), Some(id)) = (&draft.handle, &draft.native_id) {
        draft.url = Some(Cow::Owned(format!("https://www.tiktok.com/@{handle}/video/{id}")));
    }
    for picture in record.items("imagePost.images").iter().map(Record::Json) {
        if let Some(address) = picture.id("imageURL.urlList.0") {
            draft.attach_one("image", &address);
        }
    }
    if let Some(address) = record.first_id(&["video.downloadAddr", "video.playAddr"]) {
        draft.attach_one("video", &address);
    }
}
