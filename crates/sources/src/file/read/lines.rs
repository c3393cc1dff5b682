//! JSON lines (ndjson.org): a JSON value per line.

use super::window::{LineEnd, Window, too_long, without_return};
use super::{Content, Item, as_text, empty_line};
use std::io;

/// Reads one record per physical line.
pub(crate) struct Lines {
    window: Window,
    /// Lines read so far.
    line: i64,
    /// Bytes of the window that the last record took.
    taken: usize,
    /// Beginning of a record that was too long.
    beginning: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(window: Window) -> Self {
        Self { window, line: 0, taken: 0, beginning: Vec::new() }
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Item<'_>>> {
        self.window.consume(self.taken);
        self.taken = 0;
        self.line += 1;
        let end = match self.window.line_end(0)? {
            LineEnd::Stream(0) => return Ok(None),
            LineEnd::Stream(end) => {
                self.taken = end;
                end
            }
            LineEnd::Feed(end) => {
                self.taken = end + 1;
                end
            }
            LineEnd::TooFar => {
                let (beginning, length) = self.window.skip_line()?;
                self.beginning = beginning;
                let content = Content::Broken(too_long(length));
                return Ok(Some(Item { line: self.line, payload: &self.beginning, content }));
            }
        };
        let payload = without_return(&self.window.bytes()[..end]);
        let content = match as_text(payload) {
            Ok(text) if text.trim().is_empty() => Content::Broken(empty_line()),
            Ok(text) => Content::Json(text),
            Err(reason) => Content::Broken(reason),
        };
        Ok(Some(Item { line: self.line, payload, content }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<(i64, String)> {
        let mut lines = Lines::new(Window::new(Box::new(io::Cursor::new(bytes.to_vec()))));
        let mut seen = Vec::new();
        while let Some(item) = lines.next().unwrap() {
            seen.push(match item.content {
                Content::Json(text) => (item.line, text.to_owned()),
                Content::Broken(reason) => (item.line, format!("! {reason}")),
                Content::Row(_) => unreachable!(),
            });
        }
        seen
    }

    #[test]
    fn a_final_line_end_is_no_empty_line() {
        assert_eq!(read(b"{}\n"), [(1, "{}".to_owned())]);
        assert_eq!(read(b"{}\r\n[]"), [(1, "{}".to_owned()), (2, "[]".to_owned())]);
        assert_eq!(read(b"").len(), 0);
        let seen = read(b"{}\n\n \n{}\n\n");
        assert_eq!(seen.len(), 5);
        assert!(seen[1].1.starts_with("! empty line") && seen[4].1.starts_with("! empty line"));
    }

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let seen = read(b"{\"a\":\"\xff\"}\n{}\n");
        assert!(seen[0].1.contains("byte `7`"), "{}", seen[0].1);
        assert_eq!(seen[1].1, "{}");
    }

    #[test]
    fn a_line_of_five_megabytes_is_set_aside() {
        let mut bytes = vec![b'x'; 5 << 20];
        bytes.extend_from_slice(b"\n{}\n");
        let seen = read(&bytes);
        assert!(seen[0].1.contains("`5242880` bytes"), "{}", seen[0].1);
        assert_eq!(seen[1], (2, "{}".to_owned()));
    }
}
