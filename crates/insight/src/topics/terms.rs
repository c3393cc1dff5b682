//! The terms of topics.

use std::collections::HashMap;

/// Is a word of a topic and how much it stands for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The number of the word.
    pub word: u32,
    /// Its c-TF-IDF, above 0.
    pub score: f64,
}

/// Counts the words of topics, and says which stand for one topic rather than for all.
#[derive(Clone, Debug, PartialEq)]
pub struct TermCounts {
    /// Per topic, how often a word stands in its texts.
    topics: Vec<HashMap<u32, u64>>,
    /// How often a word stands in the texts of all topics.
    all: HashMap<u32, u64>,
}

impl TermCounts {
    /// Counts for so many topics; no text has been seen yet.
    pub fn new(topics: usize) -> Self {
        Self { topics: vec![HashMap::new(); topics], all: HashMap::new() }
    }

    /// Counts the words of a text for its topic; a word that stands in it several times counts once, so that no text shouts.
    pub fn add(&mut self, topic: usize, words: &[u32]) {
        let mut words = words.to_vec();
        words.sort_unstable();
        words.dedup();
        for word in words {
            *self.topics[topic].entry(word).or_default() += 1;
            *self.all.entry(word).or_default() += 1;
        }
    }

    /// Ranks the terms of a topic by class-based TF-IDF (Grootendorst 2022, arXiv:2203.05794): the share of the word among the words of
    /// the topic, times `ln(1 + mean words per topic / count of the word)`; of equal ones the lower number comes first.
    pub fn ranked(&self, topic: usize, terms: usize) -> Vec<Term> {
        let counts = &self.topics[topic];
        let words: u64 = counts.values().sum();
        let mean = self.all.values().sum::<u64>() as f64 / self.topics.len() as f64;
        let score = |(word, count): (&u32, &u64)| {
            let share = *count as f64 / words as f64;
            Term { word: *word, score: share * (1.0 + mean / self.all[word] as f64).ln() }
        };
        let mut ranked: Vec<Term> = counts.iter().map(score).collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.word.cmp(&b.word)));
        ranked.truncate(terms);
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_topic_come_before_words_of_all() {
        let mut counts = TermCounts::new(2);
        counts.add(0, &[9, 1, 1, 1]);
        counts.add(0, &[9, 1, 2]);
        counts.add(1, &[9, 3]);
        counts.add(1, &[9, 4]);
        let terms: Vec<u32> = counts.ranked(0, 2).iter().map(|term| term.word).collect();
        assert_eq!(terms, [1, 2]);
        let first = counts.ranked(0, 1)[0].score;
        // 2 of its 5 words; 9 words in 2 topics, 2 of them this one.
        assert!((first - 0.4 * (1.0 + 4.5 / 2.0f64).ln()).abs() < 1e-12);
        assert_eq!(TermCounts::new(1).ranked(0, 5), []);
    }
}
