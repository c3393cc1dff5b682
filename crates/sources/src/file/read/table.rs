//! Tables: CSV as of RFC 4180, and TSV whose tabs and line feeds are escaped.
//!
//! Quotes are read as RFC 4180 says, with two concessions: a quote in a field that does not begin with one is a character, and so is
//! what stands between a closing quote and the next delimiter on the first line of a row. A quote that is never closed must not
//! swallow good rows: a row that runs over several lines and then ends in the middle of a field, has the wrong number of fields, or
//! is longer than the longest record, is given up. Its first line is set aside and reading goes on with its second.

use super::super::record::{Header, Row};
use super::window::{LineEnd, Window, too_long, without_return};
use super::{Content, Item, as_text, empty_line};
use std::borrow::Cow;
use std::io;
use std::sync::Arc;

/// Says what quotes and backslashes mean in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Whether a field may stand in double quotes (RFC 4180).
    pub(crate) quotes: bool,
    /// Whether `\t`, `\n`, `\r` and `\\` are escapes.
    pub(crate) escapes: bool,
}

impl Dialect {
    /// RFC 4180.
    pub(crate) const QUOTED: Self = Self { quotes: true, escapes: false };
    /// Escapes; quotes mean nothing.
    pub(crate) const ESCAPED: Self = Self { quotes: false, escapes: true };
    /// Neither quotes nor escapes.
    pub(crate) const PLAIN: Self = Self { quotes: false, escapes: false };
}

/// Reads one record per row.
pub(crate) struct Table {
    window: Window,
    delimiter: u8,
    dialect: Dialect,
    row: Row,
    /// Lines read so far.
    line: i64,
    /// Bytes of the window that the last row took.
    taken: usize,
    /// Beginning of a row that was too long.
    beginning: Vec<u8>,
}

/// Says how far a row reaches into the window.
struct Extent {
    /// End of its first line.
    first: usize,
    /// End of its last line.
    last: usize,
    /// Bytes up to the next row when it is taken whole, and when only its first line is.
    taken: usize,
    taken_first: usize,
    /// Lines it runs over.
    lines: i64,
    /// Whether it ended outside quotes.
    closed: bool,
}

impl Table {
    /// Reads the header; a stream without one line has no columns and no rows.
    pub(crate) fn open(window: Window, delimiter: u8, dialect: Dialect) -> io::Result<Self> {
        let row = Row::default();
        let mut table =
            Self { window, delimiter, dialect, row, line: 0, taken: 0, beginning: Vec::new() };
        if let Some(extent) = table.extent()? {
            let bytes = without_return(&table.window.bytes()[..extent.last]);
            let text = String::from_utf8_lossy(bytes).into_owned();
            split(&text, delimiter, dialect, &mut table.row);
            let names = (0..table.row.spans.len()).map(|index| table.row.field(index));
            table.row.header = Arc::new(Header::new(names));
            table.line = extent.lines;
            table.taken = extent.taken;
        }
        Ok(table)
    }

    pub(crate) fn header(&self) -> &Arc<Header> {
        &self.row.header
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Item<'_>>> {
        self.window.consume(self.taken);
        self.taken = 0;
        let line = self.line + 1;
        let Some(extent) = self.extent()? else {
            if self.window.bytes().is_empty() {
                return Ok(None);
            }
            let (beginning, length) = self.window.skip_line()?;
            self.beginning = beginning;
            self.line += 1;
            let content = Content::Broken(too_long(length));
            return Ok(Some(Item { line, payload: &self.beginning, content }));
        };
        let whole = without_return(&self.window.bytes()[..extent.last]);
        let text = String::from_utf8_lossy(whole);
        split(&text, self.delimiter, self.dialect, &mut self.row);
        let (found, wanted) = (self.row.spans.len(), self.row.header.names.len());
        let fits = extent.closed && found == wanted;
        let reason = if whole.is_empty() {
            Some(empty_line())
        } else if matches!(text, Cow::Owned(_)) && (fits || extent.lines == 1) {
            as_text(whole).err()
        } else if !extent.closed {
            Some(unclosed())
        } else {
            (!fits).then(|| wrong_count(found, wanted))
        };
        let (payload, taken, lines) = match &reason {
            // A row that does not hold together may have swallowed good ones: only its first line is given up.
            Some(_) if !fits => {
                (without_return(&whole[..extent.first.min(whole.len())]), extent.taken_first, 1)
            }
            _ => (whole, extent.taken, extent.lines),
        };
        self.taken = taken;
        self.line += lines;
        let content = reason.map_or(Content::Row(&self.row), Content::Broken);
        Ok(Some(Item { line, payload, content }))
    }

