//! What the characters of a post show, without knowing its words.

use super::ramp;
use super::vocabulary::{HintCounts, count_hints};
use crate::characters::{is_han, is_pictographic, is_skin_tone};

/// What one walk over the characters shows.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) visible: usize,
    pub(super) latin: usize,
    pub(super) capitals: usize,
    /// Characters in runs of five or more of the same.
    pub(super) repeated: usize,
    pub(super) decorations: usize,
    /// Whether a word mixes Latin with Greek or Cyrillic letters.
    pub(super) has_mixed_word: bool,
}

impl Shape {
    pub(super) fn of(text: &str) -> Self {
        let mut shape = Self::default();
        let (mut last, mut run) = (' ', 0);
        let (mut word_has_latin, mut word_has_lookalike) = (false, false);
        for c in text.chars() {
            if c == last {
                run += 1;
            } else {
                shape.add_run(last, run);
                (last, run) = (c, 1);
            }
            if c.is_ascii_alphabetic() {
                shape.latin += 1;
                shape.capitals += usize::from(c.is_ascii_uppercase());
                word_has_latin = true;
            } else if matches!(c, '\u{370}'..='\u{52F}') {
                word_has_lookalike = true;
            } else {
                (word_has_latin, word_has_lookalike) = (false, false);
            }
            shape.has_mixed_word |= word_has_latin && word_has_lookalike;
            shape.visible += usize::from(!c.is_whitespace());
            shape.decorations += usize::from(is_decoration(c));
        }
        shape.add_run(last, run);
        shape
    }

    fn add_run(&mut self, c: char, length: usize) {
        let is_usual = c.is_whitespace()
            || matches!(
                c,
                '.' | '。'
                    | '…'
                    | '哈'
                    | '呵'
                    | '嘿'
                    | '嘻'
                    | '啊'
                    | '呜'
                    | 'h'
                    | 'w'
                    | 'k'
                    | '6'
                    | '—'
                    | '-'
                    | '='
            );
        if length >= 5 && !is_usual {
            self.repeated += length;
        }
    }
}

fn is_decoration(c: char) -> bool {
    matches!(
        c,
        '★' | '☆'
            | '▶'
            | '►'
            | '◆'
            | '◇'
            | '■'
            | '●'
            | '➕'
            | '➡'
            | '✅'
            | '✔'
            | '❗'
            | '‼'
            | '⭐'
            | '✨'
            | '👉'
            | '👇'
            | '💰'
            | '💵'
            | '🔥'
            | '🚀'
            | '🎁'
            | '🧧'
            | '【'
            | '】'
            | '『'
            | '』'
            | '|'
            | '❤'
            | '☎'
            | '📞'
            | '📱'
            | '📲'
            | '💯'
            | '🔗'
            | '⚡'
    )
}

/// Share of repeated words, 0 up to 60 % and 1 for all. Chinese characters count as words; they repeat more than words do,
/// which is why little is made of less.
pub(super) fn repeated_words(matched: &str) -> f32 {
    let mut words: Vec<&str> = Vec::new();
    for word in matched.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if word.is_ascii() || !word.contains(is_han) {
            words.push(word);
            continue;
        }
        words.extend(word.char_indices().map(|(at, c)| &word[at..at + c.len_utf8()]));
    }
    let total = words.len();
    if total < 8 {
        return 0.0;
    }
    words.sort_unstable();
    words.dedup();
    // In long posts words repeat by themselves: the number of distinct ones grows with about the square root.
    let repeated = 1.0 - words.len() as f32 / (total.min(100)) as f32;
    ramp(repeated, 0.6, 1.0)
}

/// Tells whether more contact phrases appear when signs between Chinese characters are taken out.
pub(super) fn hides_contact(matched: &str, plain: &HintCounts) -> bool {
    if matched.is_ascii() {
        return false;
    }
    let mut squeezed = String::with_capacity(matched.len());
    let mut gap = String::new();
    let mut last_is_han = false;
    let mut has_dropped = false;
    for c in matched.chars() {
        if c.is_alphanumeric() {
            // Only what stands next to a Chinese character is closed up.
            if !gap.is_empty() {
                let closes = (last_is_han || is_han(c))
                    && gap.chars().any(is_divider)
                    && !gap.chars().any(ends_clause);
                if closes {
                    has_dropped = true;
                } else {
                    squeezed.push_str(&gap);
                }
                gap.clear();
            }
            squeezed.push(c);
            last_is_han = is_han(c);
        } else {
            gap.push(c);
        }
    }
    has_dropped && count_hints(&squeezed).contact > plain.contact
}

fn is_divider(c: char) -> bool {
    is_pictographic(c)
        || is_skin_tone(c)
        || matches!(c, '+' | '*' | '.' | '-' | '_' | '/' | '|' | '~' | '^' | '\u{FE0F}' | '·')
}

fn ends_clause(c: char) -> bool {
    matches!(c, ',' | '。' | '!' | '?' | ';' | '、')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted() {
        let shape = Shape::of("BUY!!!!!! 哈哈哈哈哈哈 p\u{430}y ★★");
        assert_eq!((shape.latin, shape.capitals), (5, 3));
        assert_eq!((shape.repeated, shape.decorations), (6, 2));
        assert!(shape.has_mixed_word);
        assert!(!Shape::of("Привет pay").has_mixed_word);
    }

    #[test]
    fn words_repeat_only_in_numbers() {
        assert_eq!(repeated_words("buy buy buy"), 0.0);
        assert!(repeated_words(&"buy ".repeat(20)) > 0.8);
        assert!(repeated_words(&"买".repeat(20)) > 0.8);
        assert_eq!(repeated_words("the cat and the dog and the bird and the fish"), 0.0);
    }

    #[test]
    fn signs_inside_a_contact_phrase_hide_it() {
        for text in ["加❤微❤信", "加.微.信", "加 *微* 信"] {
            assert!(hides_contact(text, &count_hints(text)), "{text}");
        }
        for text in ["加微信", "越来越加,微信", "今天❤很好", "plain text"] {
            assert!(!hides_contact(text, &count_hints(text)), "{text}");
        }
    }
}
