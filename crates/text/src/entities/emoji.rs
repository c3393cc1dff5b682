//! Emoji as people see them: one picture, however many characters it takes (Unicode Technical Standard #51).

use crate::characters::{
    BLACK_FLAG, EMOJI_STYLE, JOINER, KEYCAP, is_emoji_by_default, is_pictographic,
    is_regional_indicator, is_skin_tone, is_tag,
};
use crate::entities::{Entity, EntityKind};

/// Finds an emoji whose first character stands at `at`; for a keycap such as 1️⃣, `at` is at the enclosing mark and the
/// emoji begins before it, but not before `floor`.
pub(crate) fn find(text: &str, at: usize, floor: usize) -> Option<Entity> {
    let rest = text.get(at..)?;
    let first = rest.chars().next()?;
    if first == KEYCAP {
        return find_keycap(text, at, floor);
    }
    if !is_pictographic(first) {
        return None;
    }
    let length = sequence_length(rest, first);
    let sequence = &rest[..length];
    let is_drawn =
        is_emoji_by_default(first) || sequence[first.len_utf8()..].starts_with(EMOJI_STYLE);
    if is_drawn && emojis::get(sequence).is_some() {
        return Some(entity(at, at + length));
    }
    // An unknown sequence (a family no font draws, a lone modifier): its first character alone.
    let single = match rest[first.len_utf8()..].starts_with(EMOJI_STYLE) {
        true => &rest[..first.len_utf8() + EMOJI_STYLE.len_utf8()],
        false if is_emoji_by_default(first) => &rest[..first.len_utf8()],
        false => return None,
    };
    emojis::get(single)?;
    Some(entity(at, at + single.len()))
}

fn entity(start: usize, end: usize) -> Entity {
    Entity { kind: EntityKind::Emoji, start, end }
}

fn find_keycap(text: &str, at: usize, floor: usize) -> Option<Entity> {
    let before = text[floor..at].strip_suffix(EMOJI_STYLE).unwrap_or(&text[floor..at]);
    let base = before.chars().next_back()?;
    if !base.is_ascii_digit() && !matches!(base, '#' | '*') {
        return None;
    }
    Some(entity(floor + before.len() - 1, at + KEYCAP.len_utf8()))
}

/// Length in bytes of the longest emoji sequence at the start of `rest`, which begins with `first`.
fn sequence_length(rest: &str, first: char) -> usize {
    let mut end = first.len_utf8();
    let next_at = |end: usize| rest[end..].chars().next();
    if is_regional_indicator(first) {
        return match next_at(end) {
            Some(second) if is_regional_indicator(second) => end + second.len_utf8(),
            _ => end,
        };
    }
    if first == BLACK_FLAG {
        let tags: usize = rest[end..].chars().take_while(|c| is_tag(*c)).map(char::len_utf8).sum();
        if tags > 0 {
            return end + tags;
        }
    }
    loop {
        while let Some(c) = next_at(end).filter(|c| *c == EMOJI_STYLE || is_skin_tone(*c)) {
            end += c.len_utf8();
        }
        if next_at(end) != Some(JOINER) {
            return end;
        }
        match next_at(end + JOINER.len_utf8()) {
            Some(joined) if is_pictographic(joined) => end += JOINER.len_utf8() + joined.len_utf8(),
            _ => return end,
        }
    }
}

/// Returns the fully qualified form of an emoji.
pub(crate) fn value(written: &str) -> String {
    emojis::get(written).map_or_else(|| written.to_owned(), |emoji| emoji.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::entities::emojis as found;

    #[test]
    fn every_known_emoji_is_found_whole() {
        for emoji in emojis::iter() {
            let text = format!("a{emoji}b");
            assert_eq!(found(&text), [emoji.as_str()], "{emoji} {:?}", emoji.as_str());
            for toned in emoji.skin_tones().into_iter().flatten() {
                assert_eq!(found(&format!("{toned}{toned}")), [toned.as_str(), toned.as_str()]);
            }
        }
    }

    #[test]
    fn sequences_are_one_emoji() {
        let cases: &[(&str, &[&str])] = &[
            ("😂😂", &["😂", "😂"]),
            ("👩\u{200D}💻!", &["👩\u{200D}💻"]),
            ("❤ and ❤\u{FE0F}", &["❤\u{FE0F}", "❤\u{FE0F}"]),
            ("👍🏽👍", &["👍🏽", "👍"]),
            ("🇨🇳🇺🇸", &["🇨🇳", "🇺🇸"]),
            ("1\u{FE0F}\u{20E3} #\u{FE0F}\u{20E3}", &["1\u{FE0F}\u{20E3}", "#\u{FE0F}\u{20E3}"]),
            ("😀\u{200D}😀", &["😀", "😀"]),
            ("☀好热☔", &["☀\u{FE0F}", "☔"]),
            ("™\u{FE0F}", &["™\u{FE0F}"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&found(text), expected, "{text}");
        }
    }

    #[test]
    fn letters_and_signs_are_no_emoji() {
        for text in [
            "© 2024",
            "™",
            "a → b ↔ c",
            "1234 #*",
            "♂",
            "「好」。",
            "𠮷",
            "★",
            "\u{FE0F}",
            "\u{20E3}",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
