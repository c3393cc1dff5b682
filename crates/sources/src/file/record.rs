//! One record of a file, whatever its format, and how a column map looks at it.

use super::json::Json;
use super::overrides::Field;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// Holds the names of the columns of a table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// Names, trimmed; a column without one is called `column_7` after its place from 1.
    pub(crate) names: Vec<String>,
    /// What the generic column map makes of the names; worked out once.
    pub(crate) guesses: OnceLock<Vec<(Field, usize)>>,
}

impl Header {
    /// Makes a header of the fields of the first row.
    pub(crate) fn new<'f>(fields: impl Iterator<Item = &'f str>) -> Self {
        let name = |(index, field): (usize, &str)| match field.trim() {
            "" => format!("column_{}", index + 1),
            name => name.to_owned(),
        };
        Self { names: fields.enumerate().map(name).collect(), guesses: OnceLock::new() }
    }

    /// Returns the place of a column, from 0; the first when a name occurs twice.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }
}

/// Holds one row of a table, decoded.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) header: Arc<Header>,
    /// The fields, one behind the other.
    pub(crate) text: String,
    /// Where in `text` each field begins and ends.
    pub(crate) spans: Vec<(usize, usize)>,
}

impl Row {
    /// Returns a field by its place; empty when there is none.
    pub(crate) fn field(&self, index: usize) -> &str {
        self.spans.get(index).map_or("", |(start, end)| &self.text[*start..*end])
    }
}

/// Shows one record to a column map. Columns of a table are named as in its header, members of JSON by a path with dots.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Record<'r> {
    /// A row of a table.
    Row(&'r Row),
    /// An object.
    Json(&'r Json<'r>),
}

/// Holds a value of a record that is not empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'r> {
    /// Text that holds more than spaces.
    Text(&'r str),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// A truth value.
    Bool(bool),
}

impl<'r> Record<'r> {
    /// Returns the value of a column, if it has one that is neither empty, null, list nor object.
    pub(crate) fn value(self, column: &str) -> Option<Value<'r>> {
        match self {
            Self::Row(row) => text_value(row.field(row.header.find(column)?)),
            Self::Json(json) => match json.at(column)? {
                Json::Bool(value) => Some(Value::Bool(*value)),
                Json::Integer(value) => Some(Value::Integer(*value)),
                Json::Float(value) => Some(Value::Float(*value)),
                Json::Text(text) => text_value(text),
                Json::Null | Json::List(_) | Json::Object(_) => None,
            },
        }
    }

    /// Returns the first value that a list of columns has.
    pub(crate) fn first_value(self, columns: &[&str]) -> Option<Value<'r>> {
        columns.iter().find_map(|column| self.value(column))
    }

    /// Returns a value as text, untouched.
    pub(crate) fn text(self, column: &str) -> Option<Cow<'r, str>> {
        self.value(column).map(Value::into_text)
    }

    /// Returns the first text that a list of columns has.
    pub(crate) fn first_text(self, columns: &[&str]) -> Option<Cow<'r, str>> {
        self.first_value(columns).map(Value::into_text)
    }

    /// Returns a value as an identifier: text without spaces around it.
    pub(crate) fn id(self, column: &str) -> Option<Cow<'r, str>> {
        self.value(column).map(Value::into_id)
    }

    /// Returns the first identifier that a list of columns has.
    pub(crate) fn first_id(self, columns: &[&str]) -> Option<Cow<'r, str>> {
        self.first_value(columns).map(Value::into_id)
    }

    /// Returns a value as a count; see [`Value::count`].
    pub(crate) fn count(self, column: &str) -> Option<i64> {
        self.value(column).and_then(Value::count)
    }

    /// Returns the first count that a list of columns has.
    pub(crate) fn first_count(self, columns: &[&str]) -> Option<i64> {
        columns.iter().find_map(|column| self.count(column))
    }

    /// Returns a value as a truth value; see [`Value::flag`].
    pub(crate) fn flag(self, column: &str) -> Option<bool> {
        self.value(column).and_then(Value::flag)
    }

    /// Tells whether a column has a value.
    pub(crate) fn has(self, column: &str) -> bool {
        match self {
            Self::Row(_) => self.value(column).is_some(),
            Self::Json(json) => !matches!(json.at(column), None | Some(Json::Null)),
        }
    }

    /// Returns the items of a list; a table has none.
    pub(crate) fn items(self, column: &str) -> &'r [Json<'r>] {
        match self {
            Self::Row(_) => &[],
            Self::Json(json) => json.at(column).map_or(&[], Json::items),
        }
    }

    /// Returns an object inside it as a record of its own.
    pub(crate) fn inner(self, column: &str) -> Option<Record<'r>> {
        match self {
            Self::Row(_) => None,
            Self::Json(json) => {
                json.at(column).filter(|j| matches!(j, Json::Object(_))).map(Record::Json)
            }
        }
    }
}

