//! What the letters of a text say: where a word ends, whether it is lengthened or in capitals, which script it is in.

use crate::lexicon::lookup::Lookup;

/// From how many equal letters on a word counts as lengthened.
const LENGTHENED: usize = 3;

/// Gives the length of the word that `text` starts with: letters and digits of ASCII, with apostrophes between.
pub(crate) fn word_length(text: &[u8]) -> usize {
    let is_in_word = |place: usize| match text[place] {
        b'\'' => text.get(place + 1).is_some_and(u8::is_ascii_alphanumeric),
        byte => byte.is_ascii_alphanumeric(),
    };
    (0..text.len()).find(|place| !is_in_word(*place)).unwrap_or(text.len())
}

/// Finds the entry of a lengthened word ("soooo", "gooood"): runs of one letter count as two of it, else as one.
pub(crate) fn lengthened_entry(word: &[u8], lookup: &Lookup) -> Option<u32> {
    let lengthened = |run: &[u8]| run.len() >= LENGTHENED && run[0].is_ascii_alphabetic();
    if word.len() < LENGTHENED || !word.chunk_by(u8::eq_ignore_ascii_case).any(lengthened) {
        return None;
    }
    [2, 1].into_iter().find_map(|most| {
        let mut shorter = Vec::with_capacity(word.len());
        for run in word.chunk_by(u8::eq_ignore_ascii_case) {
            let length = if lengthened(run) { most } else { run.len() };
            shorter.extend_from_slice(&run[..length]);
        }
        let (number, end) = lookup.longest(&shorter, 0)?;
        (end == shorter.len()).then_some(number)
    })
}

/// Says whether a word has two letters of ASCII or more and all are capitals.
pub(crate) fn is_in_capitals(word: &[u8]) -> bool {
    word.iter().filter(|byte| byte.is_ascii_uppercase()).count() > 1
        && !word.iter().any(u8::is_ascii_lowercase)
}

/// Says whether a character is Chinese (the unified ideographs of Unicode and their extension A).
pub(crate) fn is_chinese(character: char) -> bool {
    matches!(character, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_apostrophes_between_letters() {
        assert_eq!(word_length(b"don't' stop"), 5);
        assert_eq!(word_length(b"4me!"), 3);
        assert_eq!(word_length(b""), 0);
    }

    #[test]
    fn lengthened_words_lead_to_their_entry() {
        let lookup = Lookup::new(["good", "so", "noo"]);
        let find = |word: &str| lengthened_entry(word.as_bytes(), &lookup);
        assert_eq!(find("Goooood"), Some(0));
        assert_eq!(find("SOOO"), Some(1));
        assert_eq!(find("nooooo"), Some(2));
        assert_eq!(find("sooon"), None);
        assert_eq!(find("so"), None);
        assert_eq!(find("2000"), None);
    }

    #[test]
    fn capitals_need_two_letters() {
        assert!(is_in_capitals(b"WOW") && is_in_capitals(b"A+B"));
        assert!(
            !is_in_capitals(b"I") && !is_in_capitals(b"Wow") && !is_in_capitals("好".as_bytes())
        );
    }
}
