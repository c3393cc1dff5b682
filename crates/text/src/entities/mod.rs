//! What a post points at: hashtags, people, addresses, feelings drawn as pictures. One scanner finds them all in one pass;
//! an entity is never inside another one (the `#part` of an address is no hashtag, the `@host` of an e-mail no mention).

mod emoji;
mod emoticons;
mod hashtag;
mod mention;
mod url;

use crate::normalize::normalize_text;

/// The kinds of entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// A web address.
    Url,
    /// An e-mail address.
    Email,
    /// A person or account that is addressed: `@name`.
    Mention,
    /// A topic: `#tag` or Weibo's `#topic#`.
    Hashtag,
    /// A Unicode emoji, possibly a sequence of several characters.
    Emoji,
    /// A bracketed emoticon of Chinese platforms: `[doge]`.
    Emoticon,
}

/// One entity and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Byte offset of its first character, sigil included.
    pub start: usize,
    /// Byte offset after its last character, closing sigil included.
    pub end: usize,
}

impl Entity {
    /// Returns the entity as written in `text`, the text it was found in.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    /// Returns the entity in the form in which it is counted, given the text it was found in: hashtags and mentions
    /// without sigils and in lower case, emoji in their fully qualified form (❤ → ❤️), others as written.
    pub fn value(&self, text: &str) -> String {
        let written = self.text(text);
        match self.kind {
            EntityKind::Hashtag => hashtag::value(written),
            EntityKind::Mention => {
                let name = written.strip_prefix(['@', '＠']).unwrap_or(written);
                normalize_text(name).to_lowercase()
            }
            EntityKind::Emoji => emoji::value(written),
            EntityKind::Url | EntityKind::Email | EntityKind::Emoticon => written.to_owned(),
        }
    }
}

/// Finds all entities of a text, in order, without overlaps. Spans lie on character boundaries.
pub fn find_entities(text: &str) -> Vec<Entity> {
    let bytes = text.as_bytes();
    let mut entities: Vec<Entity> = Vec::new();
    // Nothing may start before `floor`, the end of the entity found last.
    let mut floor = 0;
    let mut at = 0;
    while at < bytes.len() {
        let found = match bytes[at] {
            b'#' => hashtag::find(text, at, 1),
            b'@' => mention::find_email(text, at, floor).or_else(|| mention::find(text, at, 1)),
            b'[' => emoticons::find(text, at),
            b':' => url::find_with_scheme(text, at, floor),
            b'.' => url::find_with_www(text, at, floor),
            b'/' => url::find_short_link(text, at, floor),
            0xEF if text[at..].starts_with('＃') => hashtag::find(text, at, '＃'.len_utf8()),
            0xEF if text[at..].starts_with('＠') => mention::find(text, at, '＠'.len_utf8()),
            0xC2 | 0xE2 | 0xE3 | 0xF0 => emoji::find(text, at, floor),
            _ => None,
        };
        match found {
            Some(entity) => {
                at = entity.end;
                floor = entity.end;
                entities.push(entity);
            }
            None => at += 1,
        }
    }
    entities
}

/// Returns the hashtags of a text in order of appearance, repeated as often as they appear, without sigils, in lower case:
/// `#Tag`, `＃tag`, Weibo's `#话题 with spaces#`. The suffixes `[话题]` and `[超话]` of Chinese platforms are dropped. `#1`,
/// parts of addresses and HTML character references are no hashtags. Where `#a#b` could be Weibo's pair followed by text
/// or two tags, the pair wins; an odd chain such as `#a#b#c` is read as tags.
pub fn hashtags(text: &str) -> Vec<String> {
    values(text, EntityKind::Hashtag)
}

/// Returns the names mentioned in a text in order of appearance, repeated as often as they appear, without `@`, in lower
/// case: `@name`, `@张三`, `@user@host.example`, `@alice.bsky.social`. E-mail addresses are no mentions. A Chinese name
/// ends at white space, punctuation or an emoji, as Weibo writes it; text glued to it cannot be told from it.
pub fn mentions(text: &str) -> Vec<String> {
    values(text, EntityKind::Mention)
}