impl<'r> Value<'r> {
    /// Makes it text.
    pub(crate) fn into_text(self) -> Cow<'r, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(value) => Cow::Owned(value.to_string()),
            Self::Float(value) => Cow::Owned(value.to_string()),
            Self::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        }
    }

    /// Makes it an identifier: as text, without spaces around it.
    pub(crate) fn into_id(self) -> Cow<'r, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.trim()),
            other => other.into_text(),
        }
    }

    /// Makes it a count: `1234`, `1,234`, `1.2万`, `3.4K`, `10万+`. What is no count, or below zero (Instagram's sign for
    /// "hidden"), is none; votes below zero are read by [`Value::votes`].
    pub(crate) fn count(self) -> Option<i64> {
        self.votes().filter(|count| *count >= 0)
    }

    /// Makes it a truth value: true, 1, yes.
    pub(crate) fn flag(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            Self::Integer(value) => Some(value != 0),
            Self::Float(_) => None,
            Self::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "t" | "是" => Some(true),
                "false" | "0" | "no" | "f" | "否" => Some(false),
                _ => None,
            },
        }
    }

    /// Makes it a number of votes, which may be below zero.
    pub(crate) fn votes(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Float(value) => whole(value),
            Self::Bool(_) => None,
            Self::Text(text) => text_count(text.trim()),
        }
    }
}

fn text_value(text: &str) -> Option<Value<'_>> {
    (!text.trim().is_empty()).then_some(Value::Text(text))
}

fn whole(value: f64) -> Option<i64> {
    (value.is_finite() && value.abs() < 9e15).then_some(value.round() as i64)
}

fn text_count(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let text = text.trim_end_matches('+').trim_end();
    let last = text.chars().next_back()?;
    let factor = match last {
        '万' | '萬' | 'w' | 'W' => 1e4,
        '亿' | '億' => 1e8,
        'k' | 'K' => 1e3,
        'm' | 'M' => 1e6,
        'b' | 'B' => 1e9,
        _ => 1.0,
    };
    let digits = if factor > 1.0 { &text[..text.len() - last.len_utf8()] } else { text };
    let plain: String = digits.chars().filter(|c| *c != ',').collect();
    let number = plain.trim().parse::<f64>().ok().filter(|n| n.is_finite())?;
    whole(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1234", Some(1234)),
            ("1,234", Some(1234)),
            ("1.2万", Some(12_000)),
            ("10万+", Some(100_000)),
            ("3.4K", Some(3_400)),
            ("2.5亿", Some(250_000_000)),
            ("12.0", Some(12)),
            ("-1", None),
            ("many", None),
            ("nan", None),
            ("万", None),
        ] {
            assert_eq!(Value::Text(text).count(), expected, "{text}");
        }
        assert_eq!(Value::Text("-7").votes(), Some(-7));
        assert_eq!(Value::Float(f64::MAX).count(), None);
    }

    #[test]
    fn headers_name_the_nameless_and_prefer_the_first() {
        let header = Header::new(["id", " text ", "", "id"].into_iter());
        assert_eq!(header.names, ["id", "text", "column_3", "id"]);
        assert_eq!(header.find("id"), Some(0));
        assert_eq!(header.find("none"), None);
    }

    #[test]
    fn rows_and_objects_answer_alike() {
        let header = Arc::new(Header::new(["id", "n", "ok"].into_iter()));
        let row = Row { header, text: " 74yes".into(), spans: vec![(0, 2), (2, 3), (3, 6)] };
        let json = Json::parse(r#"{"id":" 7","n":4,"ok":true,"o":{"x":null},"l":[1]}"#).unwrap();
        for record in [Record::Row(&row), Record::Json(&json)] {
            assert_eq!(record.id("id").as_deref(), Some("7"));
            assert_eq!(record.count("n"), Some(4));
            assert_eq!(record.flag("ok"), Some(true));
            assert_eq!(record.text("none"), None);
        }
        assert!(!Record::Json(&json).has("o.x") && Record::Json(&json).has("l"));
        assert!(
            Record::Json(&json).inner("o").is_some() && Record::Json(&json).inner("l").is_none()
        );
    }
}
