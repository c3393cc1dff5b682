//! From what a column map found in a record to a post.

use super::input::hexadecimal;
use super::record::Value;
use crate::time::{parse_epoch, parse_epoch_fraction};
use crate::{TimeContext, TimeError, parse_time};
use groundswell_core::{Author, Media, Post};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Collects what a column map finds. Identifiers are the platform's own, without the platform before them.
#[derive(Debug, Default)]
pub(crate) struct Draft<'r> {
    /// Name of the file, for exports whose name says what no column does.
    pub(crate) file_name: &'r str,
    pub(crate) platform: Option<Cow<'r, str>>,
    pub(crate) native_id: Option<Cow<'r, str>>,
    pub(crate) author_id: Option<Cow<'r, str>>,
    pub(crate) created_at: Option<Value<'r>>,
    pub(crate) declared_language: Option<Cow<'r, str>>,
    /// Put before the text, with an empty line between, unless the text begins with it.
    pub(crate) title: Option<Cow<'r, str>>,
    pub(crate) text: Option<Cow<'r, str>>,
    pub(crate) url: Option<Cow<'r, str>>,
    pub(crate) reply_to_id: Option<Cow<'r, str>>,
    pub(crate) repost_of_id: Option<Cow<'r, str>>,
    pub(crate) thread_id: Option<Cow<'r, str>>,
    pub(crate) like_count: Option<i64>,
    pub(crate) reply_count: Option<i64>,
    pub(crate) repost_count: Option<i64>,
    pub(crate) view_count: Option<i64>,
    pub(crate) media: Vec<Media>,
    pub(crate) handle: Option<Cow<'r, str>>,
    pub(crate) display_name: Option<Cow<'r, str>>,
    pub(crate) bio: Option<Cow<'r, str>>,
    pub(crate) follower_count: Option<i64>,
    pub(crate) following_count: Option<i64>,
    pub(crate) is_verified: Option<bool>,
    /// When the author was seen so; the moment of collecting if absent.
    pub(crate) observed_at: Option<Value<'r>>,
}

/// What Weibo writes as the text of a repost whose author wrote nothing.
const EMPTY_REPOSTS: &[&str] =
    &["转发微博", "轉發微博", "转发微博。", "转发", "轉發", "快转微博", "Repost", "repost"];

impl<'r> Draft<'r> {
    /// Notes that the post passes on another. With words of its own it answers that post (a quote); without, it repeats it.
    ///
    /// Call it when text and `reply_to_id` are set.
    pub(crate) fn passes_on(&mut self, original: Option<Cow<'r, str>>) {
        let text = self.text.as_deref().unwrap_or_default().trim();
        if text.is_empty() || EMPTY_REPOSTS.contains(&text) {
            self.repost_of_id = original;
        } else if self.reply_to_id.is_none() {
            self.reply_to_id = original;
        }
    }

    /// Adds attachments whose addresses stand in one text, separated by `,` or `;` before the next address.
    pub(crate) fn attach(&mut self, kind: &str, addresses: Option<Cow<'r, str>>) {
        let Some(addresses) = addresses else { return };
        let mut start = 0;
        let bytes = addresses.as_bytes();
        for at in 1..=bytes.len() {
            let ends = at == bytes.len()
                || (matches!(bytes[at], b',' | b';' | b'|')
                    && addresses[at + 1..].trim_start().starts_with("http"));
            if ends && start < at {
                self.attach_one(kind, addresses[start..at].trim());
                start = at + 1;
            }
        }
    }

    /// Adds one attachment.
    pub(crate) fn attach_one(&mut self, kind: &str, address: &str) {
        if !address.is_empty() {
            let location = address.to_owned();
            self.media.push(Media { kind: kind.to_owned(), location, alt_text: None });
        }
    }
}

/// Says what the column map and the caller settle for every post of a file.
#[derive(Debug, Clone)]
pub(crate) struct Settled {
    /// Platform over everything else.
    pub(crate) platform: Option<String>,
    /// Platform where nothing says otherwise.
    pub(crate) default_platform: &'static str,
    pub(crate) time: TimeContext,
    /// Moment of collecting (microseconds UTC).
    pub(crate) collected_at: i64,
    /// Whether names of authors are replaced by a hash.
    pub(crate) hash_authors: bool,
}

