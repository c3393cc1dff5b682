//! What a file is: by its name, by what the caller says, or by its first bytes.

use super::read::{Dialect, RECORD_LISTS, Shape};
use crate::{SourceError, did_you_mean};

/// Names the form of a file's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON value per line.
    JsonLines,
    /// A JSON document.
    Json(Shape),
    /// A table of text.
    Table { delimiter: u8, dialect: Dialect },
    /// Parquet.
    Parquet,
}

/// Formats that a caller may ask for.
const NAMES: &[&str] = &["jsonl", "ndjson", "json", "csv", "tsv", "parquet"];

/// Finds the format of a file.
///
/// `sample` is the beginning of the decompressed file. What the caller asks for wins over the name of the file, and that over its
/// content; but the content decides the details that no name tells (shape of a JSON document, delimiter, quotes).
///
/// # Errors
/// [`SourceError::Setting`] when the caller asks for a format that does not exist.
pub(crate) fn find_format(
    file_name: &str,
    asked: Option<&str>,
    sample: &[u8],
) -> Result<Format, SourceError> {
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    if let Some(asked) = asked {
        let name = asked.to_ascii_lowercase();
        return by_name(&name, sample).ok_or_else(|| SourceError::Setting {
            setting: "format",
            value: asked.to_owned(),
            remedy: did_you_mean(asked, NAMES),
        });
    }
    let extension = uncompressed_name(file_name).rsplit_once('.').map(|(_, extension)| extension);
    Ok(extension
        .and_then(|extension| by_name(&extension.to_ascii_lowercase(), sample))
        .unwrap_or_else(|| by_content(sample)))
}

/// Takes the ending of a compressed file off its name.
pub(crate) fn uncompressed_name(file_name: &str) -> &str {
    let lower = file_name.to_ascii_lowercase();
    for ending in [".gz", ".gzip", ".zst", ".zstd"] {
        if lower.ends_with(ending) {
            return &file_name[..file_name.len() - ending.len()];
        }
    }
    file_name
}

fn by_name(name: &str, sample: &[u8]) -> Option<Format> {
    match name {
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "json" | "js" => Some(json(sample)),
        "csv" => Some(table(delimiter(sample, b','), sample)),
        "tsv" | "tab" => Some(table(b'\t', sample)),
        "parquet" | "pq" => Some(Format::Parquet),
        _ => None,
    }
}

fn by_content(sample: &[u8]) -> Format {
    if sample.starts_with(b"PAR1") {
        return Format::Parquet;
    }
    let begin = sample.trim_ascii_start();
    if begin.starts_with(b"[") || begin.starts_with(b"{") || begin.starts_with(b"window.") {
        return json(sample);
    }
    table(delimiter(sample, b','), sample)
}

/// Tells a document from lines of JSON.
fn json(sample: &[u8]) -> Format {
    let begin = sample.trim_ascii_start();
    match begin.iter().find(|byte| matches!(byte, b'[' | b'{')) {
        Some(b'[') => Format::Json(Shape::Array),
        Some(b'{') if holds_record_list(begin) => Format::Json(Shape::Lists),
        Some(b'{') if begin.starts_with(b"{") && first_line_is_whole(begin) => Format::JsonLines,
        Some(_) => Format::Json(Shape::Sequence),
        None => Format::JsonLines,
    }
}

