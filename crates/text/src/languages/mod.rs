//! What is known about each language beyond its script: one folder per language, one line in [`LANGUAGES`].

mod en;
mod zh;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

pub(crate) use en::cut_unicode_words;

/// Cuts a run of characters into words and hands each to the function.
pub type Cut = fn(run: &str, word: &mut dyn FnMut(&str));

/// One language that this crate treats with care.
#[derive(Debug)]
pub struct Language {
    /// BCP 47 code, as returned by [`detect_language`](crate::detect_language).
    pub code: &'static str,
    /// English name.
    pub name: &'static str,
    /// Words without content that the general list of stop words lacks: the fillers and platform words of social media,
    /// separated by white space, in lower case (and in simplified characters).
    pub social_stop_words: &'static str,
    /// Tells which characters Unicode's word boundaries cannot cut, so that runs of them, in any text, go to `cut`.
    pub claims: fn(char) -> bool,
    /// Cuts a run of claimed characters, and of ASCII letters and digits glued to them, into words in order, and hands each
    /// to the function. The words put together are the run.
    pub cut: Cut,
}

/// Every language with its own folder.
pub static LANGUAGES: &[Language] = &[en::LANGUAGE, zh::LANGUAGE];

/// Returns the language with this BCP 47 code, if it has its own folder.
pub fn language(code: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.code == code)
}

/// All stop words by language code: the ISO lists of the `stop-words` crate and the additions of [`LANGUAGES`].
static STOP_WORDS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    let mut by_language: HashMap<&'static str, HashSet<&'static str>> = HashMap::new();
    for code in stop_words::available_languages() {
        let words = stop_words::lookup(code).unwrap_or_default();
        by_language.insert(code, words.iter().copied().collect());
    }
    for language in LANGUAGES {
        by_language
            .entry(language.code)
            .or_default()
            .extend(language.social_stop_words.split_whitespace());
    }
    by_language
});

/// Tells whether a word carries no content of its own in a language (BCP 47 code): `the`, `lol`, `的`, `转发`. The word must
/// be in lower case and, for Chinese, in simplified characters. `false` for a language without a list.
pub fn is_stop_word(word: &str, language: &str) -> bool {
    STOP_WORDS.get(language).is_some_and(|words| words.contains(word))
}

/// Tells whether a word, as [`segment`](crate::segment) cuts it, may say what a text is about: a hashtag, or a word of letters that is
/// no stop word in its language, in English or in Chinese (posts mix them), and more than one Latin letter. No mention, address,
/// emoji, emoticon or number is.
pub fn is_content_word(word: &str, language: &str) -> bool {
    let is_entity = word.starts_with(['@', '[']) || word.contains("://") || word.contains('@');
    let is_word = word.chars().any(char::is_alphabetic) && (word.len() > 1);
    let stops = [language, "en", "zh"];
    is_word && !is_entity && !stops.iter().any(|language| is_stop_word(word, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_say_what_a_text_is_about() {
        for (word, language) in
            [("battery", "en"), ("#iphone", "en"), ("电池", "zh"), ("5g", "zh"), ("vin", "fr")]
        {
            assert!(is_content_word(word, language), "{word}");
        }
        for word in [
            "the",
            "的",
            "@anna",
            "https://a.example",
            "a@b.example",
            "2024",
            "x",
            "[哈哈]",
            "😀",
            "👍🏽",
        ] {
            assert!(!is_content_word(word, "en"), "{word}");
        }
        assert!(!is_content_word("dans", "fr"));
    }

    #[test]
    fn stop_words_of_several_languages() {
        for (word, language) in [
            ("the", "en"),
            ("don't", "en"),
            ("lol", "en"),
            ("rt", "en"),
            ("的", "zh"),
            ("没有", "zh"),
            ("转发", "zh"),
            ("les", "fr"),
            ("の", "ja"),
        ] {
            assert!(is_stop_word(word, language), "{word} {language}");
        }
        for (word, language) in [
            ("battery", "en"),
            ("terrible", "en"),
            ("手机", "zh"),
            ("失望", "zh"),
            ("the", "zh"),
            ("the", "xx"),
            ("", "en"),
        ] {
            assert!(!is_stop_word(word, language), "{word} {language}");
        }
    }

    #[test]
    fn additions_are_new_and_well_formed() {
        for entry in LANGUAGES {
            let general: HashSet<&str> =
                stop_words::lookup(entry.code).unwrap().iter().copied().collect();
            let mut seen = HashSet::new();
            for word in entry.social_stop_words.split_whitespace() {
                assert_eq!(word, crate::match_text(word), "{word}");
                assert!(seen.insert(word), "{word} is listed twice");
                assert!(!general.contains(word), "{word} is in the general list");
            }
            assert!(std::ptr::eq(language(entry.code).unwrap(), entry));
        }
        assert!(language("xx").is_none());
    }
}
