//! What models are called: `name`, or `name@version`.

use crate::error::ModelError;

/// The folder of pre-trained encoders; no model has its name.
pub(crate) const ENCODERS: &str = "encoders";
/// The folder of word vectors; no model has its name.
pub(crate) const VECTORS: &str = "vectors";

/// Puts names into a sentence.
pub(crate) fn list_of(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("`, `")) }
}

/// Splits a reference into the name and the version, if it has one.
pub(crate) fn split(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (reference, None),
    }
}

/// Checks that a name can be that of a folder and of an SQL function.
pub(crate) fn check_name(name: &str) -> Result<(), ModelError> {
    if [ENCODERS, VECTORS].contains(&name) {
        return Err(ModelError::Invalid(format!(
            "`{name}` is a folder of the store and no model's name; choose another"
        )));
    }
    let starts_well = name.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
    let fits = name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if starts_well && fits {
        return Ok(());
    }
    Err(ModelError::Invalid(format!(
        "a model's name starts with a letter a-z and holds a-z, 0-9 and `_`, at most 64, not `{name}`; choose another"
    )))
}
