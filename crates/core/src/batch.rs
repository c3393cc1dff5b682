//! What a source hands over: posts, authors, what could not be read, and where it stands.

use crate::{Author, Post};
use serde::{Deserialize, Serialize};

/// Holds what a source read between two of its positions; stored as one transaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Posts that passed [`Post::check`].
    pub posts: Vec<Post>,
    /// Accounts seen beside the posts, if the source knows more than their names.
    pub authors: Vec<Author>,
    /// Records that could not become posts.
    pub rejected: Vec<Rejected>,
    /// Where the source stands after this batch.
    pub position: Position,
}

/// Says how far a source has been read; committed together with the posts read up to it.
///
/// Equal `key` and growing `sequence` are what Delta Lake calls an application transaction (Delta protocol, "Transaction
/// Identifiers"): a batch whose sequence is not greater than the stored one has been stored already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Identifies what is being read, e.g. `file:<name>:<fingerprint>`. The same input gives the same key.
    pub key: String,
    /// Count of records read since the beginning, valid and rejected ones.
    pub sequence: i64,
    /// Whatever else the source needs to go on (a cursor of an API, a byte offset); empty when `sequence` suffices.
    pub cursor: String,
}

/// Keeps a record that could not become a post, with everything needed to repair it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    /// File or feed it came from.
    pub origin: String,
    /// Line in the file, from 1; 0 when the origin has no lines.
    pub line: i64,
    /// The rule it broke, the value, the remedy.
    pub reason: String,
    /// The record as received; bytes that are not UTF-8 are replaced, and more than [`Rejected::PAYLOAD_BYTES`] are cut.
    pub payload: String,
}

impl Rejected {
    /// Most bytes of a payload that are kept.
    pub const PAYLOAD_BYTES: usize = 64 * 1024;

    /// Keeps `payload` as text, cut at [`Rejected::PAYLOAD_BYTES`].
    pub fn new(origin: &str, line: i64, reason: impl Into<String>, payload: &[u8]) -> Self {
        let kept = &payload[..payload.len().min(Self::PAYLOAD_BYTES)];
        let payload = String::from_utf8_lossy(kept).into_owned();
        Self { origin: origin.to_owned(), line, reason: reason.into(), payload }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_cut_and_made_text() {
        let long = vec![b'a'; Rejected::PAYLOAD_BYTES + 9];
        assert_eq!(Rejected::new("f", 1, "r", &long).payload.len(), Rejected::PAYLOAD_BYTES);
        assert_eq!(Rejected::new("f", 1, "r", &[b'a', 0xff]).payload, "a\u{fffd}");
    }
}
