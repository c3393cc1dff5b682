//! The Chinese rumour set CED (Song et al., "CED: Credible Early Detection of Social Media Rumors", TKDE 2019): source posts of Weibo
//! as JSON lines, and the reposts and comments of each as a table `event i parent_i uid date text` with escapes.
//!
//! A source post is `event`, a row of the table `event-i`; a row without parent follows the source post. Rows without text are
//! bare reposts. A few dates lack the year, as Weibo writes dates of the current year: `01月01日 12:00`. The newest date with a year is
//! of the last day of 2015, and the latest without one of 20 September, so the set was gathered in 2016 and that year is meant.
//! Accounts are real, so they are replaced by a hash and not kept. Times without a zone are China's.

use super::super::draft::Draft;
use super::super::overrides::Field;
use super::super::read::Dialect;
use super::super::record::Record;
use super::{ColumnMap, Sample};
use crate::Zone;
use std::borrow::Cow;

/// 2016-12-30 UTC: with the day of grace that dates without a year have, no later day of 2016 falls into 2015.
const GATHERED_AT: i64 = 1_483_056_000_000_000;

pub(super) static MAP: ColumnMap = ColumnMap {
    name: "ced_rumour",
    summary: "The Chinese rumour set CED: source posts as JSON lines, reposts as a table.",
    platform: "weibo",
    zone: Zone::CHINA,
    dialect: Some(Dialect::ESCAPED),
    reference_time: Some(GATHERED_AT),
    hash_authors: true,
    copied: &[("text", Field::Text)],
    private: &["uid", "file"],
    score,
    read,
};

fn score(sample: &Sample<'_>) -> u32 {
    let table = sample.has_all(&["event", "i", "parent_i", "uid", "date", "text"]);
    let originals = sample.has_all(&["event", "label", "text", "time", "reposts", "user"]);
    100 * u32::from(table || originals)
}

fn read<'r>(record: Record<'r>, draft: &mut Draft<'r>) {
    let Some(event) = record.id("event") else { return };
    draft.text = record.text("text");
    draft.thread_id = Some(event.clone());
    match record.id("i") {
        Some(i) => {
            draft.native_id = Some(Cow::Owned(format!("{event}-{i}")));
            let parent = record.id("parent_i");
            let followed =
                parent.map_or(event.clone(), |parent| Cow::Owned(format!("{event}-{parent}")));
            draft.author_id = record.id("uid");
            draft.created_at = record.value("date");
            draft.passes_on(Some(followed));
        }
        None => {
            draft.native_id = Some(event);
            // The file of a source post is named `number_post_account.json`.
            draft.author_id = record.id("file").and_then(account);
            draft.created_at = record.value("time");
            draft.like_count = record.count("likes");
            draft.reply_count = record.count("comments");
            draft.repost_count = record.count("reposts");
            if let Some(user) = record.inner("user") {
                draft.follower_count = user.count("followers");
                draft.following_count = user.count("friends");
                draft.is_verified = user.flag("verified");
            }
        }
    }
}

fn account(file: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let account = file.strip_suffix(".json")?.split('_').nth(2)?;
    (!account.is_empty()).then(|| Cow::Owned(account.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::read_file;

    #[test]
    fn source_posts_have_their_author() {
        let read = read_file("originals.jsonl", include_bytes!("fixtures/ced_originals.jsonl"));
        assert_eq!(
            (read.map.as_str(), read.posts.len(), read.rejected.len()),
            ("ced_rumour", 2, 0)
        );
        let post = &read.posts[0];
        assert_eq!((post.post_id.as_str(), post.repost_count), ("weibo:0", Some(225)));
        assert_eq!(post.created_at, 1_347_334_462_000_000);
        assert!(!post.raw.as_deref().unwrap().contains("1000000001"));
        assert!(post.raw.as_deref().unwrap().contains(r#""label":"rumor""#));
        assert_eq!(read.authors.len(), 1);
        assert_eq!(Some(&read.authors[0].author_id), post.author_id.as_ref());
        assert_eq!(read.authors[0].follower_count, Some(2278));
        // 12:40:09 in China.
        assert_eq!(read.posts[1].created_at, 1_372_480_809_000_000);
    }

    #[test]
    fn rows_are_reposts_or_answers() {
        let read = read_file("reposts.tsv", include_bytes!("fixtures/ced_reposts.tsv"));
        assert_eq!((read.map.as_str(), read.posts.len()), ("ced_rumour", 4));
        let [bare, nested, words, dated] = &read.posts[..] else { unreachable!() };
        assert_eq!(bare.post_id, "weibo:0-0");
        assert_eq!((bare.repost_of_id.as_deref(), bare.text.as_str()), (Some("weibo:0"), ""));
        assert_eq!(nested.repost_of_id.as_deref(), Some("weibo:0-0"));
        assert_eq!(
            (words.reply_to_id.as_deref(), words.repost_of_id.as_deref()),
            (Some("weibo:0-1"), None)
        );
        assert_eq!(words.text, "第一行\n第二行");
        // 2012-09-16 15:05:11 and 2016-02-06 17:45 in China.
        assert_eq!(bare.created_at, 1_347_779_111_000_000);
        assert_eq!(dated.created_at, 1_454_751_900_000_000);
        let fault = &read.rejected[0];
        assert!(fault.reason.contains("time `13月40日 17:45`"), "{}", fault.reason);
        assert_eq!(fault.line, 6);
    }
}
