//! Reads a text from left to right and weighs the entries it meets.
//!
//! The rules are those of valence shifters (Polanyi and Zaenen 2006, doi:10.1007/1-4020-4102-0_1): negations, amplifiers,
//! contrasts, and how writers of posts raise their voice: exclamation marks, capitals, lengthened words.

use crate::lexicon::letters::{is_chinese, is_in_capitals, lengthened_entry, word_length};
use crate::lexicon::lookup::Lookup;

/// Says what an entry of the lexicon does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    /// How good (up to 4) or bad (down to -4) the entry is by itself.
    pub(crate) valence: f32,
    /// By how much it changes the valence of the next word; 1 for none.
    pub(crate) amplifier: f32,
    /// Whether it turns the next words around.
    pub(crate) negates: bool,
    /// Whether what came before counts less than what follows.
    pub(crate) contrasts: bool,
}

impl Entry {
    /// Is an entry that does nothing.
    pub(crate) const PLAIN: Self =
        Self { valence: 0.0, amplifier: 1.0, negates: false, contrasts: false };
}

/// Holds how much each rule changes. The values are chosen on validation texts of both languages.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    /// What remains, on the other side, of a good word that is negated.
    pub(crate) negated_good: f32,
    /// What remains, on the other side, of a bad word that is negated.
    pub(crate) negated_bad: f32,
    /// What remains of everything before a contrast.
    pub(crate) before_contrast: f32,
    /// What each of up to four exclamation marks adds to the stronger side, as a share of it.
    pub(crate) exclamation: f32,
    /// The weight of a word in capitals in a text that is not all in capitals.
    pub(crate) capitals: f32,
    /// The weight of a lengthened word.
    pub(crate) lengthened: f32,
    /// The weight of an entry right after itself.
    pub(crate) repeated: f32,
}

impl Default for Factors {
    fn default() -> Self {
        Self {
            negated_good: 0.7,
            negated_bad: 0.4,
            before_contrast: 0.5,
            exclamation: 0.2,
            capitals: 1.25,
            lengthened: 1.2,
            repeated: 0.4,
        }
    }
}

/// How far a negation reaches, in half words: three words.
const NEGATION_REACH: u32 = 6;
/// How far an amplifier reaches, in half words: the next word, with one between.
const AMPLIFIER_REACH: u32 = 4;
/// The first bytes of U+4000 to U+9FFF in UTF-8, each character in three bytes: an entry that starts so is Chinese.
const CHINESE_FIRST_BYTES: std::ops::RangeInclusive<u8> = 0xE4..=0xE9;
/// How many exclamation marks count.
const MOST_EXCLAMATIONS: u32 = 4;

/// Holds what a text says for and against.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Evidence {
    /// The sum of the weighted valences above 0.
    pub(crate) good: f32,
    /// The sum of the weighted valences below 0, as a positive number.
    pub(crate) bad: f32,
    /// Whether the text asks something.
    pub(crate) asks: bool,
    /// Whether more of the text is Chinese characters than letters of ASCII, a character for two letters.
    pub(crate) is_chinese: bool,
}

/// Weighs the entries of a text.
pub(crate) fn weigh(text: &str, lookup: &Lookup, entries: &[Entry], factors: &Factors) -> Evidence {
    let bytes = text.as_bytes();
    let mut reader = Reader::new(bytes, factors);
    let mut start = 0;
    while start < bytes.len() {
        if bytes[start] == b' ' {
            start += 1;
            continue;
        }
        if let Some((number, end)) = lookup.longest(bytes, start) {
            reader.take(number, entries[number as usize], start, end, 1.0);
            start = end;
        } else if bytes[start].is_ascii_alphanumeric() {
            let end = start + word_length(&bytes[start..]);
            match lengthened_entry(&bytes[start..end], lookup) {
                Some(number) if !entries[number as usize].negates => {
                    let entry = entries[number as usize];
                    reader.take(number, entry, start, end, factors.lengthened);
                }
                _ => reader.skip_word(end - start),
            }
            start = end;
        } else {
            let character = text[start..].chars().next().unwrap_or(' ');
            reader.mark(character);
            start += character.len_utf8();
        }
    }
    reader.finish()
}

/// Holds what was read so far. Distances are in half words: a word or an entry counts 2, a Chinese character that is part of
/// no entry counts 1.
struct Reader<'a> {
    text: &'a [u8],
    factors: &'a Factors,
    evidence: Evidence,
    position: u32,
    /// Up to where words are turned around.
    negated_until: Option<u32>,
    /// By how much the next word is changed, and up to where.
    amplifier: (f32, u32),
    /// The entry read last, not yet part of the evidence.
    last: Option<Last>,
    mixed_case: bool,
    exclamations: u32,
    letters: usize,
    chinese: usize,
}

