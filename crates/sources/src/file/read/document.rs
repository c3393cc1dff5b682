//! JSON documents: an array of records, an object that holds arrays of records, or objects one behind the other.
//!
//! A script's assignment before the document (`window.YTD.tweets.part0 = [`) is skipped. Records are cut out by their brackets alone,
//! so that a record with a fault inside costs that record only.

use super::window::{RECORD_BYTES, Window, too_long};
use super::{Content, Item, as_text};
use std::io;

/// Names of members that hold the records of a document.
pub(crate) const RECORD_LISTS: &[&str] = &[
    "weibo", "tweets", "statuses", "posts", "comments", "notes", "items", "itemList", "data",
    "results", "records", "hits", "messages",
];

/// Says where the records of a document stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `[record, record]`.
    Array,
    /// `{"user": …, "weibo": [record, record]}`; see [`RECORD_LISTS`].
    Lists,
    /// `record record`.
    Sequence,
}

/// Reads one record per value of a list.
pub(crate) struct Document {
    window: Window,
    shape: Shape,
    /// Whether the window stands inside a list.
    inside: bool,
    finished: bool,
    /// Line on which the window stands, from 1.
    line: i64,
    /// Bytes of the window that the last record took.
    taken: usize,
    /// Beginning of a record that was too long.
    beginning: Vec<u8>,
}

/// Says how far a value reaches into the window.
struct Extent {
    /// Bytes of the value that are in the window.
    end: usize,
    /// Length of the whole value in bytes.
    length: u64,
    /// Whether its brackets are closed.
    closed: bool,
}

impl Document {
    /// Skips what stands before the first record.
    pub(crate) fn open(window: Window, shape: Shape) -> io::Result<Self> {
        let mut document = Self {
            window,
            shape,
            inside: shape == Shape::Sequence,
            finished: false,
            line: 1,
            taken: 0,
            beginning: Vec::new(),
        };
        let opening = if shape == Shape::Array { b'[' } else { b'{' };
        document.skip_until(|byte| byte == opening)?;
        if shape != Shape::Sequence {
            document.step(1);
        }
        document.inside |= shape == Shape::Array;
        Ok(document)
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Item<'_>>> {
        self.step(self.taken);
        self.taken = 0;
        while !self.finished {
            if !self.inside && !self.enter_list()? {
                return Ok(self.end());
            }
            self.skip_until(|byte| !(byte.is_ascii_whitespace() || byte == b','))?;
            match self.window.bytes().first() {
                None if self.shape == Shape::Sequence => return Ok(self.end()),
                None => return Ok(self.broken("the document ends inside a list; it is incomplete")),
                Some(b']') if self.shape == Shape::Array => {
                    self.step(1);
                    self.skip_until(|byte| !(byte.is_ascii_whitespace() || byte == b';'))?;
                    let rest = self.window.bytes().len();
                    if rest == 0 {
                        return Ok(self.end());
                    }
                    self.taken = rest;
                    return Ok(self.broken("something follows the end of the list; remove it"));
                }
                Some(b']') if self.shape == Shape::Lists => {
                    self.step(1);
                    self.inside = false;
                }
                Some(_) => return self.record().map(Some),
            }
        }
        Ok(None)
    }

