//! What the browser extension Zeeschuimer captures (github.com/digitalmethodsinitiative/zeeschuimer): JSON lines with the platform's own
//! object in `data`.
//!
//! X, TikTok and Instagram are read by maps of their own; the objects of other platforms are read as far as their names tell.

use super::super::draft::Draft;
use super::super::record::Record;
use super::{ColumnMap, USUAL, generic, instagram, tiktok, x};
use std::borrow::Cow;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "zeeschuimer",
    summary: "Captures of the browser extension Zeeschuimer: X, TikTok, Instagram, and others by their names.",
    platform: "web",
    score: |sample| {
        let marked = sample.has_all(&["source_platform", "data"]);
        95 * u32::from(marked && sample.has_any(&["item_id", "timestamp_collected", "nav_index"]))
    },
    read,
    ..USUAL
};

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let Some(data) = record.inner("data") else { return };
    let site = record.id("source_platform").unwrap_or_default();
    let name = site.trim_start_matches("www.").split('.').next().unwrap_or_default();
    let platform = match name {
        "twitter" | "x" => {
            x::read_page(data, draft);
            "x"
        }
        "tiktok" => {
            tiktok::read_page(data, draft);
            "tiktok"
        }
        "instagram" => {
            instagram::read_page(data, draft);
            "instagram"
        }
        other => {
            (generic::MAP.read)(data, draft);
            other
        }
    };
    draft.platform = Some(Cow::Owned(platform.to_owned()));
    if draft.native_id.is_none() {
        draft.native_id = record.id("item_id");
    }
    draft.observed_at = record.value("timestamp_collected");
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn every_platform_has_its_own_object() {
        let read =
            read_file("zeeschuimer-export.ndjson", include_bytes!("fixtures/zeeschuimer.ndjson"));
        assert_eq!(
            (read.map.as_str(), read.rejected.len()),
            ("zeeschuimer", 0),
            "{:?}",
            read.rejected
        );
        let [post, repeat, film, picture, gallery, other] = &read.posts[..] else { unreachable!() };
        assert_eq!(post.post_id, "x:1000000000000000001");
        assert_eq!(post.text, "A long post, whole only here.");
        assert_eq!((post.view_count, post.like_count), (Some(987), Some(12)));
        assert_eq!(post.url.as_deref(), Some("https://x.com/cafe/status/1000000000000000001"));
        assert_eq!(repeat.repost_of_id.as_deref(), Some("x:1000000000000000001"));
        assert_eq!(film.post_id, "tiktok:7300000000000000001");
        assert_eq!((film.view_count, film.media[0].kind.as_str()), (Some(5400), "video"));
        assert_eq!(picture.post_id, "instagram:CxAbc");
        assert_eq!((picture.text.as_str(), picture.like_count), ("", None));
        assert_eq!(gallery.media.len(), 2);
        assert_eq!(gallery.text, "Two cups");
        assert_eq!((other.post_id.as_str(), other.text.as_str()), ("gab:77", "hello"));
        let author = read.authors.iter().find(|a| a.author_id == "x:55").unwrap();
        assert_eq!((author.handle.as_deref(), author.follower_count), (Some("cafe"), Some(321)));
        assert_eq!(author.observed_at, 1_795_508_500_000_000);
    }
}