struct Last {
    number: u32,
    /// The weighted valence.
    value: f32,
    amplifier: f32,
    /// Where it ended in the text.
    end: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8], factors: &'a Factors) -> Self {
        Self {
            text,
            factors,
            evidence: Evidence::default(),
            position: 0,
            negated_until: None,
            amplifier: (1.0, 0),
            last: None,
            mixed_case: text.iter().any(u8::is_ascii_lowercase),
            exclamations: 0,
            letters: 0,
            chinese: 0,
        }
    }

    /// Takes in an entry of the lexicon.
    fn take(&mut self, number: u32, entry: Entry, start: usize, end: usize, weight: f32) {
        let word = &self.text[start..end];
        if word[0].is_ascii_alphanumeric() {
            self.letters += word.len();
        } else if CHINESE_FIRST_BYTES.contains(&word[0]) {
            self.chinese += word.len() / 3;
        }
        let mut repeats = false;
        if let Some(last) = &self.last {
            let apart = self.text[last.end..start].iter().any(|byte| *byte != b' ');
            repeats = last.number == number && !apart;
            if last.value != 0.0
                && last.amplifier != 1.0
                && entry.valence != 0.0
                && !apart
                && !repeats
            {
                // "pretty bad", "好难过": the first of the two is an amplifier and nothing else.
                let amplifier = last.amplifier;
                self.last = None;
                self.amplify(amplifier);
            }
        }
        self.commit();
        if entry.contrasts {
            self.evidence.good *= self.factors.before_contrast;
            self.evidence.bad *= self.factors.before_contrast;
            self.end_clause();
        }
        let mut value = entry.valence * weight;
        if value != 0.0 {
            value *= self.shift(value);
            if repeats {
                value *= self.factors.repeated;
            }
            if self.mixed_case && is_in_capitals(word) {
                value *= self.factors.capitals;
            }
        } else if entry.amplifier != 1.0 {
            self.amplify(entry.amplifier);
        }
        if entry.negates {
            let reach = self.position + 2 + NEGATION_REACH;
            self.negated_until = if self.is_negated() { None } else { Some(reach) };
        }
        self.last = Some(Last { number, value, amplifier: entry.amplifier, end });
        self.position += 2;
    }

    /// Gives the factor of a valence by the negation and the amplifier before it; the amplifier is used up.
    fn shift(&mut self, valence: f32) -> f32 {
        let (amplifier, reach) = std::mem::replace(&mut self.amplifier, (1.0, 0));
        let mut factor = if self.position <= reach { amplifier } else { 1.0 };
        if self.is_negated() {
            factor *=
                if valence > 0.0 { -self.factors.negated_good } else { -self.factors.negated_bad };
        }
        factor
    }

    fn is_negated(&self) -> bool {
        self.negated_until.is_some_and(|reach| self.position < reach)
    }

    fn amplify(&mut self, factor: f32) {
        let (earlier, reach) = self.amplifier;
        let earlier = if self.position <= reach { earlier } else { 1.0 };
        self.amplifier = ((earlier * factor).min(2.0), self.position + AMPLIFIER_REACH);
    }

    /// Adds the entry read last to the evidence.
    fn commit(&mut self) {
        match self.last.take() {
            Some(last) if last.value > 0.0 => self.evidence.good += last.value,
            Some(last) => self.evidence.bad -= last.value,
            None => {}
        }
    }

    /// Takes in a word that is no entry.
    fn skip_word(&mut self, length: usize) {
        self.letters += length;
        self.position += 2;
    }

    /// Takes in a character that is part of no entry and no word.
    fn mark(&mut self, character: char) {
        match character {
            '!' | '！' => {
                self.exclamations += 1;
                self.end_clause();
            }
            '?' | '？' => {
                self.evidence.asks = true;
                self.end_clause();
            }
            '.' | ',' | ';' | ':' | '。' | '，' | '；' | '：' | '、' | '…' | '~' | '～' | '\n' =>
            {
                self.end_clause();
            }
            _ if is_chinese(character) => {
                self.chinese += 1;
                self.position += 1;
            }
            _ => {}
        }
    }

    fn end_clause(&mut self) {
        self.negated_until = None;
        self.amplifier = (1.0, 0);
    }

    fn finish(mut self) -> Evidence {
        self.commit();
        let louder = self.exclamations.min(MOST_EXCLAMATIONS) as f32 * self.factors.exclamation;
        if self.evidence.good > self.evidence.bad {
            self.evidence.good *= 1.0 + louder;
        } else {
            self.evidence.bad *= 1.0 + louder;
        }
        self.evidence.is_chinese = 2 * self.chinese > self.letters;
        self.evidence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weighs a text with few entries and factors that are easy to reckon with.
    fn weighed(text: &str) -> (f32, f32) {
        let plain = Entry::PLAIN;
        let listed = [
            ("good", Entry { valence: 2.0, ..plain }),
            ("bad", Entry { valence: -2.0, ..plain }),
            ("pretty", Entry { valence: 1.0, amplifier: 1.5, ..plain }),
            ("not", Entry { negates: true, ..plain }),
            ("very", Entry { amplifier: 1.5, ..plain }),
            ("but", Entry { contrasts: true, ..plain }),
            ("好", Entry { valence: 2.0, amplifier: 1.5, ..plain }),
            ("难过", Entry { valence: -2.0, ..plain }),
            ("喜欢", Entry { valence: 2.0, ..plain }),
            ("不", Entry { negates: true, ..plain }),
            ("但是", Entry { contrasts: true, ..plain }),
            ("不但", plain),
        ];
        let factors = Factors {
            negated_good: 0.5,
            negated_bad: 0.25,
            before_contrast: 0.5,
            exclamation: 0.25,
            capitals: 1.5,
            lengthened: 1.25,
            repeated: 0.5,
        };
        let lookup = Lookup::new(listed.iter().map(|(word, _)| *word));
        let entries = listed.map(|(_, entry)| entry);
        let evidence = weigh(text, &lookup, &entries, &factors);
        (evidence.good, evidence.bad)
    }

    #[test]
    fn negations_reach_three_words_and_end_with_the_clause() {
        assert_eq!(weighed("not good"), (0.0, 1.0));
        assert_eq!(weighed("not bad"), (0.5, 0.0));
        assert_eq!(weighed("not at all good"), (0.0, 1.0));
        assert_eq!(weighed("not what I call good"), (2.0, 0.0));
        assert_eq!(weighed("not now, good"), (2.0, 0.0));
        assert_eq!(weighed("not not good"), (2.0, 0.0));
        assert_eq!(weighed("我不是很喜欢"), (0.0, 1.0));
        assert_eq!(weighed("我不去那家商店了喜欢"), (2.0, 0.0));
        assert_eq!(weighed("不但喜欢"), (2.0, 0.0));
    }

    #[test]
    fn amplifiers_change_the_next_word() {
        assert_eq!(weighed("very good"), (3.0, 0.0));
        assert_eq!(weighed("very, good"), (2.0, 0.0));
        assert_eq!(weighed("pretty bad"), (0.0, 3.0));
        assert_eq!(weighed("pretty"), (1.0, 0.0));
        assert_eq!(weighed("好难过"), (0.0, 3.0));
        assert_eq!(weighed("天气好，难过"), (2.0, 2.0));
        assert_eq!(weighed("not very good"), (0.0, 1.5));
    }

    #[test]
    fn contrasts_lower_what_came_before() {
        assert_eq!(weighed("good but bad"), (1.0, 2.0));
        assert_eq!(weighed("喜欢，但是难过"), (1.0, 2.0));
    }

    #[test]
    fn raised_voices_count_more() {
        assert_eq!(weighed("good!!"), (3.0, 0.0));
        assert_eq!(weighed("难过！！！！！！"), (0.0, 4.0));
        assert_eq!(weighed("so GOOD"), (3.0, 0.0));
        assert_eq!(weighed("SO GOOD"), (2.0, 0.0));
        assert_eq!(weighed("goooood"), (2.5, 0.0));
        assert_eq!(weighed("baaaad"), (0.0, 2.5));
        assert_eq!(weighed("good good"), (3.0, 0.0));
    }

    #[test]
    fn words_match_whole_and_scripts_are_told_apart() {
        assert_eq!(weighed("goods badly"), (0.0, 0.0));
        let lookup = Lookup::new(["好"]);
        let script =
            |text: &str| weigh(text, &lookup, &[Entry::PLAIN], &Factors::default()).is_chinese;
        assert!(script("手机好 ok") && script("我的iPhone不好用"));
        assert!(!script("my phone is 好") && !script("") && !script("hm 😀😀😀"));
    }

    #[test]
    fn any_text_can_be_read() {
        for text in ["", " ", "'", "!!!", "a'", "it's", "é", "\u{0}", "😀\u{fe0f}👩‍👩‍👧", "\u{3000}"]
        {
            assert_eq!(weighed(text), (0.0, 0.0), "{text:?}");
        }
    }
}
