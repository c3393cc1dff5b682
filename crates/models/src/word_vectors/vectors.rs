//! Words with their vectors, and what one asks of them.

use std::collections::HashMap;

use serde::Serialize;

use crate::error::ModelError;
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

    /// Gives the vector of a word.
    ///
    /// # Errors
    /// Fails if the word is unknown; the error names the word of the nearest spelling.
    pub fn get(&self, word: &str) -> Result<&[f32], ModelError> {
        Ok(self.vector(self.place(word)?))
    }

    /// Gives the words nearest to a word by cosine, the nearest first, without the word itself.
    ///
    /// Equally near words come in their own order.
    ///
    /// # Errors
    /// Fails if the word is unknown.
    pub fn nearest(&self, word: &str, count: usize) -> Result<Vec<Neighbour<'_>>, ModelError> {
        let place = self.place(word)?;
        Ok(self.ranked(self.vector(place), count, &[place]))
    }

    /// Gives the words nearest to a vector by cosine, the nearest first.
    ///
    /// # Errors
    /// Fails if the vector is of another length or has a value that is not a finite number.
    pub fn nearest_to(
        &self,
        vector: &[f32],
        count: usize,
    ) -> Result<Vec<Neighbour<'_>>, ModelError> {
        if vector.len() != self.dimension || !vector.iter().all(|value| value.is_finite()) {
            return Err(ModelError::Invalid(format!(
                "a vector of `{}` values cannot be compared with vectors of `{}` finite values; use one of these \
                 word vectors or a mean of them",
                vector.len(),
                self.dimension
            )));
        }
        Ok(self.ranked(vector, count, &[]))
    }

    /// Gives the words that are to `c` as `b` is to `a` (Mikolov et al. 2013, arXiv:1301.3781, section 4): nearest to
    /// `b - a + c` with all three at length 1, without these three.
    ///
    /// # Errors
    /// Fails if one of the words is unknown.
    pub fn analogy(
        &self,
        a: &str,
        b: &str,
        c: &str,
        count: usize,
    ) -> Result<Vec<Neighbour<'_>>, ModelError> {
        let places = [self.place(a)?, self.place(b)?, self.place(c)?];
        let mut sum = vec![0.0; self.dimension];
        for (place, sign) in places.into_iter().zip([-1.0, 1.0, 1.0]) {
            let scale = sign / self.norms[place].max(f32::MIN_POSITIVE);
            add_scaled(&mut sum, self.vector(place), scale);
        }
        Ok(self.ranked(&sum, count, &places))
    }

    /// Gives the mean of the vectors of the known words among these: a vector of a text.
    ///
    /// # Errors
    /// Fails if no word is known.
    pub fn mean_of<W: AsRef<str>>(&self, words: &[W]) -> Result<Vec<f32>, ModelError> {
        let mut sum = vec![0.0; self.dimension];
        let mut known = 0;
        for place in words.iter().filter_map(|word| self.places.get(word.as_ref())) {
            add_scaled(&mut sum, self.vector(*place), 1.0);
            known += 1;
        }
        if known == 0 {
            return match words.first() {
                Some(word) => Err(self.unknown(word.as_ref())),
                None => Err(ModelError::Invalid(
                    "the mean of `0` words does not exist; give one".into(),
                )),
            };
        }
        sum.iter_mut().for_each(|value| *value /= known as f32);
        Ok(sum)
    }

    fn vector(&self, place: usize) -> &[f32] {
        &self.values[place * self.dimension..(place + 1) * self.dimension]
    }

    fn place(&self, word: &str) -> Result<usize, ModelError> {
        self.places.get(word).copied().ok_or_else(|| self.unknown(word))
    }

    /// Builds the error for an unknown word. A spelling is near if at most a third of it differs.
    fn unknown(&self, word: &str) -> ModelError {
        let length = word.chars().count();
        let near = self
            .words
            .iter()
            .filter(|known| known.chars().count().abs_diff(length) <= length / 3)
            .map(|known| (strsim::levenshtein(known, word), known))
            .filter(|(distance, _)| *distance <= length / 3)
            .min_by_key(|(distance, _)| *distance);
        ModelError::Invalid(match near {
            Some((_, known)) => format!("unknown word `{word}`; did you mean `{known}`?"),
            None => format!(
                "unknown word `{word}`; use one of the `{}` words that have a vector, or train on text that has it",
                self.words.len()
            ),
        })
    }

    /// Sorts the words by falling cosine, then by their place, and gives the first ones that are not left out.
    fn ranked(&self, vector: &[f32], count: usize, left_out: &[usize]) -> Vec<Neighbour<'_>> {
        let norm = dot(vector, vector).sqrt();
        let cosine = |place: usize| {
            let product = norm * self.norms[place];
            if product > 0.0 { dot(vector, self.vector(place)) / product } else { 0.0 }
        };
        let mut ranked: Vec<(f32, usize)> = (0..self.words.len())
            .filter(|place| !left_out.contains(place))
            .map(|place| (cosine(place), place))
            .collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if count < ranked.len() {
            ranked.select_nth_unstable_by(count, order);
            ranked.truncate(count);
        }
        ranked.sort_unstable_by(order);
        ranked
            .into_iter()
            .map(|(cosine, place)| Neighbour { word: &self.words[place], cosine })
            .collect()
    }
}

fn add_scaled(sum: &mut [f32], vector: &[f32], scale: f32) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += scale * value;
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
    fn answers_analogies_and_means() {
        let vectors = royal();
        assert_eq!(vectors.analogy("man", "king", "woman", 1).unwrap()[0].word, "女王");
        let mean = vectors.mean_of(&["man", "unheard", "woman"]).unwrap();
        assert_eq!(mean, [0.5, 0.5, 0.2]);
        assert_eq!(vectors.nearest_to(&mean, 1).unwrap()[0].word, "man");
        assert!(vectors.nearest_to(&[1.0], 1).is_err());
        assert!(vectors.mean_of::<&str>(&[]).is_err());
    }

    #[test]
    fn unknown_words_name_the_nearest_spelling() {
        let message = |word: &str| royal().get(word).unwrap_err().to_string();
        assert_eq!(message("qeen"), "unknown word `qeen`; did you mean `queen`?");
        assert!(message("苹果").starts_with("unknown word `苹果`; use one of the `6` words"));
        assert!(royal().mean_of(&["womman"]).unwrap_err().to_string().contains("`woman`"));
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
