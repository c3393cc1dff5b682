//! A window over a stream that grows and slides: records are slices of it, and memory stays bounded by the longest record kept.

use std::io::{self, Read};

/// Longest record that is read (4 MiB); a longer one is quarantined by its beginning and skipped.
pub(crate) const RECORD_BYTES: usize = 4 << 20;

/// Bytes of a too long record that are kept for the quarantine.
const KEPT_BYTES: usize = 64 << 10;

/// Bytes asked for at once.
const CHUNK_BYTES: usize = 256 << 10;

/// Shows the part of a stream that has been read and not yet consumed.
pub(crate) struct Window {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
}

/// Says where a physical line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineEnd {
    /// At a line feed, at this place in the window.
    Feed(usize),
    /// At the end of the stream, which is this long.
    Stream(usize),
    /// Further from the beginning of the window than the longest record is long.
    TooFar,
}

impl Window {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, end: 0, at_end: false }
    }

    /// Returns what has been read and not consumed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Forgets the first bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Reads more; false at the end of the stream.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        if self.at_end {
            return Ok(false);
        }
        if self.start > 0 && self.buffer.len() - self.end < CHUNK_BYTES {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < CHUNK_BYTES {
            let grown = (self.buffer.len() * 2).max(2 * CHUNK_BYTES);
            self.buffer.resize(grown, 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Consumes a byte order mark of UTF-8 at the beginning.
    pub(crate) fn skip_mark(&mut self) -> io::Result<()> {
        while self.bytes().len() < 3 && self.fill()? {}
        if self.bytes().starts_with(b"\xef\xbb\xbf") {
            self.consume(3);
        }
        Ok(())
    }

    /// Finds the end of the physical line that runs at `from`.
    pub(crate) fn line_end(&mut self, from: usize) -> io::Result<LineEnd> {
        let mut searched = from;
        loop {
            let bytes = self.bytes();
            let feed = find_feed(&bytes[searched.min(bytes.len())..]).map(|at| searched + at);
            searched = bytes.len();
            if feed.unwrap_or(searched) > RECORD_BYTES {
                return Ok(LineEnd::TooFar);
            }
            if let Some(feed) = feed {
                return Ok(LineEnd::Feed(feed));
            }
            if !self.fill()? {
                return Ok(LineEnd::Stream(searched));
            }
        }
    }

    /// Consumes a physical line however long it is; returns its beginning and its length in bytes.
    pub(crate) fn skip_line(&mut self) -> io::Result<(Vec<u8>, u64)> {
        let mut beginning = Vec::new();
        let mut length = 0;
        loop {
            let bytes = self.bytes();
            let feed = find_feed(bytes);
            let count = feed.unwrap_or(bytes.len());
            let wanted = KEPT_BYTES.saturating_sub(beginning.len()).min(count);
            beginning.extend_from_slice(&bytes[..wanted]);
            length += count as u64;
            self.consume(count + usize::from(feed.is_some()));
            if feed.is_some() || (self.bytes().is_empty() && !self.fill()?) {
                return Ok((beginning, length));
            }
        }
    }
}

fn find_feed(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

/// Takes a carriage return off the end of a line.
pub(crate) fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Says why a record is too long.
pub(crate) fn too_long(length: u64) -> String {
    format!(
        "record is `{length}` bytes long, more than {RECORD_BYTES}; split it, or check for a missing line end or quote"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_across_reads() {
        let text = format!("{}\n{}\nend", "a".repeat(CHUNK_BYTES - 1), "b".repeat(CHUNK_BYTES * 3));
        let mut window = Window::new(Box::new(io::Cursor::new(text.into_bytes())));
        assert_eq!(window.line_end(0).unwrap(), LineEnd::Feed(CHUNK_BYTES - 1));
        window.consume(CHUNK_BYTES);
        assert_eq!(window.line_end(0).unwrap(), LineEnd::Feed(CHUNK_BYTES * 3));
        window.consume(CHUNK_BYTES * 3 + 1);
        assert_eq!(window.line_end(0).unwrap(), LineEnd::Stream(3));
        assert_eq!(window.bytes(), b"end");
    }

    #[test]
    fn a_too_long_line_is_skipped_in_bounded_memory() {
        let long = io::repeat(b'x').take(64 << 20).chain(io::Cursor::new(b"\nnext\n".to_vec()));
        let mut window = Window::new(Box::new(long));
        assert_eq!(window.line_end(0).unwrap(), LineEnd::TooFar);
        let (beginning, length) = window.skip_line().unwrap();
        assert_eq!((beginning.len(), length), (KEPT_BYTES, 64 << 20));
        assert_eq!(window.line_end(0).unwrap(), LineEnd::Feed(4));
        assert!(window.buffer.len() <= 4 * RECORD_BYTES, "{}", window.buffer.len());
    }

    #[test]
    fn the_mark_is_skipped_once() {
        let mut window = Window::new(Box::new(io::Cursor::new(b"\xef\xbb\xbfab".to_vec())));
        window.skip_mark().unwrap();
        assert_eq!(window.bytes(), b"ab");
    }
}
