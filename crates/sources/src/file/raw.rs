//! The record as received, kept beside the post so that a better column map can be applied to it later.
//!
//! A JSON record is kept as its text. A row of a table is kept as an object of its columns without those whose value the post holds
//! unchanged, and without empty ones: the text is not stored twice. The member `=` says where the others are, `{"body":"text"}` for
//! a column `body` that is the text of the post, so that the row can be put together again. A text that was joined with a title ends
//! with its column, and the title is kept.

use super::json::{Json, push_quoted};
use super::overrides::Field;
use super::record::{Header, Row};
use groundswell_core::Post;
use serde::Serializer;
use serde::ser::{Serialize, SerializeMap, SerializeSeq};

/// Knows which columns of a table the posts hold unchanged.
#[derive(Debug, Default)]
pub(crate) struct RowRecorder {
    /// Places of the columns and the fields that hold them.
    copied: Vec<(usize, Field)>,
    /// Places of columns that are never kept.
    private: Vec<usize>,
    /// Names of all columns, quoted.
    names: Vec<String>,
    /// The member `=`, ready to be appended.
    tail: String,
}

impl RowRecorder {
    /// Prepares for a table. `copied` names columns and the fields they are copied to, `private` columns that are not to be kept.
    pub(crate) fn new(header: &Header, copied: &[(&str, Field)], private: &[&str]) -> Self {
        let quoted = |name: &String| {
            let mut quoted = String::new();
            push_quoted(&mut quoted, name);
            quoted
        };
        let names: Vec<String> = header.names.iter().map(quoted).collect();
        let mut places: Vec<(usize, Field)> = Vec::new();
        for (column, field) in copied {
            if let Some(place) = header.find(column)
                && !private.contains(column)
                && places.iter().all(|(taken, _)| *taken != place)
            {
                places.push((place, *field));
            }
        }
        let members: Vec<String> = places
            .iter()
            .map(|(place, field)| format!("{}:\"{}\"", names[*place], field.name()))
            .collect();
        let tail = format!("\"=\":{{{}}}}}", members.join(","));
        let private = private.iter().filter_map(|column| header.find(column)).collect();
        Self { copied: places, private, names, tail }
    }

    /// Writes the record of a row.
    pub(crate) fn record(&self, row: &Row, post: &Post) -> String {
        let mut record = String::with_capacity(128 + self.tail.len());
        record.push('{');
        for (place, name) in self.names.iter().enumerate() {
            let value = row.field(place);
            if value.is_empty() || self.private.contains(&place) || self.holds(post, place, value) {
                continue;
            }
            record.push_str(name);
            record.push(':');
            push_quoted(&mut record, value);
            record.push(',');
        }
        record.push_str(&self.tail);
        record
    }

    /// Tells whether the post holds the value of a column unchanged.
    fn holds(&self, post: &Post, place: usize, value: &str) -> bool {
        let Some((_, field)) = self.copied.iter().find(|(copied, _)| *copied == place) else {
            return false;
        };
        let prefix = post.platform.len() + 1;
        let id = |id: &Option<String>| id.as_ref().and_then(|id| id.get(prefix..)) == Some(value);
        match field {
            Field::Text => post.text.ends_with(value),
            Field::NativeId => post.native_id == value,
            Field::AuthorId => id(&post.author_id),
            Field::ReplyToId => id(&post.reply_to_id),
            Field::ThreadId => id(&post.thread_id),
            Field::RepostOfId => id(&post.repost_of_id),
            Field::Url => post.url.as_deref() == Some(value),
            _ => false,
        }
    }
}

/// Writes a JSON record without some members of its outermost object.
pub(crate) fn record_without(json: &Json<'_>, private: &[&str]) -> Option<String> {
    serde_json::to_string(&Without { json, private }).ok()
}

struct Without<'j> {
    json: &'j Json<'j>,
    private: &'j [&'j str],
}

impl Serialize for Without<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = |json| Without { json, private: &[] };
        match self.json {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Integer(value) => serializer.serialize_i64(*value),
            Json::Float(value) => serializer.serialize_f64(*value),
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&inner(item))?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut object = serializer.serialize_map(None)?;
                for (name, value) in members {
                    if !self.private.contains(&name.as_ref()) {
                        object.serialize_entry(name, &inner(value))?;
                    }
                }
                object.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn row(names: &[&str], fields: &[&str]) -> Row {
        let mut row =
            Row { header: Arc::new(Header::new(names.iter().copied())), ..Row::default() };
        for field in fields {
            let start = row.text.len();
            row.text.push_str(field);
            row.spans.push((start, row.text.len()));
        }
        row
    }

    #[test]
    fn rows_keep_what_the_post_does_not_hold() {
        let row = row(
            &["id", "user", "title", "body", "note", "uid"],
            &["7", " ann", "T", "b\"y", "", "9"],
        );
        let copied = [
            ("id", Field::NativeId),
            ("user", Field::AuthorId),
            ("body", Field::Text),
            ("none", Field::Url),
        ];
        let post = Post {
            platform: "x".into(),
            native_id: "7".into(),
            author_id: Some("x:ann".into()),
            text: "T\n\nb\"y".into(),
            ..Post::default()
        };
        let recorder = RowRecorder::new(&row.header, &copied, &["uid"]);
        // The name is kept, since the post holds it without its space.
        assert_eq!(
            recorder.record(&row, &post),
            r#"{"user":" ann","title":"T","=":{"id":"native_id","user":"author_id","body":"text"}}"#
        );
    }

    #[test]
    fn objects_lose_private_members_of_the_outermost_level() {
        let text = r#"{"a":1,"file":"x","b":{"file":[null,true,1.5,"y"]}}"#;
        let json = Json::parse(text).unwrap();
        assert_eq!(
            record_without(&json, &["file"]).unwrap(),
            r#"{"a":1,"b":{"file":[null,true,1.5,"y"]}}"#
        );
    }
}
