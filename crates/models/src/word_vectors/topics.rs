//! A generated corpus of known structure for the tests of both trainings.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Corpus, VocabularyOptions, WordVectors};

/// The words of two topics, in both languages; words of one topic occur together.
pub(crate) const TOPICS: [[&str; 8]; 2] = [
    ["phone", "screen", "battery", "camera", "手机", "屏幕", "电池", "相机"],
    ["noodles", "soup", "dinner", "kitchen", "面条", "汤", "晚饭", "厨房"],
];

const COMMON: [&str; 4] = ["the", "and", "的", "了"];

/// Writes 1200 sentences of one topic each, with words that occur everywhere in between.
pub(crate) fn topic_corpus(seed: u64) -> Corpus {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut sentences = Vec::new();
    for number in 0..1200 {
        let sentence: Vec<&str> = (0..9)
            .filter_map(|_| {
                let words: &[&str] =
                    if random.random_bool(0.3) { &COMMON } else { &TOPICS[number % 2] };
                words.choose(&mut random).copied()
            })
            .collect();
        sentences.push(sentence);
    }
    Corpus::build(sentences, &VocabularyOptions::default()).unwrap()
}

/// Asserts that the seven nearest words of every topic word are the others of its topic.
pub(crate) fn assert_topics_hold(vectors: &WordVectors) {
    for topic in TOPICS {
        for word in topic {
            for neighbour in vectors.nearest(word, 7).unwrap() {
                assert!(topic.contains(&neighbour.word), "{word}: {neighbour:?}");
            }
        }
    }
}