    /// Finds the lines of the next row; nothing at the end of the stream, and when its first line is too long.
    fn extent(&mut self) -> io::Result<Option<Extent>> {
        let (first, taken_first) = match self.window.line_end(0)? {
            LineEnd::Stream(0) | LineEnd::TooFar => return Ok(None),
            LineEnd::Stream(end) => (end, end),
            LineEnd::Feed(end) => (end, end + 1),
        };
        let mut extent =
            Extent { first, last: first, taken: taken_first, taken_first, lines: 1, closed: true };
        if !self.dialect.quotes || !self.window.bytes()[..first].contains(&b'"') {
            return Ok(Some(extent));
        }
        let mut place = Place::FieldStart;
        let mut scanned = 0;
        loop {
            for byte in without_return(&self.window.bytes()[scanned..extent.last]) {
                let next = place.after(*byte, self.delimiter);
                if extent.lines > 1 && place == Place::QuoteInQuoted && next == Place::Plain {
                    extent.closed = false;
                    return Ok(Some(extent));
                }
                place = next;
            }
            if place != Place::Quoted {
                return Ok(Some(extent));
            }
            scanned = extent.last;
            let end = match self.window.line_end(extent.taken)? {
                LineEnd::Feed(end) => (end, end + 1),
                LineEnd::Stream(end) if end > extent.taken => (end, end),
                _ => {
                    extent.closed = false;
                    return Ok(Some(extent));
                }
            };
            // The scan goes on with the line feed itself, which inside quotes is a character.
            (extent.last, extent.taken) = end;
            extent.lines += 1;
        }
    }
}

/// Says where in a row the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Plain,
    Quoted,
    /// Behind a quote inside quotes: the end of the field, or the first of two quotes that mean one.
    QuoteInQuoted,
}

impl Place {
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::QuoteInQuoted,
            (Self::Quoted, _) | (Self::FieldStart | Self::QuoteInQuoted, b'"') => Self::Quoted,
            (_, byte) if byte == delimiter => Self::FieldStart,
            _ => Self::Plain,
        }
    }
}

/// Splits a row into its fields and decodes them.
fn split(text: &str, delimiter: u8, dialect: Dialect, row: &mut Row) {
    row.text.clear();
    row.spans.clear();
    let quoted = dialect.quotes && text.as_bytes().contains(&b'"');
    let escaped = dialect.escapes && text.as_bytes().contains(&b'\\');
    if quoted {
        split_quoted(text, delimiter, row);
        return;
    }
    if !escaped {
        row.text.push_str(text);
        let mut start = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte == delimiter {
                row.spans.push((start, at));
                start = at + 1;
            }
        }
        row.spans.push((start, text.len()));
        return;
    }
    for field in text.split(char::from(delimiter)) {
        let start = row.text.len();
        push_unescaped(&mut row.text, field);
        row.spans.push((start, row.text.len()));
    }
}

fn split_quoted(text: &str, delimiter: u8, row: &mut Row) {
    let mut place = Place::FieldStart;
    let mut start = 0;
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        let next = place.after(byte, delimiter);
        let dropped = match (place, next) {
            // Opening quote, closing quote or first of two, delimiter.
            (Place::FieldStart, Place::Quoted) | (Place::Quoted, Place::QuoteInQuoted) => true,
            (_, Place::FieldStart) => true,
            _ => false,
        };
        if dropped {
            row.text.push_str(&text[copied..at]);
            copied = at + 1;
        }
        if next == Place::FieldStart {
            row.spans.push((start, row.text.len()));
            start = row.text.len();
        }
        place = next;
    }
    row.text.push_str(&text[copied..]);
    row.spans.push((start, row.text.len()));
}

/// Appends a field with its escapes undone; a backslash before anything else stays.
fn push_unescaped(target: &mut String, field: &str) {
    let mut rest = field;
    while let Some(at) = rest.find('\\') {
        target.push_str(&rest[..at]);
        let meant = match rest.as_bytes().get(at + 1) {
            Some(b't') => '\t',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b'\\') => '\\',
            _ => {
                target.push('\\');
                rest = &rest[at + 1..];
                continue;
            }
        };
        target.push(meant);
        rest = &rest[at + 2..];
    }
    target.push_str(rest);
}

