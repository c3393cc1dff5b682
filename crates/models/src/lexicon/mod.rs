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

static SHIPPED: LazyLock<Lexicon> = LazyLock::new(Lexicon::build);

impl Lexicon {
    /// Gives the lexicon that is shipped; the first call builds it in some milliseconds.
    pub fn shipped() -> &'static Lexicon {
        &SHIPPED
    }

    /// Gives the bytes of the shipped lists.
    pub fn shipped_bytes() -> u64 {
        let lists = LISTS.iter().map(|(_, list)| list.len() as u64);
        lists.sum::<u64>() + MODIFIERS.len() as u64
    }

    /// Scores a text, best one prepared by [`prepare_text`](crate::prepare_text) and in simplified characters.
    pub fn score(&self, text: &str) -> LexiconScore {
        let evidence = weigh(text, &self.lookup, &self.entries, &self.factors);
        LexiconScore {
            valence: link::valence(&evidence),
            probabilities: link::probabilities(&evidence),
        }
    }

    /// Joins the words of the lists with the modifiers.
    fn build() -> Self {
        let mut joined: BTreeMap<String, Entry> = BTreeMap::new();
        for (word, valence) in LISTS.iter().flat_map(|(_, list)| words(list)) {
            joined.insert(word.to_owned(), Entry { valence, ..Entry::PLAIN });
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

/// Reads the lines `word<TAB>valence` of a shipped list.
fn words(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.lines().filter_map(|line| {
        let (word, valence) = line.split_once('\t')?;
        Some((word, valence.parse::<f32>().ok()?))
    })
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
            let entries: Vec<(&str, f32)> = words(list).collect();
            assert_eq!(entries.len(), list.lines().count(), "{name}");
            for (word, valence) in &entries {
                assert_eq!(*word, word.trim().to_lowercase(), "{name}");
                assert!(!word.is_empty() && valence.abs() <= 4.0, "{name}: {word} {valence}");
            }
            assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0), "{name}");
            assert!(entries.len() > if name == "symbols.txt" { 400 } else { 2500 }, "{name}");
        }
        for line in MODIFIERS.lines() {
            let (word, change) = line.split_once('\t').unwrap();
            let factor = change.parse::<f32>().is_ok_and(|factor| (0.5..=2.0).contains(&factor));
            assert!(factor || ["negation", "contrast"].contains(&change), "{line}");
            assert_eq!(word, word.trim().to_lowercase());
        }
        assert!(MODIFIERS.lines().is_sorted() && Lexicon::shipped().entries.len() > 6000);
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
}