/// Tells whether the first line is a JSON value of its own, or so long that it must be one.
fn first_line_is_whole(sample: &[u8]) -> bool {
    let mut lines = sample.splitn(2, |byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let last = first.trim_ascii_end().last();
    // An object that is printed over several lines begins with a line that does not close it.
    lines.next().is_none() || (last == Some(&b'}') && first.trim_ascii().len() > 1)
}

/// Tells whether a member of the outermost object is a list that holds the records.
fn holds_record_list(sample: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_i32, false, false);
    let mut string_start = 0;
    let mut name: &[u8] = b"";
    for (at, byte) in sample.iter().enumerate() {
        if in_string {
            if *byte == b'"' && !escaped {
                in_string = false;
                name = &sample[string_start..at];
            }
            escaped = *byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => {
                in_string = true;
                string_start = at + 1;
            }
            b'[' => {
                let inside = sample[at + 1..].trim_ascii_start();
                let objects = inside.is_empty() || inside.starts_with(b"{");
                let named = RECORD_LISTS.iter().any(|list| list.as_bytes() == name);
                if depth == 1 && named && objects {
                    return true;
                }
                depth += 1;
            }
            b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && *byte == b'}' {
            return false;
        }
    }
    false
}

/// Returns the delimiter that the header holds most often.
fn delimiter(sample: &[u8], usual: u8) -> u8 {
    let header = sample.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    let mut best = usual;
    for candidate in [b'\t', b';', b'|'] {
        if count(candidate) > count(best) {
            best = candidate;
        }
    }
    best
}

/// Finds what quotes and backslashes mean. Tables with commas follow RFC 4180. Tables with tabs do so if that explains their
/// quotes; if every line has as many tabs as the header, they need no quotes, and backslashes that are all escapes are escapes.
fn table(delimiter: u8, sample: &[u8]) -> Format {
    let dialect = if delimiter == b'\t' { tab_dialect(sample) } else { Dialect::QUOTED };
    Format::Table { delimiter, dialect }
}

fn tab_dialect(sample: &[u8]) -> Dialect {
    let mut lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').collect();
    // The last line may be cut, or is nothing behind the last line feed.
    lines.pop();
    let tabs = |line: &[u8]| line.iter().filter(|byte| **byte == b'\t').count();
    let wanted = lines.first().map_or(0, |line| tabs(line));
    let rows = lines.iter().filter(|line| !line.is_empty());
    let fitting = rows.clone().filter(|line| tabs(line) == wanted).count();
    let (mut opened, mut well_quoted) = (0, 0);
    for field in rows.clone().flat_map(|line| line.split(|byte| *byte == b'\t')) {
        if field.first() == Some(&b'"') {
            let inside = field.trim_ascii_end().get(1..).unwrap_or_default();
            opened += 1;
            well_quoted += usize::from(inside.last() == Some(&b'"'));
        }
    }
    // One line in twenty may be broken.
    let plain = fitting * 20 >= rows.count() * 19;
    if opened > 0 && (!plain || opened == well_quoted) {
        return Dialect::QUOTED;
    }
    if plain && has_only_escapes(sample) { Dialect::ESCAPED } else { Dialect::PLAIN }
}

/// Tells whether there are backslashes and every one begins an escape.
fn has_only_escapes(sample: &[u8]) -> bool {
    let mut bytes = sample.iter().peekable();
    let mut found = false;
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' {
            found = true;
            match bytes.next() {
                Some(b't' | b'n' | b'r' | b'\\') | None => {}
                Some(_) => return false,
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(name: &str, sample: &str) -> Format {
        find_format(name, None, sample.as_bytes()).unwrap()
    }

    #[test]
    fn names_decide_and_compression_is_looked_through() {
        assert_eq!(format("a.JSONL.gz", "x"), Format::JsonLines);
        assert_eq!(format("a.parquet", ""), Format::Parquet);
        assert!(matches!(format("a.csv.zst", "a;b;c\n"), Format::Table { delimiter: b';', .. }));
        assert!(matches!(format("a.tsv", "a\tb\n"), Format::Table { delimiter: b'\t', .. }));
        assert_eq!(uncompressed_name("RC_2023-01.zst"), "RC_2023-01");
    }

    #[test]
    fn content_decides_what_names_do_not_tell() {
        assert_eq!(format("RC_2023-01.zst", "{\"a\":1}\n{\"a\""), Format::JsonLines);
        assert_eq!(format("-", "\u{feff}[{\"a\":1}]"), Format::Json(Shape::Array));
        assert_eq!(format("-", "PAR1..."), Format::Parquet);
        assert_eq!(format("tweets.js", "window.YTD.tweets.part0 = [{"), Format::Json(Shape::Array));
        assert_eq!(format("a.json", "{\"data\":{\"x\":1}}\n{"), Format::JsonLines);
        assert_eq!(format("a.json", "{\n \"a\": {\n"), Format::Json(Shape::Sequence));
        let nested = "{\"user\":{\"data\":[{}]},\"weibo\":[{\"a\":1}]}";
        assert_eq!(format("a.json", nested), Format::Json(Shape::Lists));
        assert_eq!(format("a.json", "{\"data\":[1,2],\"text\":\"x\"}"), Format::JsonLines);
        assert!(matches!(format("posts", "a\tb\n1\t2\n"), Format::Table { delimiter: b'\t', .. }));
    }

    #[test]
    fn tables_with_tabs_show_what_quotes_mean() {
        let dialect = |sample: &str| match format("a.tsv", sample) {
            Format::Table { dialect, .. } => dialect,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(dialect("a\tb\n1\tx\\ny\n\"2\tz\n"), Dialect::ESCAPED);
        assert_eq!(dialect("a\tb\n1\t\"x\ny\"\n2\tz\n"), Dialect::QUOTED);
        assert_eq!(dialect("a\tb\n1\t\"x\"\n"), Dialect::QUOTED);
        assert_eq!(dialect("a\tb\n1\tc:\\new\\old\n"), Dialect::PLAIN);
        assert_eq!(dialect("a\tb\n"), Dialect::PLAIN);
    }

    #[test]
    fn an_unknown_format_is_named_with_the_nearest() {
        let error = find_format("a", Some("jsnl"), b"").unwrap_err().to_string();
        assert!(error.contains("`jsnl` is no valid format; did you mean `jsonl`?"), "{error}");
    }
}
