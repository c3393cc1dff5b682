//! Hashed n-grams: the input of the linear model and of fastText.
//!
//! Words of alphabets give words, pairs of neighbours, and the character n-grams inside; Chinese, which writes no spaces, gives
//! runs of one to three characters. Every feature is the hash of its characters (Weinberger et al. 2009, arXiv:0902.2206).

use std::collections::HashMap;

/// Lists the hashes of the n-grams of a text, with repetition, in a fixed order.
pub(crate) fn n_grams(text: &str) -> Vec<u32> {
    let lower = text.to_lowercase();
    let tokens = tokens(&lower);
    let mut hashes = Vec::with_capacity(tokens.len() * 8);
    for (index, token) in tokens.iter().enumerate() {
        let this = hash(b'w', token.text);
        hashes.push(this);
        if let Some(next) = tokens.get(index + 1) {
            hashes.push(joined(this, next.text));
            if token.is_chinese
                && next.is_chinese
                && let Some(third) = tokens.get(index + 2).filter(|third| third.is_chinese)
            {
                hashes.push(joined(joined(this, next.text), third.text));
            }
        }
        if !token.is_chinese {
            push_inner(token.text, &mut hashes);
        }
    }
    hashes
}

/// Gives the hash that [`n_grams`] has for a word that stands in a text; none for a word of more tokens than an n-gram has.
pub(crate) fn word_hash(word: &str) -> Option<u32> {
    let lower = word.to_lowercase();
    match &tokens(&lower)[..] {
        [one] => Some(hash(b'w', one.text)),
        [one, two] => Some(joined(hash(b'w', one.text), two.text)),
        [one, two, three] if [one, two, three].iter().all(|token| token.is_chinese) => {
            Some(joined(joined(hash(b'w', one.text), two.text), three.text))
        }
        _ => None,
    }
}

struct Token<'a> {
    text: &'a str,
    is_chinese: bool,
}

/// Cuts a text into words, single Chinese characters, and single other signs.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut word_start = None;
    for (position, character) in text.char_indices() {
        let is_chinese = matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}');
        let is_word =
            !is_chinese && (character.is_alphanumeric() || character == '_' || character == '\'');
        if is_word {
            word_start.get_or_insert(position);
            continue;
        }
        if let Some(start) = word_start.take() {
            tokens.push(Token { text: &text[start..position], is_chinese: false });
        }
        if !character.is_whitespace() {
            let end = position + character.len_utf8();
            tokens.push(Token { text: &text[position..end], is_chinese });
        }
    }
    if let Some(start) = word_start {
        tokens.push(Token { text: &text[start..], is_chinese: false });
    }
    tokens
}

/// Counts the tokens that n-grams are made of.
pub(crate) fn count_tokens(text: &str) -> usize {
    tokens(text).len()
}

/// Adds the runs of three to five characters of a word with its borders.
fn push_inner(word: &str, hashes: &mut Vec<u32>) {
    let characters: Vec<char> = std::iter::once('<').chain(word.chars()).chain(['>']).collect();
    if characters.len() < 5 {
        return;
    }
    let mut buffer = String::new();
    for length in 3..=5 {
        for window in characters.windows(length) {
            buffer.clear();
            buffer.extend(window);
            hashes.push(hash(b'c', &buffer));
        }
    }
}

/// Hashes a text by FNV-1a (Fowler, Noll and Vo).
fn hash(kind: u8, text: &str) -> u32 {
    extend(extend(0x811C_9DC5, &[kind]), text.as_bytes())
}

fn joined(first: u32, second: &str) -> u32 {
    extend(extend(first, b" "), second.as_bytes())
}

fn extend(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Maps the hashes that a training saw often enough to rows of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FeatureTable {
    /// The hash of every row, rising.
    pub(crate) hashes: Vec<u32>,
    rows: HashMap<u32, u32>,
}

impl FeatureTable {
    /// Builds the table from the hashes of all rows, which rise.
    pub(crate) fn new(hashes: Vec<u32>) -> Self {
        let rows = hashes.iter().enumerate().map(|(row, hash)| (*hash, row as u32)).collect();
        Self { hashes, rows }
    }

    /// Keeps the features that at least `fewest` texts have, and counts those texts.
    pub(crate) fn fit(texts: &[Vec<u32>], fewest: u32) -> (Self, Vec<u32>) {
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for text in texts {
            let mut distinct = text.clone();
            distinct.sort_unstable();
            distinct.dedup();
            for hash in distinct {
                *counts.entry(hash).or_default() += 1;
            }
        }
        let mut kept: Vec<(u32, u32)> =
            counts.into_iter().filter(|(_, count)| *count >= fewest).collect();
        kept.sort_unstable();
        let counts = kept.iter().map(|(_, count)| *count).collect();
        (Self::new(kept.into_iter().map(|(hash, _)| hash).collect()), counts)
    }

    /// Gives the rows of the known features of a text with how often each comes, rows rising.
    pub(crate) fn rows_of(&self, hashes: &[u32]) -> Vec<(u32, f32)> {
        let mut rows: Vec<u32> =
            hashes.iter().filter_map(|hash| self.rows.get(hash).copied()).collect();
        rows.sort_unstable();
        let mut counted: Vec<(u32, f32)> = Vec::with_capacity(rows.len());
        for row in rows {
            match counted.last_mut() {
                Some((last, count)) if *last == row => *count += 1.0,
                _ => counted.push((row, 1.0)),
            }
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_both_languages() {
        let texts: Vec<&str> =
            tokens("don't 买iphone15,好！").iter().map(|token| token.text).collect();
        assert_eq!(texts, ["don't", "买", "iphone15", ",", "好", "！"]);
        assert_eq!(n_grams("好吃"), n_grams("好吃"));
        assert_ne!(n_grams("好吃"), n_grams("吃好"));
        assert!(n_grams("").is_empty());
    }

    #[test]
    fn a_word_has_the_hash_of_its_n_gram() {
        for (word, text) in [("Good", "a good day"), ("手机", "新手机好"), ("充电宝", "买充电宝了")]
        {
            assert!(n_grams(text).contains(&word_hash(word).unwrap()), "{word}");
        }
        assert!(!n_grams("goods").contains(&word_hash("good").unwrap()));
        assert_eq!((word_hash("人工智能"), word_hash("")), (None, None));
    }

    #[test]
    fn keeps_what_comes_often_enough() {
        let texts: Vec<Vec<u32>> = ["good day", "good night"].map(n_grams).into();
        let (table, counts) = FeatureTable::fit(&texts, 2);
        assert!(counts.iter().all(|count| *count == 2));
        assert!(!table.rows_of(&n_grams("good")).is_empty());
        assert!(table.rows_of(&n_grams("xyzzy")).is_empty());
        let twice = table.rows_of(&n_grams("good good"));
        assert!(twice.iter().any(|(_, count)| *count == 2.0));
    }
}
