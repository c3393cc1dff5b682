//! The vocabulary of a corpus and its sentences as word ids.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::runtime::sha256;

/// Sets which words get a vector.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct VocabularyOptions {
    /// How often a word must occur.
    pub minimum_count: u64,
    /// The most words; the commonest are kept.
    pub most_words: usize,
}

impl Default for VocabularyOptions {
    fn default() -> Self {
        Self { minimum_count: 5, most_words: 200_000 }
    }
}

/// Holds words by falling count, then by the order of their characters; a word's place is its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    words: Vec<String>,
    counts: Vec<u64>,
}

impl Vocabulary {
    /// Gives the words in the order of their ids.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Gives how often each word occurs, in the order of the ids.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Gives how likely each word is to be kept when frequent words are thinned out (Mikolov et al. 2013, arXiv:1310.4546,
    /// section 2.3).
    ///
    /// With `f` a word's share of the corpus and `t` the threshold this is `sqrt(t / f) + t / f`, as in the program
    /// released with the paper; the paper itself has the first term only. A threshold of 0 keeps everything.
    pub fn keep_probabilities(&self, threshold: f64) -> Vec<f32> {
        let total = self.counts.iter().sum::<u64>() as f64;
        let probability = |count: &u64| {
            let ratio = threshold * total / *count as f64;
            if threshold > 0.0 { (ratio.sqrt() + ratio).min(1.0) as f32 } else { 1.0 }
        };
        self.counts.iter().map(probability).collect()
    }
}

/// Holds a corpus as word ids; words outside the vocabulary are left out, so their neighbours move together.
#[derive(Clone, Debug, PartialEq)]
pub struct Corpus {
    vocabulary: Vocabulary,
    ids: Vec<u32>,
    /// Where each sentence ends in `ids`.
    ends: Vec<usize>,
}

impl Corpus {
    /// Counts the words of sentences and turns them into ids, in one pass over the sentences.
    ///
    /// Empty words are skipped, and so are sentences without a word of the vocabulary.
    ///
    /// # Errors
    /// Fails if fewer than two words are common enough.
    pub fn build<S, W>(
        sentences: impl IntoIterator<Item = S>,
        options: &VocabularyOptions,
    ) -> Result<Self, ModelError>
    where
        S: AsRef<[W]>,
        W: AsRef<str>,
    {
        let mut firsts: HashMap<String, u32> = HashMap::new();
        let mut counts: Vec<u64> = Vec::new();
        let mut ids: Vec<u32> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for sentence in sentences {
            for word in sentence.as_ref() {
                let word = word.as_ref();
                if word.is_empty() {
                    continue;
                }
                let id = match firsts.get(word) {
                    Some(id) => *id,
                    None => {
                        let id = counts.len() as u32;
                        firsts.insert(word.to_owned(), id);
                        counts.push(0);
                        id
                    }
                };
                counts[id as usize] += 1;
                ids.push(id);
            }
            ends.push(ids.len());
        }
        let (vocabulary, new_ids) = select(firsts, &counts, options)?;
        let (ids, ends) = renumber(&ids, &ends, &new_ids);
        Ok(Self { vocabulary, ids, ends })
    }

    /// Computes the SHA-256 of the words in their order: the same texts have the same fingerprint.
    pub fn fingerprint(&self) -> String {
        let mut bytes = Vec::with_capacity(4 * self.word_count());
        for word in self.vocabulary().words() {
            bytes.extend(word.bytes().chain([0]));
        }
        for sentence in self.sentences() {
            bytes.extend(sentence.iter().chain(&[u32::MAX]).flat_map(|id| id.to_le_bytes()));
        }
        sha256(&bytes)
    }

    /// Gives the vocabulary.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Gives the number of words in all sentences together.
    pub fn word_count(&self) -> usize {
        self.ids.len()
    }

    /// Gives each sentence as word ids.
    pub fn sentences(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let sentence = &self.ids[start..*end];
            start = *end;
            sentence
        })
    }
}

