//! Cuts texts into the pieces of a vocabulary.

use std::path::Path;

use tokenizers::Tokenizer;

use crate::error::ModelError;
use crate::train::token_ids;

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
    /// # Errors
    /// Fails if the bytes are no tokenizer, or its vocabulary does not have `vocabulary` pieces.
    pub(crate) fn new(
        path: &Path,
        bytes: &[u8],
        vocabulary: usize,
        longest: usize,
    ) -> Result<Self, ModelError> {
        let tokenizer = Tokenizer::from_bytes(bytes)
            .map_err(|error| ModelError::format(path, "tokenizer", error))?;
        let found = tokenizer.get_vocab_size(true);
        if found != vocabulary {
            let reason = format!("it has {found} pieces, the encoder {vocabulary}");
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