impl Draft<'_> {
    /// Makes the post, without its raw record, and what is known of its author beyond the name.
    ///
    /// A post without an identifier gets one: the first 16 hexadecimal digits of the SHA-256 of author, time (microseconds in decimal
    /// digits) and text, with a zero byte between. The same post in another file then has the same identifier, and two equal texts
    /// of one author in one moment are one post.
    ///
    /// # Errors
    /// The rule that is broken, the value, the remedy.
    pub(crate) fn finish(self, settled: &Settled) -> Result<(Post, Option<Author>), String> {
        let text = joined(self.title.as_deref(), self.text.as_deref());
        let stands_in = !self.media.is_empty() || self.repost_of_id.is_some();
        if text.trim().is_empty() && !stands_in {
            return Err(groundswell_core::PostError::Text.to_string());
        }
        let Some(created_at) = self.created_at else {
            return Err(
                "time is missing; map the column that holds it with --columns created_at=…"
                    .to_owned(),
            );
        };
        let created_at = read_time(created_at, &settled.time).map_err(|error| error.to_string())?;
        let platform = match (&settled.platform, &self.platform) {
            (Some(platform), _) => platform.clone(),
            (None, Some(platform)) => platform_name(platform),
            (None, None) => settled.default_platform.to_owned(),
        };
        let author = self.author_id.map(|author| match settled.hash_authors {
            true => short_hash(&[platform.as_bytes(), author.as_bytes()]),
            false => author.into_owned(),
        });
        let native_id = match self.native_id {
            Some(id) => id.into_owned(),
            None => {
                let author = author.as_deref().unwrap_or_default().as_bytes();
                short_hash(&[author, created_at.to_string().as_bytes(), text.as_bytes()])
            }
        };
        let key = |id: Option<Cow<'_, str>>| id.map(|id| joined_key(&platform, &id));
        let author_id = author.as_deref().map(|author| joined_key(&platform, author));
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let profile = author_id.clone().map(|author_id| Author {
            author_id,
            platform: platform.clone(),
            handle: owned(self.handle),
            display_name: owned(self.display_name),
            bio: owned(self.bio),
            follower_count: self.follower_count,
            following_count: self.following_count,
            is_verified: self.is_verified,
            observed_at: self
                .observed_at
                .and_then(|time| read_time(time, &settled.time).ok())
                .unwrap_or(settled.collected_at),
        });
        let post = Post {
            post_id: joined_key(&platform, &native_id),
            author_id,
            created_at,
            collected_at: settled.collected_at,
            declared_language: owned(self.declared_language),
            text,
            url: owned(self.url),
            reply_to_id: key(self.reply_to_id),
            repost_of_id: key(self.repost_of_id),
            thread_id: key(self.thread_id),
            like_count: self.like_count,
            reply_count: self.reply_count,
            repost_count: self.repost_count,
            view_count: self.view_count,
            media: self.media,
            raw: None,
            native_id,
            platform,
        };
        post.check().map_err(|error| error.to_string())?;
        Ok((post, profile.filter(knows_more_than_the_name)))
    }
}

fn knows_more_than_the_name(author: &Author) -> bool {
    let name = author.author_id.get(author.platform.len() + 1..);
    author.handle.as_deref().is_some_and(|handle| Some(handle) != name)
        || author.display_name.is_some()
        || author.bio.is_some()
        || author.follower_count.is_some()
        || author.following_count.is_some()
        || author.is_verified.is_some()
}

fn read_time(value: Value<'_>, context: &TimeContext) -> Result<i64, TimeError> {
    let parsed = match value {
        Value::Text(text) => return parse_time(text, context),
        Value::Integer(value) => parse_epoch(value, context),
        Value::Float(value) => parse_epoch_fraction(value),
        Value::Bool(_) => None,
    };
    parsed.ok_or_else(|| TimeError { value: value.into_text().into_owned() })
}

/// Joins title and text, unless the text begins with the title (some exports fill a missing title from it).
fn joined(title: Option<&str>, text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let Some(title) = title.filter(|title| !text.starts_with(title.trim())) else {
        return text.to_owned();
    };
    if text.trim().is_empty() { title.to_owned() } else { format!("{title}\n\n{text}") }
}

fn joined_key(platform: &str, id: &str) -> String {
    let mut key = String::with_capacity(platform.len() + 1 + id.len());
    key.push_str(platform);
    key.push(':');
    key.push_str(id);
    key
}