    /// Cuts out the value at which the window stands.
    fn record(&mut self) -> io::Result<Item<'_>> {
        let line = self.line;
        let extent = self.value(true)?;
        self.taken = extent.end;
        if extent.length > RECORD_BYTES as u64 {
            let content = Content::Broken(too_long(extent.length));
            return Ok(Item { line, payload: &self.beginning, content });
        }
        self.finished |= !extent.closed;
        let payload = &self.window.bytes()[..extent.end];
        let content = match as_text(payload) {
            Ok(_) if !extent.closed => {
                Content::Broken("the document ends inside a record; it is incomplete".to_owned())
            }
            Ok(text) => Content::Json(text),
            Err(reason) => Content::Broken(reason),
        };
        Ok(Item { line, payload, content })
    }

    /// Finds the end of the value at which the window stands. A value longer than the longest record is consumed, and so is any
    /// value that need not be kept.
    fn value(&mut self, keep: bool) -> io::Result<Extent> {
        let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
        let (mut at, mut gone) = (0, 0_u64);
        self.beginning.clear();
        loop {
            while let Some(byte) = self.window.bytes().get(at).copied() {
                let mut closes = false;
                if in_string {
                    closes = byte == b'"' && !escaped;
                    in_string = !closes;
                    escaped = byte == b'\\' && !escaped;
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' if depth > 0 => {
                            depth -= 1;
                            closes = true;
                        }
                        b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'
                            if depth == 0 && at > 0 =>
                        {
                            return Ok(Extent { end: at, length: gone + at as u64, closed: true });
                        }
                        _ => {}
                    }
                }
                at += 1;
                if closes && depth == 0 {
                    return Ok(Extent { end: at, length: gone + at as u64, closed: true });
                }
                if at > RECORD_BYTES || (!keep && at > 64 << 10) {
                    if gone == 0 {
                        self.beginning.extend_from_slice(&self.window.bytes()[..64 << 10]);
                    }
                    gone += at as u64;
                    self.step(at);
                    at = 0;
                }
            }
            if !self.window.fill()? {
                let closed = depth == 0 && !in_string && at > 0;
                return Ok(Extent { end: at, length: gone + at as u64, closed });
            }
        }
    }

    /// Walks over the members of the object until one holds records; false at the end of the object.
    fn enter_list(&mut self) -> io::Result<bool> {
        loop {
            self.skip_until(|byte| matches!(byte, b'"' | b'}'))?;
            if self.window.bytes().first() != Some(&b'"') {
                return Ok(false);
            }
            let extent = self.value(true)?;
            let name = &self.window.bytes()[..extent.end];
            let holds = RECORD_LISTS.iter().any(|list| name == format!("\"{list}\"").as_bytes());
            self.step(extent.end);
            self.skip_until(|byte| !(byte.is_ascii_whitespace() || byte == b':'))?;
            if holds && self.window.bytes().first() == Some(&b'[') {
                self.step(1);
                self.inside = true;
                return Ok(true);
            }
            let extent = self.value(false)?;
            if extent.end == 0 {
                return Ok(false);
            }
            self.step(extent.end);
        }
    }

    fn end<'b>(&mut self) -> Option<Item<'b>> {
        self.finished = true;
        None
    }

    /// Ends the document with a record that says what is wrong with it.
    fn broken(&mut self, reason: &str) -> Option<Item<'_>> {
        self.finished = true;
        let payload = &self.window.bytes()[..self.taken];
        Some(Item { line: self.line, payload, content: Content::Broken(reason.to_owned()) })
    }

    /// Consumes bytes until one fits, counting lines; stands at the end of the stream if none does.
    fn skip_until(&mut self, fits: impl Fn(u8) -> bool) -> io::Result<()> {
        loop {
            if let Some(at) = self.window.bytes().iter().position(|byte| fits(*byte)) {
                self.step(at);
                return Ok(());
            }
            self.step(self.window.bytes().len());
            if !self.window.fill()? {
                return Ok(());
            }
        }
    }

    /// Consumes bytes and counts their lines.
    fn step(&mut self, count: usize) {
        let bytes = self.window.bytes();
        let gone = &bytes[..count.min(bytes.len())];
        self.line += gone.iter().filter(|byte| **byte == b'\n').count() as i64;
        self.window.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], shape: Shape) -> Vec<(i64, String)> {
        let window = Window::new(Box::new(io::Cursor::new(text.to_vec())));
        let mut document = Document::open(window, shape).unwrap();
        let mut seen = Vec::new();
        while let Some(item) = document.next().unwrap() {
            seen.push(match item.content {
                Content::Json(text) => (item.line, text.to_owned()),
                Content::Broken(reason) => (item.line, format!("! {reason}")),
                Content::Row(_) => unreachable!(),
            });
        }
        seen
    }

    fn array(text: &str) -> Vec<(i64, String)> {
        read(text.as_bytes(), Shape::Array)
    }

    #[test]
    fn records_of_an_array_are_cut_out() {
        let seen = array(
            "window.YTD.tweets.part0 = [\n {\"a\":\"]}\\\"\"},\n {\"b\":[1,{}]}, 7 ,\"x\"\n]\n;\n",
        );
        let texts: Vec<_> = seen.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["{\"a\":\"]}\\\"\"}", "{\"b\":[1,{}]}", "7", "\"x\""]);
        assert_eq!(seen.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 3, 3]);
    }

    #[test]
    fn an_incomplete_array_says_so_once() {
        assert!(array("[{\"a\":1},").last().unwrap().1.contains("ends inside a list"));
        let seen = array("[{\"a\":1},{\"b\":");
        assert_eq!(seen.len(), 2);
        assert!(seen[1].1.contains("ends inside a record"));
        assert!(array("[] x").first().unwrap().1.contains("follows the end"));
        assert!(array("[]").is_empty() && array("").len() == 1);
    }

    #[test]
    fn lists_inside_an_object_are_found() {
        let text = r#"{"user": {"weibo": [1]}, "total": 2, "name": "x", "weibo": [{"a":1}], "other": [5], "comments": [{"b":2}]}"#;
        let seen = read(text.as_bytes(), Shape::Lists);
        assert_eq!(seen, [(1, "{\"a\":1}".to_owned()), (1, "{\"b\":2}".to_owned())]);
        assert!(read(br#"{"user": 1}"#, Shape::Lists).is_empty());
    }

    #[test]
    fn objects_may_follow_each_other() {
        let seen = read(b"{\n\"a\": 1\n}\n{\"b\": 2}", Shape::Sequence);
        assert_eq!(seen, [(1, "{\n\"a\": 1\n}".to_owned()), (4, "{\"b\": 2}".to_owned())]);
    }

    #[test]
    fn a_record_of_five_megabytes_is_set_aside() {
        let text = format!("[{{\"a\":\"{}\"}},{{\"b\":1}}]", "x".repeat(5 << 20));
        let seen = array(&text);
        assert!(seen[0].1.contains(&format!("`{}` bytes", (5 << 20) + 8)), "{}", seen[0].1);
        assert_eq!(seen[1].1, "{\"b\":1}");
        assert_eq!(seen.len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_hang_or_panic(bytes in proptest::collection::vec(
            proptest::sample::select(b"{}[]\",:\\ \nax1".to_vec()), 0..200)) {
            for shape in [Shape::Array, Shape::Lists, Shape::Sequence] {
                read(&bytes, shape);
            }
        }
    }
}
