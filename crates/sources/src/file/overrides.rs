//! `--columns text=body,author_id=user,created_at=ts`: the caller's word over every column map.

use super::columns::{COLUMN_MAPS, ColumnMap, Sample};
use super::draft::Draft;
use super::record::{Record, Value};
use crate::{SourceError, did_you_mean};

/// Names a field of a post, or of its author, that a column can feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    NativeId,
    Platform,
    AuthorId,
    CreatedAt,
    Title,
    Text,
    DeclaredLanguage,
    Url,
    ReplyToId,
    RepostOfId,
    ThreadId,
    LikeCount,
    ReplyCount,
    RepostCount,
    ViewCount,
    Image,
    Video,
    Handle,
    DisplayName,
    Bio,
    FollowerCount,
    FollowingCount,
    IsVerified,
}

/// Every field with its name in `--columns`.
pub(crate) const FIELDS: &[(&str, Field)] = &[
    ("native_id", Field::NativeId),
    ("platform", Field::Platform),
    ("author_id", Field::AuthorId),
    ("created_at", Field::CreatedAt),
    ("title", Field::Title),
    ("text", Field::Text),
    ("declared_language", Field::DeclaredLanguage),
    ("url", Field::Url),
    ("reply_to_id", Field::ReplyToId),
    ("repost_of_id", Field::RepostOfId),
    ("thread_id", Field::ThreadId),
    ("like_count", Field::LikeCount),
    ("reply_count", Field::ReplyCount),
    ("repost_count", Field::RepostCount),
    ("view_count", Field::ViewCount),
    ("image", Field::Image),
    ("video", Field::Video),
    ("handle", Field::Handle),
    ("display_name", Field::DisplayName),
    ("bio", Field::Bio),
    ("follower_count", Field::FollowerCount),
    ("following_count", Field::FollowingCount),
    ("is_verified", Field::IsVerified),
];

impl Field {
    /// Returns its name in `--columns`.
    pub(crate) fn name(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }

    /// Puts a value into a draft; an absent value leaves the field empty.
    pub(crate) fn put<'r>(self, draft: &mut Draft<'r>, value: Option<Value<'r>>) {
        let text = |value: Option<Value<'r>>| value.map(Value::into_text);
        let id = |value: Option<Value<'r>>| value.map(Value::into_id);
        let count = |value: Option<Value<'r>>| value.and_then(Value::count);
        match self {
            Self::NativeId => draft.native_id = id(value),
            Self::Platform => draft.platform = id(value),
            Self::AuthorId => draft.author_id = id(value),
            Self::CreatedAt => draft.created_at = value,
            Self::Title => draft.title = text(value),
            Self::Text => draft.text = text(value),
            Self::DeclaredLanguage => draft.declared_language = id(value),
            Self::Url => draft.url = id(value),
            Self::ReplyToId => draft.reply_to_id = id(value),
            Self::RepostOfId => draft.repost_of_id = id(value),
            Self::ThreadId => draft.thread_id = id(value),
            Self::LikeCount => draft.like_count = value.and_then(Value::votes),
            Self::ReplyCount => draft.reply_count = count(value),
            Self::RepostCount => draft.repost_count = count(value),
            Self::ViewCount => draft.view_count = count(value),
            Self::Image => draft.attach("image", text(value)),
            Self::Video => draft.attach("video", text(value)),
            Self::Handle => draft.handle = id(value),
            Self::DisplayName => draft.display_name = text(value),
            Self::Bio => draft.bio = text(value),
            Self::FollowerCount => draft.follower_count = count(value),
            Self::FollowingCount => draft.following_count = count(value),
            Self::IsVerified => draft.is_verified = value.and_then(Value::flag),
        }
    }
}

/// Says where a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A column, or a path in JSON.
    Column(String),
    /// The same value for every post.
    Constant(String),
}

/// Holds what the caller says about columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// The column map to use, when one is named.
    pub(crate) map: Option<&'static ColumnMap>,
    /// Fields and where they come from.
    pub(crate) fields: Vec<(Field, Origin)>,
}

