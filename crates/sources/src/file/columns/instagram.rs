//! Posts of Instagram as its web pages load them, in the form of item lists and in that of its graph.

use super::super::draft::Draft;
use super::super::record::Record;
use std::borrow::Cow;

/// Reads a post as the web pages load it.
pub(super) fn read_page<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    draft.native_id = record.first_id(&["code", "shortcode", "pk", "id"]);
    draft.text = record.first_text(&["caption.text", "edge_media_to_caption.edges.0.node.text"]);
    draft.created_at = record.first_value(&["taken_at", "taken_at_timestamp"]);
    // Hidden counts are -1, which is no count.
    draft.like_count = record.first_count(&["like_count", "edge_media_preview_like.count"]);
    draft.reply_count = record.first_count(&[
        "comment_count",
        "edge_media_to_parent_comment.count",
        "edge_media_to_comment.count",
        "edge_media_preview_comment.count",
    ]);
    draft.view_count = record.first_count(&["play_count", "view_count", "video_view_count"]);
    if let Some(author) = record.inner("user").or_else(|| record.inner("owner")) {
        draft.author_id = author.first_id(&["pk", "id", "username"]);
        draft.handle = author.id("username");
        draft.display_name = author.text("full_name");
        draft.is_verified = author.flag("is_verified");
        draft.follower_count = author.first_count(&["follower_count", "edge_followed_by.count"]);
    }
    if let Some(code) = record.first_id(&["code", "shortcode"]) {
        draft.url = Some(Cow::Owned(format!("https://www.instagram.com/p/{code}/")));
    }
    let parts = ["carousel_media", "edge_sidecar_to_children.edges"];
    let parts = parts.into_iter().map(|path| record.items(path)).find(|items| !items.is_empty());
    match parts {
        Some(parts) => {
            for part in parts.iter().map(Record::Json) {
                attach(part.inner("node").unwrap_or(part), draft);
            }
        }
        None => attach(record, draft),
    }
}

fn attach(medium: Record<'_>, draft: &mut Draft<'_>) {
    let film = medium.first_id(&["video_versions.0.url", "video_url"]);
    let picture = medium.first_id(&["image_versions2.candidates.0.url", "display_url"]);
    let found = film.map(|film| ("video", film)).or(picture.map(|picture| ("image", picture)));
    if let Some((kind, address)) = found {
        draft.attach_one(kind, &address);
        if let Some(last) = draft.media.last_mut() {
            last.alt_text = medium.text("accessibility_caption").map(Cow::into_owned);
        }
    }
}
