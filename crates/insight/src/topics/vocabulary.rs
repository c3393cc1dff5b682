//! Words as numbers.

use std::collections::HashMap;

use crate::topics::Words;

/// Numbers the words of texts, in the order in which they first stand there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Vocabulary {
    /// Gives the number of a word; a new word gets the next one.
    pub fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        number
    }

    /// Numbers the words of a text, each with whether it may be a term.
    pub fn words(&mut self, words: &[(String, bool)]) -> Words {
        Words {
            all: words.iter().map(|(word, _)| self.number(word)).collect(),
            is_content: words.iter().map(|(_, is_content)| *is_content).collect(),
        }
    }

    /// Gives the word of a number; none has the empty one.
    pub fn word(&self, number: u32) -> &str {
        self.words.get(number as usize).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_one_number() {
        let mut vocabulary = Vocabulary::default();
        let numbers: Vec<u32> =
            ["电池", "battery", "电池"].iter().map(|word| vocabulary.number(word)).collect();
        assert_eq!(numbers, [0, 1, 0]);
        assert_eq!((vocabulary.word(0), vocabulary.word(9)), ("电池", ""));
    }
}
