//! The words that say what a text is about.

use crate::{detect_language, is_content_word, match_text, segment};

/// Returns the words of a text that say what it is about, each once, in the order of their characters: no stop words, links, mentions or
/// numbers; lower case.
pub fn content_words(text: &str) -> Vec<String> {
    let text = match_text(text);
    let language = detect_language(&text).unwrap_or_default();
    let mut words = segment(&text, language);
    words.retain(|word| is_content_word(word, language));
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_and_repetitions_are_left_out() {
        assert_eq!(content_words("The battery, the BATTERY of @amy 24"), ["battery"]);
        assert_eq!(content_words("这个电池很耐用，电池！"), ["电池", "耐用"]);
        assert!(content_words("").is_empty());
    }
}
