//! English.

use unicode_segmentation::UnicodeSegmentation;

use super::Language;

pub(super) const LANGUAGE: Language = Language {
    code: "en",
    name: "English",
    social_stop_words: include_str!("stop_words.txt"),
    claims: |_| false,
    cut: cut_unicode_words,
};

/// Cuts by the word boundaries of Unicode Standard Annex #29, which keep `don't` and `3.14` whole.
pub(crate) fn cut_unicode_words(run: &str, word: &mut dyn FnMut(&str)) {
    run.unicode_words().for_each(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_apostrophes_and_decimals() {
        let mut words = Vec::new();
        cut_unicode_words("I don't pay $3.14, co-op!", &mut |word| words.push(word.to_owned()));
        assert_eq!(words, ["I", "don't", "pay", "3.14", "co", "op"]);
    }
}
