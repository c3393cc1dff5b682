//! The terms of topics.

use std::collections::HashMap;

/// Is a word of a topic and how much it stands for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The number of the word.
    pub word: u32,
    /// How much it stands for the topic, in nats a post.
    pub score: f64,
}

/// Counts the words of topics, and says which stand for one topic rather than for all.
#[derive(Clone, Debug, PartialEq)]
pub struct TermCounts {
    topics: Vec<TopicCounts>,
    /// In how many posts of all topics a word stands.
    all: HashMap<u32, u64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct TopicCounts {
    posts: u64,
    /// In how many of them a word stands.
    words: HashMap<u32, u64>,
}

impl TermCounts {
    /// Counts for so many topics; no post has been seen yet.
    pub fn new(topics: usize) -> Self {
        Self { topics: vec![TopicCounts::default(); topics], all: HashMap::new() }
    }

    /// Counts the words of a post for its topic; a word that stands in it several times counts once, so that no post shouts.
    pub fn add(&mut self, topic: usize, words: &[u32]) {
        let mut words = words.to_vec();
        words.sort_unstable();
        words.dedup();
        let counts = &mut self.topics[topic];
        counts.posts += 1;
        for word in words {
            *counts.words.entry(word).or_default() += 1;
            *self.all.entry(word).or_default() += 1;
        }
    }

    /// Ranks the terms of every topic by what a word adds to the divergence of its posts from all (Kullback and Leibler 1951): the share of
    /// its posts that have the word, times the logarithm of how many times the share in all posts that is; of equal ones the lower number
    /// comes first. A word that is more frequent in another topic is left to that one: its score falls with the square of how many times less
    /// frequent it is here.
    pub fn ranked(&self, terms: usize) -> Vec<Vec<Term>> {
        let posts: u64 = self.topics.iter().map(|topic| topic.posts).sum();
        let share = |topic: &TopicCounts, count: u64| count as f64 / topic.posts.max(1) as f64;
        let mut greatest: HashMap<u32, f64> = HashMap::new();
        for topic in &self.topics {
            for (word, count) in &topic.words {
                let greatest = greatest.entry(*word).or_default();
                *greatest = greatest.max(share(topic, *count));
            }
        }
        let of_topic = |topic: &TopicCounts| {
            let term = |(word, count): (&u32, &u64)| {
                let (here, all) = (share(topic, *count), self.all[word] as f64 / posts as f64);
                let own = here / greatest[word];
                Term { word: *word, score: here * (here / all).ln() * own * own }
            };
            let mut ranked: Vec<Term> = topic.words.iter().map(term).collect();
            ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.word.cmp(&b.word)));
            ranked.truncate(terms);
            ranked
        };
        self.topics.iter().map(of_topic).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(terms: &[Term]) -> Vec<u32> {
        terms.iter().map(|term| term.word).collect()
    }

    #[test]
    fn words_of_one_topic_come_before_words_of_all() {
        let mut counts = TermCounts::new(2);
        counts.add(0, &[9, 1, 1, 1]);
        counts.add(0, &[9, 1, 2]);
        counts.add(1, &[9, 3]);
        counts.add(1, &[9, 4]);
        let ranked = counts.ranked(2);
        assert_eq!((words(&ranked[0]), words(&ranked[1])), (vec![1, 2], vec![3, 4]));
        // In both of its posts, and in 2 of 4.
        assert!((ranked[0][0].score - 2f64.ln()).abs() < 1e-12);
        assert_eq!(TermCounts::new(1).ranked(5), [[]]);
    }

    #[test]
    fn a_word_goes_to_the_topic_where_it_is_most_frequent() {
        let mut counts = TermCounts::new(3);
        (0..4).for_each(|_| counts.add(0, &[1, 2]));
        (0..2).for_each(|_| counts.add(1, &[1, 3]));
        (0..2).for_each(|_| counts.add(1, &[3]));
        counts.add(2, &[9]);
        let ranked = counts.ranked(2);
        // Half of the posts of the second topic have the word, all of the first, 6 of all 9.
        assert_eq!((words(&ranked[0]), words(&ranked[1])), (vec![2, 1], vec![3, 1]));
        assert!((ranked[1][1].score - 0.5 * (0.5 / (6.0 / 9.0f64)).ln() / 4.0).abs() < 1e-12);
    }
}
