//! Words with their vectors, and what one asks of them.

use std::collections::HashMap;

use serde::Serialize;

use crate::error::ModelError;
use crate::runtime::sha256;
use crate::word_vectors::lanes::dot;

/// Holds one vector per word.
#[derive(Clone, Debug, PartialEq)]
pub struct WordVectors {
    words: Vec<String>,
    dimension: usize,
    /// The vectors one after the other, in the order of the words.
    values: Vec<f32>,
    places: HashMap<String, usize>,
    /// The length of every vector.
    norms: Vec<f32>,
}

/// Holds a word and how near it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Neighbour<'a> {
    /// The word.
    pub word: &'a str,
    /// The cosine of the angle between its vector and the one asked for, from -1 to 1.
    pub cosine: f32,
}

impl WordVectors {
    /// Joins words and vectors; `values` holds `dimension` numbers per word.
    ///
    /// # Errors
    /// Fails if the sizes do not fit, a word occurs twice, or a value is not a finite number.
    pub fn new(words: Vec<String>, dimension: usize, values: Vec<f32>) -> Result<Self, ModelError> {
        if dimension == 0 || values.len() != words.len() * dimension {
            return Err(ModelError::Invalid(format!(
                "`{}` words of `{dimension}` values each do not make `{}` values; give every word a vector",
                words.len(),
                values.len()
            )));
        }
        let mut places = HashMap::with_capacity(words.len());
        for (place, word) in words.iter().enumerate() {
            if places.insert(word.clone(), place).is_some() {
                return Err(ModelError::Invalid(format!(
                    "word `{word}` has two vectors; keep one of them"
                )));
            }
        }
        let mut norms = Vec::with_capacity(words.len());
        for (word, vector) in words.iter().zip(values.chunks_exact(dimension)) {
            let norm = dot(vector, vector).sqrt();
            if !norm.is_finite() {
                return Err(ModelError::Invalid(format!(
                    "the vector of `{word}` has a length of `{norm}`; lower the learning rate or write the \
                     vectors again"
                )));
            }
            norms.push(norm);
        }
        Ok(Self { words, dimension, values, places, norms })
    }

    /// Gives the words, the commonest first if the vectors were trained here.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Gives the length of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Gives all vectors one after the other, in the order of the words.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Goes through the words with their vectors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f32])> {
        self.words.iter().map(String::as_str).zip(self.values.chunks_exact(self.dimension))
    }

    /// Computes the version: the first digits of a hash of the words and their vectors.
    pub fn version(&self) -> String {
        let mut bytes = Vec::with_capacity(4 * self.values.len());
        for word in &self.words {
            bytes.extend(word.bytes().chain([0]));
        }
        bytes.extend(self.values.iter().flat_map(|value| value.to_le_bytes()));
        sha256(&bytes)[..12].to_owned()
    }

    /// Gives the vector of a word, if it has one.
    pub fn get(&self, word: &str) -> Option<&[f32]> {
        self.places.get(word).map(|place| self.vector(*place))
    }

    /// Gives the words nearest to a word by cosine, the nearest first, without the word itself; none if it has no vector.
    ///
    /// Equally near words come in their own order.
    pub fn nearest(&self, word: &str, count: usize) -> Option<Vec<Neighbour<'_>>> {
        let own = *self.places.get(word)?;
        let cosine = |place: usize| {
            let product = self.norms[own] * self.norms[place];
            if product > 0.0 { dot(self.vector(own), self.vector(place)) / product } else { 0.0 }
        };
        let mut ranked: Vec<(f32, usize)> = (0..self.words.len())
            .filter(|place| *place != own)
            .map(|place| (cosine(place), place))
            .collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if count < ranked.len() {
            ranked.select_nth_unstable_by(count, order);
            ranked.truncate(count);
        }
        ranked.sort_unstable_by(order);
        let neighbours = ranked
            .into_iter()
            .map(|(cosine, place)| Neighbour { word: &self.words[place], cosine });
        Some(neighbours.collect())
    }

    fn vector(&self, place: usize) -> &[f32] {
        &self.values[place * self.dimension..(place + 1) * self.dimension]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn royal() -> WordVectors {
        let rows: [(&str, [f32; 3]); 6] = [
            ("man", [1.0, 0.0, 0.2]),
            ("woman", [0.0, 1.0, 0.2]),
            ("king", [2.0, 0.0, 2.4]),
            ("女王", [0.0, 2.0, 2.4]),
            ("queen", [0.0, 2.0, 2.4]),
            ("nothing", [0.0, 0.0, 0.0]),
        ];
        let words = rows.iter().map(|(word, _)| word.to_string()).collect();
        WordVectors::new(words, 3, rows.iter().flat_map(|(_, row)| *row).collect()).unwrap()
    }

    #[test]
    fn ranks_by_cosine_and_ties_by_place() {
        let vectors = royal();
        let nearest = vectors.nearest("woman", 3).unwrap();
        let words: Vec<&str> = nearest.iter().map(|neighbour| neighbour.word).collect();
        assert_eq!(words, ["女王", "queen", "king"]);
        assert_eq!(nearest[0].cosine, nearest[1].cosine);
        assert_eq!(vectors.nearest("king", 99).unwrap().len(), 5);
        assert!(vectors.nearest("king", 0).unwrap().is_empty());
        assert_eq!(
            vectors.nearest("nothing", 1).unwrap()[0],
            Neighbour { word: "man", cosine: 0.0 }
        );
    }

    #[test]
    fn an_unknown_word_has_no_vector_and_no_neighbours() {
        let vectors = royal();
        assert_eq!(vectors.get("man"), Some(&[1.0, 0.0, 0.2][..]));
        assert_eq!(vectors.get("qeen"), None);
        assert_eq!(vectors.nearest("qeen", 3), None);
    }

    #[test]
    fn refuses_words_and_values_that_do_not_fit() {
        let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let message = |error: ModelError| error.to_string();
        let error = WordVectors::new(words(&["a"]), 2, vec![1.0]).unwrap_err();
        assert!(message(error).contains("`1` words of `2` values"));
        let error = WordVectors::new(words(&["a", "a"]), 1, vec![1.0, 2.0]).unwrap_err();
        assert!(message(error).contains("word `a` has two vectors"));
        let error = WordVectors::new(words(&["a"]), 1, vec![f32::NAN]).unwrap_err();
        assert!(message(error).contains("`NaN`"));
    }
}
