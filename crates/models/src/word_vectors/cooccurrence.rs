//! Counts how often two words stand near each other, with memory bounded by an option.

use crate::error::ModelError;
use crate::word_vectors::corpus::Corpus;

/// Holds two words, the lower id first, and the sum of `1 / distance` over all places where they stand near each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) low: u32,
    pub(crate) high: u32,
    pub(crate) weight: f32,
}

impl Pair {
    fn key(&self) -> (u32, u32) {
        (self.low, self.high)
    }
}

/// How many places are gathered, at least, before they are sorted and merged into the counts.
const FEWEST_GATHERED: usize = 1 << 20;

/// Counts all pairs of words at most `window` apart, in the order of their ids.
///
/// The counts are symmetric, so a pair is held once; a word beside itself counts twice, since each of the two places sees
/// the other (Pennington et al. 2014, section 4.2, and the program released with it).
///
/// # Errors
/// Fails if there are more than `most_pairs` different pairs.
pub(crate) fn count_pairs(
    corpus: &Corpus,
    window: usize,
    most_pairs: usize,
) -> Result<Vec<Pair>, ModelError> {
    let mut counted: Vec<Pair> = Vec::new();
    let mut gathered: Vec<Pair> = Vec::new();
    for sentence in corpus.sentences() {
        for (place, &word) in sentence.iter().enumerate() {
            for (before, &other) in
                sentence[place.saturating_sub(window)..place].iter().rev().enumerate()
            {
                let share = if word == other { 2.0 } else { 1.0 };
                let weight = share / (before + 1) as f32;
                gathered.push(Pair { low: word.min(other), high: word.max(other), weight });
            }
        }
        if gathered.len() >= FEWEST_GATHERED.max(counted.len() / 2) {
            counted = merge(&counted, &mut gathered, most_pairs)?;
        }
    }
    merge(&counted, &mut gathered, most_pairs)
}

/// Sorts what was gathered, adds it to the counts, and empties it. Equal pairs are added in the order of the corpus.
fn merge(
    counted: &[Pair],
    gathered: &mut Vec<Pair>,
    most_pairs: usize,
) -> Result<Vec<Pair>, ModelError> {
    gathered.sort_by_key(Pair::key);
    let mut merged: Vec<Pair> = Vec::with_capacity(counted.len() + gathered.len() / 4);
    let mut counted = counted.iter().peekable();
    for pair in gathered.drain(..) {
        while let Some(earlier) = counted.next_if(|earlier| earlier.key() <= pair.key()) {
            merged.push(*earlier);
        }
        match merged.last_mut() {
            Some(last) if last.key() == pair.key() => last.weight += pair.weight,
            _ => merged.push(pair),
        }
    }
    merged.extend(counted);
    if merged.len() > most_pairs {
        return Err(ModelError::Invalid(format!(
            "the corpus has more than `{most_pairs}` different pairs of near words; \
             raise `most_pairs` or `minimum_count`, or lower `window`"
        )));
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::word_vectors::corpus::VocabularyOptions;

    fn corpus(lines: &[&str]) -> Corpus {
        let sentences = lines.iter().map(|line| line.split(' ').collect::<Vec<_>>());
        Corpus::build(sentences, &VocabularyOptions { minimum_count: 1, most_words: 99 }).unwrap()
    }

    #[test]
    fn weighs_by_distance_within_the_window_and_the_sentence() {
        let corpus = corpus(&["a b c a", "b c"]);
        assert_eq!(corpus.vocabulary().words(), ["a", "b", "c"]);
        let pairs = count_pairs(&corpus, 2, 10).unwrap();
        let expected = [(0, 1, 1.5), (0, 2, 1.5), (1, 2, 2.0)];
        assert_eq!(pairs, expected.map(|(low, high, weight)| Pair { low, high, weight }));
        let wide = count_pairs(&corpus, 3, 10).unwrap();
        assert_eq!(wide[0], Pair { low: 0, high: 0, weight: 2.0 / 3.0 });
    }

    #[test]
    fn merging_parts_equals_counting_at_once() {
        let pair = |low, high, weight| Pair { low, high, weight };
        let counted = [pair(0, 0, 1.0), pair(0, 3, 2.0), pair(2, 2, 1.0)];
        let mut gathered =
            vec![pair(2, 5, 0.5), pair(0, 3, 0.5), pair(0, 1, 1.0), pair(0, 3, 0.25)];
        let merged = merge(&counted, &mut gathered, 5).unwrap();
        let expected =
            [pair(0, 0, 1.0), pair(0, 1, 1.0), pair(0, 3, 2.75), pair(2, 2, 1.0), pair(2, 5, 0.5)];
        assert_eq!(merged, expected);
        assert!(gathered.is_empty());
    }

    #[test]
    fn refuses_more_pairs_than_allowed() {
        let error = count_pairs(&corpus(&["a b c d"]), 3, 5).unwrap_err();
        assert!(error.to_string().contains("more than `5` different pairs"), "{error}");
    }
}