/// Chooses the words to keep; gives them with the new id of every old one, where it has one.
fn select(
    firsts: HashMap<String, u32>,
    counts: &[u64],
    options: &VocabularyOptions,
) -> Result<(Vocabulary, Vec<Option<u32>>), ModelError> {
    let distinct = firsts.len();
    let mut kept: Vec<(String, u32)> = firsts
        .into_iter()
        .filter(|(_, id)| counts[*id as usize] >= options.minimum_count)
        .collect();
    kept.sort_unstable_by(|(a, a_id), (b, b_id)| {
        counts[*b_id as usize].cmp(&counts[*a_id as usize]).then_with(|| a.cmp(b))
    });
    kept.truncate(options.most_words);
    if kept.len() < 2 {
        return Err(ModelError::Invalid(format!(
            "word vectors need at least 2 words that occur `{}` times or more, and `{}` of `{distinct}` do; \
             lower `minimum_count`, raise `most_words`, or give more text",
            options.minimum_count,
            kept.len()
        )));
    }
    let mut new_ids = vec![None; counts.len()];
    let mut vocabulary = Vocabulary { words: Vec::new(), counts: Vec::new() };
    for (new_id, (word, id)) in kept.into_iter().enumerate() {
        new_ids[id as usize] = Some(new_id as u32);
        vocabulary.words.push(word);
        vocabulary.counts.push(counts[id as usize]);
    }
    Ok((vocabulary, new_ids))
}

fn renumber(ids: &[u32], ends: &[usize], new_ids: &[Option<u32>]) -> (Vec<u32>, Vec<usize>) {
    let (mut kept, mut kept_ends) = (Vec::with_capacity(ids.len()), Vec::new());
    let mut start = 0;
    for &end in ends {
        let before = kept.len();
        kept.extend(ids[start..end].iter().filter_map(|id| new_ids[*id as usize]));
        if kept.len() > before {
            kept_ends.push(kept.len());
        }
        start = end;
    }
    (kept, kept_ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(lines: &[&str]) -> Vec<Vec<String>> {
        lines.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn sorts_by_count_then_word_and_leaves_rare_words_out() {
        let sentences = cut(&["好 天气 好", "rare", "天气 b a 好", "b  a"]);
        let options = VocabularyOptions { minimum_count: 2, most_words: 9 };
        let corpus = Corpus::build(&sentences, &options).unwrap();
        assert_eq!(corpus.vocabulary().words(), ["好", "a", "b", "天气"]);
        assert_eq!(corpus.vocabulary().counts(), [3, 2, 2, 2]);
        let ids: Vec<&[u32]> = corpus.sentences().collect();
        assert_eq!(ids, [&[0, 3, 0][..], &[3, 2, 1, 0], &[2, 1]]);
        assert_eq!(corpus.word_count(), 9);
        let again = Corpus::build(&sentences, &options).unwrap();
        assert_eq!(again.fingerprint(), corpus.fingerprint());
        let other = Corpus::build(sentences[1..].iter(), &options).unwrap();
        assert_ne!(other.fingerprint(), corpus.fingerprint());

        let options = VocabularyOptions { minimum_count: 1, most_words: 3 };
        let corpus = Corpus::build(sentences.iter(), &options).unwrap();
        assert_eq!(corpus.vocabulary().words(), ["好", "a", "b"]);
    }

    #[test]
    fn refuses_a_corpus_without_words() {
        let error = Corpus::build(cut(&["a b", "c"]), &VocabularyOptions::default()).unwrap_err();
        assert!(
            error.to_string().contains("occur `5` times or more, and `0` of `3` do"),
            "{error}"
        );
        let none: [Vec<String>; 0] = [];
        assert!(Corpus::build(none, &VocabularyOptions::default()).is_err());
    }

    #[test]
    fn thins_out_frequent_words_only() {
        let vocabulary =
            Vocabulary { words: vec!["a".into(), "b".into()], counts: vec![999_000, 1000] };
        let kept = vocabulary.keep_probabilities(1e-3);
        assert!((kept[0] - (0.001f32 / 0.999).sqrt() - 0.001 / 0.999).abs() < 1e-6, "{kept:?}");
        assert_eq!(kept[1], 1.0);
        assert_eq!(vocabulary.keep_probabilities(0.0), [1.0, 1.0]);
    }
}
