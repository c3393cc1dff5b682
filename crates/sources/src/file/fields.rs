//! Named columns of files as texts, for what is no post: labelled texts to learn from.

use super::format::find_format;
use super::input::Input;
use super::json::Json;
use super::paths::{Place, find_inputs};
use super::read::{Content, Reader};
use super::record::{Record, Value};
use crate::{SourceError, did_you_mean};

/// Reads columns of files of any format that posts are read from: per record, per column, its texts. A column of one value gives
/// one text, an empty one none, a list one for each item.
///
/// # Errors
/// [`SourceError`] when a file cannot be read, a record is broken (the error names its line), or a column does not exist.
pub fn read_fields(
    patterns: &[String],
    columns: &[&str],
    input_format: Option<&str>,
) -> Result<Vec<Vec<Vec<String>>>, SourceError> {
    let mut rows = Vec::new();
    for place in find_inputs(patterns)? {
        read_file(&place, columns, input_format, &mut rows)?;
    }
    Ok(rows)
}

fn read_file(
    place: &Place,
    columns: &[&str],
    input_format: Option<&str>,
    rows: &mut Vec<Vec<Vec<String>>>,
) -> Result<(), SourceError> {
    let mut input = Input::look(place)?;
    let format = find_format(&input.file_name, input_format, &input.sample)?;
    let mut reader = Reader::open(&mut input, format)?;
    if let Some(header) = reader.header() {
        for column in columns {
            if header.find(column).is_none() {
                return Err(unknown_column(&input.origin, column, &header.names));
            }
        }
    }
    let mut seen: Vec<String> = Vec::new();
    let mut found = vec![reader.header().is_some(); columns.len()];
    let before = rows.len();
    while let Some(item) = reader.next(&input)? {
        let line = item.line;
        let broken = |reason: String| SourceError::Columns {
            origin: input.origin.clone(),
            rule: format!("line {line}: {reason}"),
            remedy: "correct the line or take it out".to_owned(),
        };
        match item.content {
            Content::Broken(reason) => return Err(broken(reason)),
            Content::Row(row) => rows.push(texts(Record::Row(row), columns)),
            Content::Json(text) => {
                let json = Json::parse(text).map_err(|error| broken(error.to_string()))?;
                let Json::Object(members) = &json else {
                    return Err(broken("it is no object".to_owned()));
                };
                if seen.is_empty() {
                    seen = members.iter().map(|(name, _)| name.to_string()).collect();
                }
                for (found, column) in found.iter_mut().zip(columns) {
                    *found |= json.at(column).is_some();
                }
                rows.push(texts(Record::Json(&json), columns));
            }
        }
    }
    match found.iter().position(|found| !found) {
        Some(missing) if rows.len() > before => {
            Err(unknown_column(&input.origin, columns[missing], &seen))
        }
        _ => Ok(()),
    }
}

fn texts(record: Record<'_>, columns: &[&str]) -> Vec<Vec<String>> {
    let of_column = |column: &&str| {
        let items = record.items(column);
        if items.is_empty() {
            return record.text(column).map(|text| text.into_owned()).into_iter().collect();
        }
        let text = |item: &Json<'_>| match item {
            Json::Text(text) => Some(text.to_string()),
            Json::Integer(value) => Some(Value::Integer(*value).into_text().into_owned()),
            Json::Float(value) => Some(Value::Float(*value).into_text().into_owned()),
            _ => None,
        };
        items.iter().filter_map(text).collect()
    };
    columns.iter().map(of_column).collect()
}

fn unknown_column(origin: &str, column: &str, known: &[String]) -> SourceError {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    SourceError::UnknownColumn {
        what: format!("column of `{origin}`"),
        name: column.to_owned(),
        remedy: did_you_mean(column, &names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        name: &str,
        content: &str,
        columns: &[&str],
    ) -> Result<Vec<Vec<Vec<String>>>, SourceError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        read_fields(&[path.display().to_string()], columns, None)
    }

    #[test]
    fn reads_tables_and_objects_alike() {
        let expected = vec![
            vec![vec!["good, really".to_owned()], vec!["1".to_owned()]],
            vec![vec!["bad".to_owned()], vec![]],
        ];
        let table = "text,other,label\n\"good, really\",x,1\nbad,y,\n";
        assert_eq!(read("a.csv", table, &["text", "label"]).unwrap(), expected);
        let lines = "{\"text\":\"good, really\",\"label\":1}\n{\"text\":\"bad\",\"label\":null}\n";
        assert_eq!(read("a.jsonl", lines, &["text", "label"]).unwrap(), expected);
        let lists = "{\"text\":\"t\",\"label\":[\"a\",\"b\"]}\n";
        assert_eq!(read("a.jsonl", lists, &["label"]).unwrap(), [[["a", "b"]]]);
    }

    #[test]
    fn tells_unknown_columns_and_broken_lines() {
        let error = read("a.csv", "text,label\nx,1\n", &["texts"]).unwrap_err().to_string();
        assert!(error.contains("`texts`") && error.contains("did you mean `text`"), "{error}");
        let error = read("a.jsonl", "{\"text\":1}\n", &["label"]).unwrap_err().to_string();
        assert!(error.contains("`label`"), "{error}");
        let error = read("a.jsonl", "{\"text\":\"x\"}\n{\"text\":\n", &["text"]).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
