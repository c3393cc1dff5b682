//! Whether the top terms of a topic stand together in texts.

use std::collections::HashMap;

/// Is added to probabilities whose logarithm is taken.
const EPSILON: f64 = 1e-12;

/// How many words a window has for NPMI (Röder, Both and Hinneburg 2015).
pub const NPMI_WINDOW: usize = 10;

/// How many words a window has for C_V (Röder, Both and Hinneburg 2015).
pub const C_V_WINDOW: usize = 110;

/// Counts in how many windows the top terms of topics stand, alone and in pairs.
///
/// A window of `n` words slides over every text a word at a time; a text of at most `n` words is one window. A term is counted once a
/// window.
#[derive(Clone, Debug)]
pub struct WindowCounts {
    /// Per topic `[terms][terms]`, in one row: in how many windows both stand; on the diagonal, the term.
    pairs: Vec<Vec<u64>>,
    terms: Vec<usize>,
    windows: u64,
}

impl WindowCounts {
    /// Counts the top terms of topics in texts, given as numbers of words, with windows of so many words.
    pub fn count<'a>(
        topics: &[Vec<u32>],
        texts: impl IntoIterator<Item = &'a [u32]>,
        window: usize,
    ) -> Self {
        let mut places: HashMap<u32, Vec<(usize, usize)>> = HashMap::new();
        for (topic, terms) in topics.iter().enumerate() {
            for (place, term) in terms.iter().enumerate() {
                places.entry(*term).or_default().push((topic, place));
            }
        }
        let terms: Vec<usize> = topics.iter().map(Vec::len).collect();
        let pairs = terms.iter().map(|terms| vec![0; terms * terms]).collect();
        let mut counts = Self { pairs, terms, windows: 0 };
        let mut present = Present::new(topics);
        for text in texts {
            present.clear();
            let found: Vec<Option<&Vec<(usize, usize)>>> =
                text.iter().map(|word| places.get(word)).collect();
            for (end, entering) in found.iter().enumerate() {
                entering.iter().for_each(|places| present.enter(places));
                if let Some(start) = end.checked_sub(window) {
                    found[start].iter().for_each(|places| present.leave(places));
                }
                if end + 1 >= window.min(text.len()) {
                    counts.windows += 1;
                    present.add_to(&mut counts);
                }
            }
        }
        counts
    }

    /// Computes the normalized pointwise mutual information of two terms of a topic, -1 to 1 (Bouma 2009).
    fn npmi(&self, topic: usize, first: usize, second: usize) -> f64 {
        let (pairs, terms) = (&self.pairs[topic], self.terms[topic]);
        let share = |first, second| pairs[first * terms + second] as f64 / self.windows as f64;
        let (one, other) = (share(first, first), share(second, second));
        if one == 0.0 || other == 0.0 {
            return 0.0;
        }
        let both = share(first, second) + EPSILON;
        (both / (one * other)).ln() / -both.ln()
    }

    /// Computes the mean NPMI of all pairs of the terms of a topic; `None` if it has fewer than two or there are no texts.
    pub fn c_npmi(&self, topic: usize) -> Option<f64> {
        let terms = self.terms[topic];
        let pairs = (0..terms).flat_map(|first| (first + 1..terms).map(move |last| (first, last)));
        let values: Vec<f64> = pairs.map(|(first, last)| self.npmi(topic, first, last)).collect();
        (self.windows > 0 && !values.is_empty())
            .then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Computes C_V: the mean cosine between the NPMI of a term with all terms of its topic and the sum of those of all; `None` if there
    /// are fewer than two or no texts.
    pub fn c_v(&self, topic: usize) -> Option<f64> {
        let terms = self.terms[topic];
        if terms < 2 || self.windows == 0 {
            return None;
        }
        let vectors: Vec<Vec<f64>> = (0..terms)
            .map(|first| (0..terms).map(|second| self.npmi(topic, first, second)).collect())
            .collect();
        let sum: Vec<f64> =
            (0..terms).map(|place| vectors.iter().map(|vector| vector[place]).sum()).collect();
        let cosines = vectors.iter().map(|vector| cosine(vector, &sum));
        Some(cosines.sum::<f64>() / terms as f64)
    }
}

/// Knows which top terms stand in a window, and how often.
struct Present {
    times: Vec<Vec<u32>>,
    /// The topics that have a term in the window, with their number of terms in it.
    present_terms: Vec<usize>,
    topics: Vec<usize>,
}