impl Overrides {
    /// Reads the option. Parts are separated by commas; `field=column` takes a column, `field='constant'` sets the field of every
    /// post, a name without `=` chooses a column map. A column whose name holds a comma stands in double quotes.
    ///
    /// # Errors
    /// [`SourceError`] when a field or column map does not exist.
    pub(crate) fn parse(option: Option<&str>) -> Result<Self, SourceError> {
        let mut overrides = Self::default();
        for part in parts(option.unwrap_or_default()) {
            let Some((field, origin)) = part.split_once('=') else {
                overrides.map = Some(find_map(part)?);
                continue;
            };
            let field = find_field(field.trim())?;
            let origin = origin.trim();
            let quoted = |quote: char| origin.strip_prefix(quote)?.strip_suffix(quote);
            let origin = match (quoted('\''), quoted('"')) {
                (Some(constant), _) => Origin::Constant(constant.to_owned()),
                (None, Some(column)) => Origin::Column(column.to_owned()),
                (None, None) => Origin::Column(origin.to_owned()),
            };
            overrides.fields.push((field, origin));
        }
        Ok(overrides)
    }

    /// Checks that every column is in the file.
    ///
    /// # Errors
    /// [`SourceError::UnknownColumn`] with the nearest column and all there are.
    pub(crate) fn check(&self, origin: &str, sample: &Sample<'_>) -> Result<(), SourceError> {
        if sample.is_empty() {
            return Ok(());
        }
        for (_, from) in &self.fields {
            if let Origin::Column(column) = from
                && !sample.has(column)
            {
                let columns = sample.columns();
                let valid: Vec<&str> = columns.iter().map(String::as_str).collect();
                return Err(SourceError::UnknownColumn {
                    what: format!("column of `{origin}`"),
                    name: column.clone(),
                    remedy: did_you_mean(column, &valid),
                });
            }
        }
        Ok(())
    }

    /// Overrides what a column map found.
    pub(crate) fn apply<'r>(&'r self, record: Record<'r>, draft: &mut Draft<'r>) {
        for (field, origin) in &self.fields {
            if matches!(field, Field::Image | Field::Video) {
                draft.media.retain(|medium| medium.kind != field.name());
            }
            let value = match origin {
                Origin::Column(column) => record.value(column),
                Origin::Constant(constant) => Some(Value::Text(constant)),
            };
            field.put(draft, value);
        }
    }

    /// Tells whether a field is overridden.
    pub(crate) fn sets(&self, field: Field) -> bool {
        self.fields.iter().any(|(set, _)| *set == field)
    }
}

/// Splits at commas outside quotes.
fn parts(option: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut quote = None;
    let mut start = 0;
    for (at, c) in option.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ',') => {
                parts.push(&option[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&option[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn find_field(name: &str) -> Result<Field, SourceError> {
    let found = FIELDS.iter().find(|(field, _)| *field == name);
    found.map(|(_, field)| *field).ok_or_else(|| SourceError::UnknownColumn {
        what: "field of a post".to_owned(),
        name: name.to_owned(),
        remedy: did_you_mean(name, &FIELDS.iter().map(|(field, _)| *field).collect::<Vec<_>>()),
    })
}

fn find_map(name: &str) -> Result<&'static ColumnMap, SourceError> {
    COLUMN_MAPS.iter().find(|map| map.name == name).copied().ok_or_else(|| {
        let valid: Vec<&str> = COLUMN_MAPS.iter().map(|map| map.name).collect();
        SourceError::Setting {
            setting: "column map",
            value: name.to_owned(),
            remedy: format!("{}; or write field=column", did_you_mean(name, &valid)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_constants_and_maps_are_told_apart() {
        let option = "reddit_college, text=body ,platform='x, y',author_id=\"a,b\"";
        let overrides = Overrides::parse(Some(option)).unwrap();
        assert_eq!(overrides.map.map(|map| map.name), Some("reddit_college"));
        assert_eq!(
            overrides.fields,
            [
                (Field::Text, Origin::Column("body".into())),
                (Field::Platform, Origin::Constant("x, y".into())),
                (Field::AuthorId, Origin::Column("a,b".into())),
            ]
        );
        assert!(Overrides::parse(None).unwrap().fields.is_empty());
    }

    #[test]
    fn unknown_names_are_suggested() {
        let message = Overrides::parse(Some("txt=body")).unwrap_err().to_string();
        assert!(
            message.starts_with("field of a post `txt` does not exist; did you mean `text`?"),
            "{message}"
        );
        let message = Overrides::parse(Some("pushift")).unwrap_err().to_string();
        assert!(message.contains("did you mean `pushshift`?"), "{message}");
    }

    #[test]
    fn every_field_has_one_name() {
        for (name, field) in FIELDS {
            assert_eq!(field.name(), *name);
        }
    }
}
