//! Says how good or bad a text sounds by a lexicon and rules: the cheapest rung of the ladder of models.
//!
//! The words, phrases, emoji and emoticons are this project's own, with the words of social media in English and Chinese.
//! Chinese needs no segmentation: at every character the longest entry counts. Nothing is learned but a dozen numbers.

mod letters;
mod link;
mod lookup;
mod rules;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use crate::error::ModelError;
use crate::lexicon::lookup::Lookup;
use crate::lexicon::rules::{Entry, Factors, weigh};

/// The shipped lists of words with their valence, by name.
const LISTS: [(&str, &str); 3] = [
    ("words_en.txt", include_str!("words_en.txt")),
    ("words_zh.txt", include_str!("words_zh.txt")),
    ("symbols.txt", include_str!("symbols.txt")),
];

/// The words that change the valence of others, a line each: `negation`, `contrast`, or by how much the next word's grows.
const MODIFIERS: &str = include_str!("modifiers.txt");

/// The largest valence of an entry, and the lowest with a minus.
const LARGEST_VALENCE: f32 = 4.0;

/// Holds entries with their valence, ready to score texts.
#[derive(Clone, Debug)]
pub struct Lexicon {
    lookup: Lookup,
    entries: Vec<Entry>,
    factors: Factors,
}

/// Says how a text sounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LexiconScore {
    /// How good (up to 1) or bad (down to -1) the text sounds; 0 if nothing in it is either.
    pub valence: f32,
    /// How likely the text is negative, neutral and positive, in this order.
    pub probabilities: [f32; 3],
}

/// Holds a line of a list that is no entry.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedLine {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl RefusedLine {
    fn new(index: usize, reason: String) -> Self {
        Self { line: index + 1, reason }
    }
}

static SHIPPED: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::build(LISTS.iter().flat_map(|(_, list)| parse(list).0)));

impl Lexicon {
    /// Gives the lexicon that is shipped; the first call builds it in some milliseconds.
    pub fn shipped() -> &'static Lexicon {
        &SHIPPED
    }

    /// Builds the shipped lexicon with further entries, one a line as `word<TAB>valence`; they replace shipped ones.
    ///
    /// Lines that are no entry are left out and given back with their reasons.
    pub fn with_entries(list: &str) -> (Lexicon, Vec<RefusedLine>) {
        let (own, refused) = parse(list);
        let shipped = LISTS.iter().flat_map(|(_, list)| parse(list).0);
        (Self::build(shipped.chain(own)), refused)
    }

    /// Gives the bytes of the shipped lists.
    pub fn shipped_bytes() -> u64 {
        let lists = LISTS.iter().map(|(_, list)| list.len() as u64);
        lists.sum::<u64>() + MODIFIERS.len() as u64
    }

    /// Gives the number of entries, with negations and other words that change the valence of others.
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// Scores a text, best one prepared by [`prepare_text`](crate::prepare_text) and in simplified characters.
    pub fn score(&self, text: &str) -> LexiconScore {
        let evidence = weigh(text, &self.lookup, &self.entries, &self.factors);
        LexiconScore {
            valence: link::valence(&evidence),
            probabilities: link::probabilities(&evidence),
        }
    }

    /// Joins words with the modifiers; of two entries for one word the later counts.
    fn build(words: impl Iterator<Item = (String, f32)>) -> Self {
        let mut joined: BTreeMap<String, Entry> = BTreeMap::new();
        for (word, valence) in words {
            joined.insert(word, Entry { valence, ..Entry::PLAIN });
        }
        for (word, change) in MODIFIERS.lines().filter_map(|line| line.split_once('\t')) {
            let entry = joined.entry(word.to_owned()).or_insert(Entry::PLAIN);
            match change {
                "negation" => entry.negates = true,
                "contrast" => entry.contrasts = true,
                amplifier => entry.amplifier = amplifier.parse().unwrap_or(1.0),
            }
        }
        // Telephones write the apostrophe of "don't" as ’.
        let curly: Vec<(String, Entry)> = joined
            .iter()
            .filter(|(word, _)| word.contains('\''))
            .map(|(word, entry)| (word.replace('\'', "’"), *entry))
            .collect();
        joined.extend(curly);
        let lookup = Lookup::new(joined.keys().map(String::as_str));
        Self { lookup, entries: joined.into_values().collect(), factors: Factors::default() }
    }
}