/// Returns the web addresses of a text in order of appearance, repeated as often as they appear, as written: `http(s)://…`,
/// `www.…` and links of well-known shorteners (`t.cn/abc`). Trailing punctuation of both languages is dropped, and so is
/// Chinese text glued to the address, while Chinese hosts and path segments are kept.
pub fn urls(text: &str) -> Vec<String> {
    values(text, EntityKind::Url)
}

/// Returns the emoji and the bracketed emoticons of a text in order of appearance, repeated as often as they appear: `😂`,
/// `👩‍💻`, `❤️` (also for a plain ❤), `[doge]`.
pub fn emojis(text: &str) -> Vec<String> {
    let drawn = |kind| matches!(kind, EntityKind::Emoji | EntityKind::Emoticon);
    find_entities(text)
        .iter()
        .filter(|entity| drawn(entity.kind))
        .map(|entity| entity.value(text))
        .collect()
}

fn values(text: &str, kind: EntityKind) -> Vec<String> {
    find_entities(text)
        .iter()
        .filter(|entity| entity.kind == kind)
        .map(|entity| entity.value(text))
        .collect()
}

/// Returns the text between entities, in order, empty pieces left out.
pub(crate) fn pieces_between<'t>(text: &'t str, entities: &[Entity]) -> Vec<&'t str> {
    let mut pieces = Vec::with_capacity(entities.len() + 1);
    let mut from = 0;
    for entity in entities {
        pieces.push(&text[from..entity.start]);
        from = entity.end;
    }
    pieces.push(&text[from..]);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_post_of_each_platform() {
        let weibo =
            "回复@小明-_1:#双十一# 快看http://t.cn/A6abcDE，笑死[doge][允悲]//@张三:转发微博";
        let found: Vec<(EntityKind, String)> =
            find_entities(weibo).iter().map(|entity| (entity.kind, entity.value(weibo))).collect();
        assert_eq!(
            found,
            [
                (EntityKind::Mention, "小明-_1".to_owned()),
                (EntityKind::Hashtag, "双十一".to_owned()),
                (EntityKind::Url, "http://t.cn/A6abcDE".to_owned()),
                (EntityKind::Emoticon, "[doge]".to_owned()),
                (EntityKind::Emoticon, "[允悲]".to_owned()),
                (EntityKind::Mention, "张三".to_owned()),
            ]
        );
        let tweet = "RT @NASA: Launch 🚀🚀 at 9:30! More: https://t.co/Ab1. #Artemis #moon (mail press@nasa.gov)";
        assert_eq!(mentions(tweet), ["nasa"]);
        assert_eq!(urls(tweet), ["https://t.co/Ab1"]);
        assert_eq!(hashtags(tweet), ["artemis", "moon"]);
        assert_eq!(emojis(tweet), ["🚀", "🚀"]);
    }

    #[test]
    fn entities_do_not_nest() {
        let text = "https://x.test/#frag?u=@me a#b@c.test &#39; http://a.test/[doge]";
        assert_eq!(hashtags(text), Vec::<String>::new());
        assert_eq!(mentions(text), Vec::<String>::new());
        assert_eq!(emojis(text), Vec::<String>::new());
    }

    #[test]
    fn pieces_are_what_is_left() {
        let text = "a @b c #d";
        assert_eq!(pieces_between(text, &find_entities(text)), ["a ", " c "]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn spans_are_ordered_and_on_boundaries(
            pieces in prop::collection::vec(prop_oneof![
                any::<char>().prop_map(String::from),
                prop::sample::select(vec![
                    "#", "＃", "@", "＠", "http://", "https://", "www.", "t.cn/", ".com", "[doge]", "[", "]", "张三", "é",
                    "👩", "\u{200D}", "💻", "❤", "\u{FE0F}", "🇨", "🇳", "1", "\u{20E3}", "/", ".", ":", "，", " ", "a",
                    "\u{1F3F4}", "\u{E0067}", "\u{E007F}", "🏽", "x@y.co", "(", ")",
                ]).prop_map(String::from),
            ], 0..24)
        ) {
            let text = pieces.concat();
            let mut floor = 0;
            for entity in find_entities(&text) {
                prop_assert!(entity.start >= floor && entity.end > entity.start);
                floor = entity.end;
                // Slicing panics off a boundary.
                prop_assert!(!entity.value(&text).is_empty(), "{:?} in {:?}", entity, text);
            }
        }
    }
}
