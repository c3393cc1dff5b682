//! Cuts texts into the pieces of a vocabulary.

use std::path::Path;

use tokenizers::Tokenizer;

use crate::error::ModelError;
use crate::train::{read_tokenizer, token_ids};

/// How many characters a piece may have at most, twice over; what lies beyond cannot reach the encoder.
const CHARACTERS_PER_PIECE: usize = 32;

/// Cuts prepared texts into pieces, with the start and the end piece around them.
#[derive(Debug)]
pub(crate) struct PieceCutter {
    tokenizer: Tokenizer,
    longest: usize,
}

impl PieceCutter {
    /// Reads a `tokenizer.json`; `path` appears in errors. A text gives at most `longest` pieces.
    ///
    /// The encoder has `rows` word vectors, one a piece. More are no fault: many published checkpoints have spare ones at the end.
    ///
    /// # Errors
    /// Fails if the bytes are no tokenizer, or it has pieces without a row.
    pub(crate) fn new(
        path: &Path,
        bytes: &[u8],
        rows: usize,
        longest: usize,
    ) -> Result<Self, ModelError> {
        let tokenizer = read_tokenizer(path, bytes)?;
        let pieces = tokenizer.get_vocab_size(true);
        if pieces > rows {
            let reason = format!("it has {pieces} pieces, the encoder {rows} word vectors");
            return Err(ModelError::format(path, "tokenizer of these weights", reason));
        }
        Ok(Self { tokenizer, longest })
    }

    /// Gives the ids of a text that [`prepare_text`](crate::prepare_text) has prepared, after those of its target if it has one.
    ///
    /// A text too long keeps its first pieces and the end piece, as in training.
    ///
    /// # Errors
    /// Fails if the tokenizer refuses the text.
    pub(crate) fn cut(&self, prepared: &str, target: Option<&str>) -> Result<Vec<u32>, ModelError> {
        let end = prepared.char_indices().nth(self.longest * CHARACTERS_PER_PIECE);
        let clipped = end.map_or(prepared, |(end, _)| &prepared[..end]);
        token_ids(&self.tokenizer, clipped, target, self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_needs_a_row_and_not_every_row_a_piece() {
        let tokenizer =
            br#"{"version":"1.0","model":{"type":"WordLevel","vocab":{"<unk>":0,"a":1},"unk_token":"<unk>"}}"#;
        let cutter = |rows| PieceCutter::new(Path::new("tokenizer.json"), tokenizer, rows, 8);
        assert!(cutter(2).is_ok() && cutter(5).is_ok());
        let error = cutter(1).unwrap_err().to_string();
        assert!(error.contains("2 pieces, the encoder 1 word vectors"), "{error}");
    }

    #[test]
    fn what_a_tokenizer_says_of_lengths_is_left_out() {
        let tokenizer = br#"{"version":"1.0",
            "truncation":{"direction":"Right","max_length":3,"strategy":"LongestFirst","stride":0},
            "padding":{"strategy":{"Fixed":6},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,
                "pad_token":"<unk>"},
            "pre_tokenizer":{"type":"Whitespace"},
            "model":{"type":"WordLevel","vocab":{"<unk>":0,"a":1},"unk_token":"<unk>"}}"#;
        let cutter = PieceCutter::new(Path::new("tokenizer.json"), tokenizer, 2, 8).unwrap();
        assert_eq!(cutter.cut("a", None).unwrap(), [1]);
        assert_eq!(cutter.cut("a a a a", None).unwrap(), [1; 4]);
    }
}
