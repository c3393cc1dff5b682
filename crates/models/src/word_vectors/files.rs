//! Word vectors as a folder, and in the text format of word2vec.
//!
//! A folder holds `words.json`, an array of strings, and `vectors.safetensors` with the matrix `vectors`, a row per word.
//! The text format is that of the program released with Mikolov et al. 2013: a line `words dimension`, then per word a line
//! of the word and its values, apart by single spaces.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::architectures::{NamedTensor, Weights, write_whole};
use crate::error::ModelError;
use crate::word_vectors::vectors::WordVectors;

const WORDS: &str = "words.json";
const VECTORS: &str = "vectors.safetensors";
const TENSOR: &str = "vectors";
const TEXT_FORMAT: &str = "text file of word vectors";

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

    /// Writes the text format of word2vec. Reading it again gives the same values.
    ///
    /// # Errors
    /// Fails if the file cannot be written or a word has white space, which the format cannot hold.
    pub fn write_text(&self, path: &Path) -> Result<(), ModelError> {
        let mut text = format!("{} {}\n", self.words().len(), self.dimension());
        for (word, vector) in self.words().iter().zip(self.values().chunks(self.dimension())) {
            if word.is_empty() || word.contains(|c: char| c.is_ascii_whitespace()) {
                let reason = format!("word `{word}` is empty or has white space; leave it out");
                return Err(ModelError::format(path, TEXT_FORMAT, reason));
            }
            text.push_str(word);
            for value in vector {
                // Writing to a string cannot fail.
                let _ = write!(text, " {value}");
            }
            text.push('\n');
        }
        write_whole(path, text.as_bytes())
    }

    /// Reads the text format of word2vec.
    ///
    /// # Errors
    /// Fails if the file cannot be read, and with the number of the line if it does not follow the format.
    pub fn read_text(path: &Path) -> Result<Self, ModelError> {
        let file = std::fs::File::open(path).map_err(|error| ModelError::file(path, error))?;
        read_lines(BufReader::new(file))
            .map_err(|reason| ModelError::format(path, TEXT_FORMAT, reason))
    }
}

fn read_lines(mut reader: impl BufRead) -> Result<WordVectors, String> {
    let mut line = String::new();
    reader.read_line(&mut line).map_err(|error| error.to_string())?;
    let header: Option<Vec<usize>> =
        line.split_whitespace().map(|part| part.parse().ok()).collect();
    let Some([count, dimension]) = header.as_deref() else {
        return Err(format!("line 1 is `{}` instead of two numbers", shortened(&line)));
    };
    let (count, dimension) = (*count, *dimension);
    let (mut words, mut values) = (Vec::new(), Vec::new());
    for (index, line) in reader.lines().enumerate() {
        let number = index + 2;
        let line = line.map_err(|error| format!("line {number}: {error}"))?;
        let line = line.trim_end_matches([' ', '\r']);
        if line.is_empty() {
            continue;
        }
        let before = values.len();
        let mut parts = line.split(' ');
        words.push(parts.next().unwrap_or_default().to_owned());
        for part in parts {
            let value: f32 = part.parse().map_err(|_| {
                format!("line {number} has `{}` in place of a number", shortened(part))
            })?;
            values.push(value);
        }
        if values.len() - before != dimension {
            let found = values.len() - before;
            return Err(format!("line {number} has `{found}` values instead of `{dimension}`"));
        }
    }
    if words.len() != count {
        return Err(format!("it has `{}` words instead of `{count}`", words.len()));
    }
    WordVectors::new(words, dimension, values).map_err(|error| error.to_string())
}

/// Cuts what an error quotes, since a damaged file may hold no line breaks.
fn shortened(text: &str) -> String {
    text.trim_end().chars().take(40).collect()
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
    fn reads_back_the_folder_and_the_text() {
        let folder = folder("round");
        sample().write(&folder).unwrap();
        sample().write(&folder).unwrap();
        assert_eq!(WordVectors::read(&folder).unwrap(), sample());
        let text = folder.join("vectors.txt");
        sample().write_text(&text).unwrap();
        assert_eq!(WordVectors::read_text(&text).unwrap(), sample());
        let words = vec!["two words".to_owned()];
        let spaced = WordVectors::new(words, 1, vec![1.0]).unwrap();
        assert!(spaced.write_text(&text).unwrap_err().to_string().contains("`two words`"));
        std::fs::remove_dir_all(&folder).unwrap();
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

    #[test]
    fn damaged_texts_name_the_line() {
        let reason = |text: &str| read_lines(text.as_bytes()).unwrap_err();
        assert!(read_lines("2 2\na 1 2 \r\n好 3 4\n".as_bytes()).is_ok());
        assert_eq!(reason(""), "line 1 is `` instead of two numbers");
        assert_eq!(reason("a 1 2\n"), "line 1 is `a 1 2` instead of two numbers");
        assert_eq!(reason("1 2\na 1\n"), "line 2 has `1` values instead of `2`");
        assert_eq!(reason("2 1\na 1\nb x\n"), "line 3 has `x` in place of a number");
        assert_eq!(reason("3 1\na 1\n"), "it has `1` words instead of `3`");
        assert!(reason("1 1\na NaN\n").contains("`NaN`"));
        assert!(reason("9999999999999999 9999999999\n").contains("instead of"));
        assert!(read_lines(&b"1 1\n\xff 1\n"[..]).unwrap_err().starts_with("line 2"));
    }
}