impl Present {
    fn new(topics: &[Vec<u32>]) -> Self {
        let times = topics.iter().map(|terms| vec![0; terms.len()]).collect();
        Self { times, present_terms: vec![0; topics.len()], topics: Vec::new() }
    }

    fn clear(&mut self) {
        for topic in self.topics.drain(..) {
            self.times[topic].fill(0);
            self.present_terms[topic] = 0;
        }
    }

    fn enter(&mut self, places: &[(usize, usize)]) {
        for (topic, place) in places {
            let times = &mut self.times[*topic][*place];
            *times += 1;
            if *times == 1 {
                self.present_terms[*topic] += 1;
                if !self.topics.contains(topic) {
                    self.topics.push(*topic);
                }
            }
        }
    }

    fn leave(&mut self, places: &[(usize, usize)]) {
        for (topic, place) in places {
            let times = &mut self.times[*topic][*place];
            *times -= 1;
            if *times == 0 {
                self.present_terms[*topic] -= 1;
            }
        }
    }

    fn add_to(&self, counts: &mut WindowCounts) {
        for topic in self.topics.iter().filter(|topic| self.present_terms[**topic] > 0) {
            let (times, pairs) = (&self.times[*topic], &mut counts.pairs[*topic]);
            let there: Vec<usize> = (0..times.len()).filter(|place| times[*place] > 0).collect();
            for first in &there {
                for second in &there {
                    pairs[first * times.len() + second] += 1;
                }
            }
        }
    }
}

/// Computes the cosine of two vectors; 0 if one has no length.
fn cosine(left: &[f64], right: &[f64]) -> f64 {
    let product = |left: &[f64], right: &[f64]| -> f64 {
        left.iter().zip(right).map(|(left, right)| left * right).sum()
    };
    let lengths = (product(left, left) * product(right, right)).sqrt();
    if lengths > 0.0 { product(left, right) / lengths } else { 0.0 }
}

/// Computes the share of different terms among the top terms of all topics, from 0 to 1 (Dieng, Ruiz and Blei 2020); 1 if there are none.
pub fn diversity(topics: &[Vec<u32>]) -> f64 {
    let mut terms: Vec<u32> = topics.iter().flatten().copied().collect();
    let all = terms.len();
    terms.sort_unstable();
    terms.dedup();
    if all == 0 { 1.0 } else { terms.len() as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&[u32]; 6] =
        [&[0, 1, 2, 5], &[0, 1, 5, 6, 7, 2], &[3, 4, 5], &[3, 4], &[0, 3, 6], &[1, 0]];

    fn counts(window: usize) -> WindowCounts {
        WindowCounts::count(&[vec![0, 1, 2], vec![3, 4, 0]], TEXTS, window)
    }

    fn near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    /// The expected figures are those of gensim 4.3 (`CoherenceModel`, `c_npmi` and `c_v`).
    #[test]
    fn agrees_with_gensim() {
        near(counts(10).c_npmi(0), 0.528_320_833_577_973_9);
        near(counts(10).c_npmi(1), -0.233_829_559_169_543_94);
        near(counts(3).c_npmi(0), 0.145_446_107_508_197_14);
        near(counts(3).c_npmi(1), -0.079_900_571_566_705_24);
        near(counts(110).c_v(0), 0.944_451_038_832_843_2);
        near(counts(110).c_v(1), 0.367_256_068_726_262_43);
    }

    #[test]
    fn a_word_that_stands_twice_in_a_window_is_counted_once() {
        let counts = WindowCounts::count(&[vec![0, 1]], [&[0u32, 0, 1, 0][..]], 3);
        assert_eq!((counts.windows, &counts.pairs[0][..]), (2, &[2, 2, 2, 2][..]));
    }

    #[test]
    fn no_texts_and_single_terms_have_no_coherence() {
        assert_eq!(WindowCounts::count(&[vec![0, 1]], [], 10).c_npmi(0), None);
        let single = WindowCounts::count(&[vec![0]], TEXTS, 10);
        assert_eq!((single.c_npmi(0), single.c_v(0)), (None, None));
    }

    #[test]
    fn terms_shared_by_topics_make_them_less_diverse() {
        assert_eq!(diversity(&[vec![0, 1], vec![1, 2]]), 0.75);
        assert_eq!(diversity(&[]), 1.0);
    }
}