fn wrong_count(found: usize, wanted: usize) -> String {
    format!(
        "row has `{found}` fields, the header has {wanted}; quote fields that hold the delimiter or a line end"
    )
}

fn unclosed() -> String {
    "a quote is opened and never closed; close it, or write two quotes for one".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], delimiter: u8, dialect: Dialect) -> Vec<(i64, Vec<String>)> {
        let window = Window::new(Box::new(io::Cursor::new(bytes.to_vec())));
        let mut table = Table::open(window, delimiter, dialect).unwrap();
        let mut seen = Vec::new();
        while let Some(item) = table.next().unwrap() {
            let fields = match item.content {
                Content::Row(row) => {
                    (0..row.spans.len()).map(|index| row.field(index).to_owned()).collect()
                }
                Content::Broken(reason) => {
                    vec![format!("! {reason}"), String::from_utf8_lossy(item.payload).into_owned()]
                }
                Content::Json(_) => unreachable!(),
            };
            seen.push((item.line, fields));
        }
        seen
    }

    fn csv(text: &str) -> Vec<(i64, Vec<String>)> {
        read(text.as_bytes(), b',', Dialect::QUOTED)
    }

    #[test]
    fn quotes_follow_rfc_4180() {
        let seen = csv("a,b\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n2,he said \"hi\"\r\n\"3\" odd,\"\"\r\n");
        assert_eq!(seen[0], (2, vec!["1".into(), "x, \"y\"\r\nz".into()]));
        assert_eq!(seen[1], (4, vec!["2".into(), "he said \"hi\"".into()]));
        assert_eq!(seen[2], (5, vec!["3 odd".into(), String::new()]));
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn an_open_quote_costs_one_line_only() {
        let seen = csv("a,b\n1,\"open\n2,x\n3,y\n");
        assert!(seen[0].1[0].contains("never closed"), "{seen:?}");
        assert_eq!(seen[0].1[1], "1,\"open");
        assert_eq!(seen[1], (3, vec!["2".into(), "x".into()]));
        assert_eq!(seen.len(), 3);
        // Closed by chance, far below: the rows between are saved.
        let seen = csv("a,b\n1,\"open\n2,x\n3,\"y\"\n4,z\n");
        assert_eq!(seen.iter().filter(|(_, fields)| !fields[0].starts_with('!')).count(), 3);
    }

    #[test]
    fn wrong_counts_and_empty_lines_are_named() {
        let seen = csv("a,b\n1\n\n1,2,3\n1,2\n");
        assert!(seen[0].1[0].contains("`1` fields, the header has 2"), "{seen:?}");
        assert!(seen[1].1[0].starts_with("! empty line"));
        assert!(seen[2].1[0].contains("`3` fields"));
        assert_eq!(seen[3], (5, vec!["1".into(), "2".into()]));
    }

    #[test]
    fn escapes_are_undone_and_quotes_are_characters() {
        let seen = read(b"a\tb\n\"x\t1\\n2\\t3\\\\n\\q\\\n", b'\t', Dialect::ESCAPED);
        assert_eq!(seen[0].1, ["\"x", "1\n2\t3\\n\\q\\"]);
        let plain = read(b"a\tb\nc:\\new\t\"\n", b'\t', Dialect::PLAIN);
        assert_eq!(plain[0].1, ["c:\\new", "\""]);
    }

    #[test]
    fn long_lines_and_bad_bytes_are_set_aside() {
        let mut bytes = b"a,b\n1,\"".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 5 << 20));
        bytes.extend_from_slice(b"\"\n2,\xff\n3,z\n");
        let seen = read(&bytes, b',', Dialect::QUOTED);
        assert!(seen[0].1[0].contains("`5242884` bytes"), "{}", seen[0].1[0]);
        assert!(seen[1].1[0].contains("byte `3` of the record is not UTF-8"));
        assert_eq!(seen[2], (4, vec!["3".into(), "z".into()]));
    }

    #[test]
    fn nothing_and_a_header_alone_have_no_rows() {
        assert!(csv("").is_empty() && csv("a,b\n").is_empty() && csv("a,b").is_empty());
    }

    #[test]
    fn a_row_of_two_lines_with_a_bad_byte_is_one_fault() {
        let seen = read(b"a,b\n1,\"x\n\xff\"\n2,y\n", b',', Dialect::QUOTED);
        assert!(seen[0].1[0].contains("byte `6` of the record is not UTF-8"), "{seen:?}");
        assert_eq!((seen[1].0, seen.len()), (4, 2));
    }
}