/// Reads lines of `word<TAB>valence`; empty lines are skipped.
fn parse(list: &str) -> (Vec<(String, f32)>, Vec<RefusedLine>) {
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for (index, line) in list.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match parse_line(line) {
            Ok(entry) => entries.push(entry),
            Err(error) => refused.push(RefusedLine::new(index, error.to_string())),
        }
    }
    (entries, refused)
}

fn parse_line(line: &str) -> Result<(String, f32), ModelError> {
    let invalid = |reason: String| Err(ModelError::Invalid(reason));
    let Some((word, valence)) = line.split_once('\t') else {
        return invalid(format!("`{line}` has no tab; write a word, a tab and a valence"));
    };
    let word = word.trim().to_lowercase();
    if word.is_empty() {
        return invalid(format!("`{line}` has no word before the tab; write one"));
    }
    match valence.trim().parse::<f32>() {
        Ok(valence) if valence.abs() <= LARGEST_VALENCE => Ok((word, valence)),
        _ => invalid(format!(
            "the valence `{valence}` of `{word}` is no number from -4 to 4; write one"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the likeliest label: 0 negative, 1 neutral, 2 positive.
    fn label(text: &str) -> usize {
        let probabilities = Lexicon::shipped().score(text).probabilities;
        (0..3).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b])).unwrap()
    }

    #[test]
    fn shipped_lists_are_sorted_whole_and_large() {
        for (name, list) in LISTS {
            let (entries, refused) = parse(list);
            assert!(refused.is_empty(), "{name}: {refused:?}");
            let words: Vec<&String> = entries.iter().map(|(word, _)| word).collect();
            assert!(words.is_sorted() && words.windows(2).all(|pair| pair[0] != pair[1]), "{name}");
            assert!(entries.len() > if name == "symbols.txt" { 400 } else { 2500 }, "{name}");
        }
        for line in MODIFIERS.lines() {
            let (word, change) = line.split_once('\t').unwrap();
            let factor = change.parse::<f32>().is_ok_and(|factor| (0.5..=2.0).contains(&factor));
            assert!(factor || ["negation", "contrast"].contains(&change), "{line}");
            assert_eq!(word, word.trim().to_lowercase());
        }
        assert!(MODIFIERS.lines().is_sorted() && Lexicon::shipped().entry_count() > 6000);
    }

    #[test]
    fn labels_posts_in_both_languages() {
        let positive = [
            "I love this phone, best purchase of the year! 😍",
            "not bad at all, totally worth it",
            "这家店太好吃了，下次还来！",
            "这演技绝绝子，yyds",
            "被种草了，真的很好用[爱你]",
            "今天好开心啊",
        ];
        let negative = [
            "Worst customer support ever, I want a refund",
            "it doesn't work and I’m so disappointed :(",
            "The screen is nice, but the battery is terrible",
            "气死我了，等了一个半小时还没上车",
            "又踩雷了，别买，质量太差",
            "屏幕不错，但是客服太让人失望了[泪]",
            "好难过",
        ];
        let neutral =
            ["The meeting was moved to Tuesday.", "会议改到星期二", "The parcel has 12 items", ""];
        for (expected, texts) in [(2, &positive[..]), (0, &negative), (1, &neutral)] {
            for text in texts {
                let score = Lexicon::shipped().score(text);
                assert_eq!(label(text), expected, "{text}: {score:?}");
                let sign = expected as f32 - 1.0;
                assert!(score.valence * sign > 0.0 || score.valence == sign, "{text}: {score:?}");
            }
        }
    }

    #[test]
    fn looks_past_words_that_only_look_alike() {
        for text in ["超市在太原的别墅旁边", "不过他没准特别行政区", "香港和美国的比较", "无论是否"]
        {
            assert_eq!(Lexicon::shipped().score(text).valence, 0.0, "{text}");
        }
    }

    #[test]
    fn own_entries_count_and_bad_lines_come_back() {
        let list = "groundswell\t3\n\nlove\t-2\nno tab\nword\t9\nword\tx\n\t2\n拔剑\t-1.5";
        let (lexicon, refused) = Lexicon::with_entries(list);
        assert!(lexicon.score("Groundswell!").valence > 0.3);
        assert!(lexicon.score("拔剑").valence < -0.2);
        assert!(lexicon.score("love").valence < 0.0);
        assert!(Lexicon::shipped().score("love").valence > 0.0);
        let lines: Vec<usize> = refused.iter().map(|refused| refused.line).collect();
        assert_eq!(lines, [4, 5, 6, 7]);
        assert_eq!(
            refused[1].reason,
            "the valence `9` of `word` is no number from -4 to 4; write one"
        );
    }
}
