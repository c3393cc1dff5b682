//! Words.

use crate::entities::{Entity, EntityKind, find_entities};
use crate::languages::{LANGUAGES, Language, cut_unicode_words, language};

/// Cuts a text into words in order of appearance, in lower case, punctuation left out.
///
/// Chinese runs are cut by dictionary and hidden Markov model whatever the language of the whole (a Chinese word inside an
/// English post is a word too), except in Japanese and Korean, whose Han characters follow other rules; everything else is
/// cut at the word boundaries of Unicode. Entities stay whole: hashtags as `#tag` (Weibo's closing sign dropped), mentions
/// as `@name`, emoji, bracketed emoticons, e-mail addresses, and web addresses in the case they were written in.
///
/// `language` is a BCP 47 code as given by [`detect_language`](crate::detect_language); any other value, such as the empty
/// string, means that nothing is known. Give it the result of [`normalize_text`](crate::normalize_text): full-width letters
/// are not narrowed here.
pub fn segment(text: &str, language: &str) -> Vec<String> {
    let entities = find_entities(text);
    let mut words = Vec::with_capacity(text.len() / 5);
    let mut from = 0;
    for entity in &entities {
        push_words(&text[from..entity.start], language, &mut words);
        words.push(entity_word(entity, text));
        from = entity.end;
    }
    push_words(&text[from..], language, &mut words);
    words
}

fn entity_word(entity: &Entity, text: &str) -> String {
    let value = entity.value(text);
    match entity.kind {
        EntityKind::Hashtag => format!("#{value}"),
        EntityKind::Mention => format!("@{value}"),
        EntityKind::Email => value.to_lowercase(),
        EntityKind::Url | EntityKind::Emoji | EntityKind::Emoticon => value,
    }
}

/// Returns the language whose cutter must see part of a piece: the language of the whole if it claims any character, else
/// the first of the list that does. Japanese and Korean share Han characters, not words, with Chinese.
fn cutter_of(piece: &str, code: &str) -> Option<&'static Language> {
    if piece.is_ascii() {
        return None;
    }
    let claims = |language: &&Language| piece.contains(language.claims);
    if let Some(own) = language(code).filter(claims) {
        return Some(own);
    }
    LANGUAGES.iter().find(claims).filter(|_| !matches!(code, "ja" | "ko"))
}

fn push_words(piece: &str, code: &str, words: &mut Vec<String>) {
    let mut push = |word: &str| {
        if word.chars().any(char::is_alphanumeric) {
            words.push(lower_word(word));
        }
    };
    let Some(Language { claims, cut, .. }) = cutter_of(piece, code) else {
        cut_unicode_words(piece, &mut push);
        return;
    };
    let mut rest = piece;
    while !rest.is_empty() {
        // A cutter sees the characters of its language and the letters and digits glued to them (`T恤`, `双11`).
        let run_end =
            rest.find(|c: char| !claims(c) && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if rest[..run_end].contains(claims) {
            cut(&rest[..run_end], &mut push);
            rest = &rest[run_end..];
            continue;
        }
        // Unicode's boundaries rule up to the letters glued to the next such character.
        let next = rest.find(claims).unwrap_or(rest.len());
        let glued = match rest[next..].is_empty() {
            true => 0,
            false => rest[..next].bytes().rev().take_while(u8::is_ascii_alphanumeric).count(),
        };
        cut_unicode_words(&rest[..next - glued], &mut push);
        rest = &rest[next - glued..];
    }
}

fn lower_word(word: &str) -> String {
    let mut lower = if word.is_ascii() { word.to_ascii_lowercase() } else { word.to_lowercase() };
    if lower.contains('’') {
        lower = lower.replace('’', "'");
    }
    lower
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::match_text;

    #[test]
    fn posts_are_cut_into_words() {
        let cases: &[(&str, &str, &[&str])] = &[
            (
                "I LOVE this phone, don’t you? 10/10",
                "en",
                &["i", "love", "this", "phone", "don't", "you", "10", "10"],
            ),
            ("我爱北京天安门！", "zh", &["我", "爱", "北京", "天安门"]),
            ("今天买了T恤,双11真便宜", "zh", &["今天", "买", "了", "t恤", "双11", "真", "便宜"]),
            (
                "I think 加油 is a good word",
                "en",
                &["i", "think", "加油", "is", "a", "good", "word"],
            ),
            ("it's ok 好的", "zh", &["it's", "ok", "好", "的"]),
            (
                "RT @NASA: go #Artemis 🚀 https://t.co/AbC [doge]",
                "en",
                &["rt", "@nasa", "go", "#artemis", "🚀", "https://t.co/AbC", "[doge]"],
            ),
            ("#双十一 快乐#@张三 买买买", "zh", &["#双十一 快乐", "@张三", "买买", "买"]),
            ("Mail Bob@X.org", "en", &["mail", "bob@x.org"]),
            ("안녕하세요 세계", "ko", &["안녕하세요", "세계"]),
            ("!!! ... ，。", "zh", &[]),
            ("", "", &[]),
        ];
        for (text, language, expected) in cases {
            assert_eq!(&segment(text, language), expected, "{text}");
        }
    }

    #[test]
    fn traditional_words_match_simplified_ones() {
        let traditional: Vec<String> =
            segment("我們來到臺灣的圖書館", "zh").iter().map(|word| match_text(word)).collect();
        assert_eq!(traditional, segment("我们来到台湾的图书馆", "zh"));
    }

    proptest! {
        #[test]
        fn every_letter_is_in_a_word(text in "[a-zA-Z0-9 ,.'一-龥臺灣繁體！]{0,60}") {
            let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            let joined = segment(&text, "zh").concat();
            prop_assert_eq!(letters(&joined), letters(&text));
        }
    }
}
