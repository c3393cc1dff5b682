//! A JSON value that borrows from its text: reading millions of records must not copy every string.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Holds a JSON value; strings without escapes point into the text that was parsed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A string, or a whole number too large for 64 bits (an identifier, then).
    Text(Cow<'t, str>),
    /// An array.
    List(Vec<Json<'t>>),
    /// An object, its members in the order of the text.
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

impl<'t> Json<'t> {
    /// Reads a whole text.
    ///
    /// # Errors
    /// What `serde_json` says about the first fault; nesting beyond 128 levels is one.
    pub(crate) fn parse(text: &'t str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Returns a member of an object; the last one when a name occurs twice, as in most readers of JSON.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Follows a path of members and array positions: `legacy.entities.media.0.type`. A member whose name holds the dots wins.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        if let Some(found) = self.member(path) {
            return Some(found);
        }
        let (first, rest) = path.split_once('.')?;
        let next = match self {
            Self::List(items) => items.get(first.parse::<usize>().ok()?)?,
            _ => self.member(first)?,
        };
        match next {
            Self::List(items) if !rest.contains('.') => items.get(rest.parse::<usize>().ok()?),
            _ => next.at(rest),
        }
    }

    /// Returns the items of an array; none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

impl<'de: 't, 't> Deserialize<'de> for Json<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value)
            .map_or_else(|_| Json::Text(Cow::Owned(value.to_string())), Json::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Name(name)) = access.next_key()? {
            members.push((name, access.next_value()?));
        }
        Ok(Json::Object(members))
    }
}

/// Reads the name of a member without copying it where possible.
struct Name<'t>(Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for Name<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(value.to_owned())))
    }
}

/// Appends a string in JSON's quotes (RFC 8259, section 7).
pub(crate) fn push_quoted(target: &mut String, text: &str) {
    target.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => {
                target.push_str(&text[from..at]);
                target.push_str(&format!("\\u{byte:04x}"));
                from = at + 1;
                continue;
            }
            _ => continue,
        };
        target.push_str(&text[from..at]);
        target.push_str(escape);
        from = at + 1;
    }
    target.push_str(&text[from..]);
    target.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_path() {
        let text = r#"{"a":{"b":[{"c":"x"},{"c":"y"}],"list":[7,8]},"a.b":1,"n":18446744073709551615,"e":"\u4f60"}"#;
        let json = Json::parse(text).unwrap();
        assert_eq!(json.at("a.b.1.c"), Some(&Json::Text("y".into())));
        assert_eq!(json.at("a.list.1"), Some(&Json::Integer(8)));
        assert_eq!(json.at("a.b"), Some(&Json::Integer(1)));
        assert_eq!(json.at("a.b.7.c"), None);
        assert_eq!(json.at("n"), Some(&Json::Text("18446744073709551615".into())));
        assert_eq!(json.at("e"), Some(&Json::Text("你".into())));
        assert_eq!(json.at(""), None);
    }

    #[test]
    fn plain_strings_are_borrowed() {
        let json = Json::parse(r#"{"a":"plain"}"#).unwrap();
        assert!(matches!(json.at("a"), Some(Json::Text(Cow::Borrowed("plain")))));
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        assert!(Json::parse(&"[".repeat(100_000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn quoted_strings_read_back(text in proptest::prelude::any::<String>()) {
            let mut quoted = String::new();
            push_quoted(&mut quoted, &text);
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        }
    }
}
