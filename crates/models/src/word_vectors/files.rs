//! Word vectors as a folder, and for other programs in the text format of word2vec.
//!
//! A folder holds `words.json`, an array of strings, and `vectors.safetensors` with the matrix `vectors`, a row per word.
//! The text format is that of the program released with Mikolov et al. 2013: a line `words dimension`, then per word a line
//! of the word and its values, apart by single spaces.

use std::fmt::Write;
use std::path::Path;

use crate::architectures::{NamedTensor, Weights, write_whole};
use crate::error::ModelError;
use crate::word_vectors::vectors::WordVectors;

const WORDS: &str = "words.json";
const VECTORS: &str = "vectors.safetensors";
const TENSOR: &str = "vectors";

impl WordVectors {
    /// Writes the words and the vectors to a folder, which is made if it is not there.
    ///
    /// The old vectors go first and the new ones come last, so that words are never read with vectors of others.
    ///
    /// # Errors
    /// Fails if the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        std::fs::create_dir_all(folder).map_err(|error| ModelError::file(folder, error))?;
        let (words, vectors) = (folder.join(WORDS), folder.join(VECTORS));
        if vectors.exists() {
            std::fs::remove_file(&vectors).map_err(|error| ModelError::file(&vectors, error))?;
        }
        let bytes = serde_json::to_vec(self.words())
            .map_err(|error| ModelError::format(&words, "list of words", error))?;
        write_whole(&words, &bytes)?;
        let shape = vec![self.words().len(), self.dimension()];
        let mut weights = Weights::default();
        weights.insert(TENSOR, NamedTensor { shape, values: self.values().to_vec() });
        weights.write(&vectors)
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// Fails if a file is missing or damaged, or the two do not fit each other.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let (words_path, vectors_path) = (folder.join(WORDS), folder.join(VECTORS));
        let bytes =
            std::fs::read(&words_path).map_err(|error| ModelError::file(&words_path, error))?;
        let words: Vec<String> = serde_json::from_slice(&bytes)
            .map_err(|error| ModelError::format(&words_path, "list of words", error))?;
        let weights = Weights::read(&vectors_path)?;
        let tensor = weights.get(TENSOR)?;
        let [rows, dimension] = tensor.shape[..] else {
            let reason = format!("`{TENSOR}` has `{}` axes instead of 2", tensor.shape.len());
            return Err(ModelError::format(&vectors_path, "file of word vectors", reason));
        };
        if rows != words.len() {
            let expected = vec![words.len(), dimension];
            let found = tensor.shape.clone();
            return Err(ModelError::Shape { name: TENSOR.to_owned(), found, expected });
        }
        WordVectors::new(words, dimension, tensor.values.clone())
            .map_err(|error| ModelError::format(&vectors_path, "file of word vectors", error))
    }

    /// Writes the text format of word2vec. Words with white space, such as hashtags of several words, are left out: the format
    /// cannot hold them.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn write_text(&self, path: &Path) -> Result<(), ModelError> {
        let rows: Vec<(&str, &[f32])> =
            self.iter().filter(|(word, _)| !word.contains(char::is_whitespace)).collect();
        let mut text = format!("{} {}\n", rows.len(), self.dimension());
        for (word, vector) in rows {
            text.push_str(word);
            for value in vector {
                // Writing to a string cannot fail.
                let _ = write!(text, " {value}");
            }
            text.push('\n');
        }
        write_whole(path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> WordVectors {
        let words = ["好", "good", "emoji😀"].map(str::to_owned).to_vec();
        WordVectors::new(words, 2, vec![0.1, -3.0e-7, 1.0, 0.0, f32::MIN_POSITIVE, 12345.678])
            .unwrap()
    }

    fn folder(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("groundswell-vectors-{name}-{}", std::process::id()))
    }

    #[test]
    fn reads_back_the_folder() {
        let folder = folder("round");
        sample().write(&folder).unwrap();
        sample().write(&folder).unwrap();
        assert_eq!(WordVectors::read(&folder).unwrap(), sample());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn writes_a_line_per_word_that_the_text_format_can_hold() {
        let words = ["好", "#two words", "good"].map(str::to_owned).to_vec();
        let vectors =
            WordVectors::new(words, 2, vec![0.1, -3.0e-7, 1.0, 2.0, 1.0, 12345.678]).unwrap();
        let path = folder("text");
        vectors.write_text(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "2 2\n好 0.1 -0.0000003\ngood 1 12345.678\n");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn damaged_folders_give_clear_errors() {
        let folder = folder("damaged");
        let message = || WordVectors::read(&folder).unwrap_err().to_string();
        assert!(message().contains("words.json"), "{}", message());
        sample().write(&folder).unwrap();
        std::fs::write(folder.join(WORDS), b"[\"a\", \"b\"]").unwrap();
        assert!(message().contains("shape `[3, 2]`, expected `[2, 2]`"), "{}", message());
        std::fs::write(folder.join(WORDS), b"[\"a\", \"b\", \"a\"]").unwrap();
        assert!(message().contains("word `a` has two vectors"), "{}", message());
        std::fs::write(folder.join(WORDS), b"[\"a\", ").unwrap();
        assert!(message().contains("not a valid list of words"), "{}", message());
        sample().write(&folder).unwrap();
        let bytes = std::fs::read(folder.join(VECTORS)).unwrap();
        for length in 0..bytes.len() {
            std::fs::write(folder.join(VECTORS), &bytes[..length]).unwrap();
            assert!(message().contains("not a valid safetensors file"), "{}", message());
        }
        Weights::default().write(&folder.join(VECTORS)).unwrap();
        assert!(message().contains("no tensor `vectors`"), "{}", message());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