/// Makes a platform's name fit for a key: lower case, and `-` for whatever is neither letter nor digit nor `.`, `-`, `_`.
pub(crate) fn platform_name(name: &str) -> String {
    let fit = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' };
    name.trim().to_lowercase().chars().map(fit).collect()
}

fn short_hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update([0]);
        }
        hash.update(part);
    }
    hexadecimal(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled() -> Settled {
        Settled {
            platform: None,
            default_platform: "x",
            time: TimeContext::utc(0),
            collected_at: 1_800_000_000_000_000,
            hash_authors: false,
        }
    }

    fn draft() -> Draft<'static> {
        Draft {
            native_id: Some("1".into()),
            author_id: Some("ann".into()),
            text: Some("hello".into()),
            created_at: Some(Value::Integer(1_700_000_000)),
            ..Draft::default()
        }
    }

    #[test]
    fn identifiers_carry_their_platform() {
        let draft =
            Draft { reply_to_id: Some("0".into()), platform: Some(" My Site".into()), ..draft() };
        let (post, author) = draft.finish(&settled()).unwrap();
        assert_eq!(post.post_id, "my-site:1");
        assert_eq!(post.author_id.as_deref(), Some("my-site:ann"));
        assert_eq!(post.reply_to_id.as_deref(), Some("my-site:0"));
        assert_eq!(author, None);
    }

    #[test]
    fn a_missing_identifier_is_made_of_author_time_and_text() {
        let make = |draft: Draft<'_>| draft.finish(&settled()).unwrap().0.native_id;
        let first = make(Draft { native_id: None, ..draft() });
        assert_eq!(first, "602218feeabb9971");
        let as_text = Draft {
            native_id: None,
            created_at: Some(Value::Text("2023-11-14T22:13:20Z")),
            ..draft()
        };
        assert_eq!(first, make(as_text));
        assert_ne!(first, make(Draft { native_id: None, author_id: None, ..draft() }));
    }

    #[test]
    fn authors_are_hashed_with_their_platform() {
        let hashing = Settled { hash_authors: true, ..settled() };
        let (post, _) = draft().finish(&hashing).unwrap();
        let author = post.author_id.unwrap();
        assert!(
            author.starts_with("x:") && author.len() == 18 && !author.contains("ann"),
            "{author}"
        );
    }

    #[test]
    fn titles_stand_before_the_text_once() {
        assert_eq!(joined(Some("Title"), Some("text")), "Title\n\ntext");
        assert_eq!(joined(Some("Title"), None), "Title");
        assert_eq!(joined(Some("Begin"), Some("Begin and end")), "Begin and end");
        assert_eq!(joined(None, Some("text")), "text");
    }

    #[test]
    fn what_adds_words_answers_and_what_adds_none_repeats() {
        let mut quote = draft();
        quote.passes_on(Some("0".into()));
        assert_eq!((quote.reply_to_id.as_deref(), quote.repost_of_id), (Some("0"), None));
        let mut bare = Draft { text: Some("转发微博".into()), ..draft() };
        bare.passes_on(Some("0".into()));
        assert_eq!((bare.reply_to_id, bare.repost_of_id.as_deref()), (None, Some("0")));
    }

    #[test]
    fn lists_of_addresses_come_apart_at_addresses() {
        let mut draft = draft();
        draft.attach("image", Some("https://a/x?s=1,2,https://b/y; https://c".into()));
        let found: Vec<_> = draft.media.iter().map(|m| m.location.as_str()).collect();
        assert_eq!(found, ["https://a/x?s=1,2", "https://b/y", "https://c"]);
    }

    #[test]
    fn faults_are_named() {
        let fault = |draft: Draft<'_>| draft.finish(&settled()).unwrap_err();
        assert!(fault(Draft { text: Some(" ".into()), ..draft() }).starts_with("text is missing"));
        assert!(fault(Draft { created_at: None, ..draft() }).starts_with("time is missing"));
        let bad = Draft { created_at: Some(Value::Text("soon")), ..draft() };
        assert!(fault(bad).starts_with("time `soon` is not understood"));
        let early = Draft { created_at: Some(Value::Integer(5)), ..draft() };
        assert!(fault(early).contains("outside 1990 to 2100"));
    }
}
