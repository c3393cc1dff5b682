//! From what the caller wrote to the files it means.

use crate::SourceError;
use std::path::{Path, PathBuf};

/// Names one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file.
    File(PathBuf),
    /// Standard input.
    StandardInput,
}

/// Finds the inputs that paths and patterns mean, each once; what a pattern finds is sorted by name.
///
/// # Errors
/// [`SourceError`] when there is no path, a path is a directory, or nothing fits.
pub(crate) fn find_inputs(patterns: &[String]) -> Result<Vec<Place>, SourceError> {
    if patterns.is_empty() {
        return Err(SourceError::Missing {
            setting: "path",
            remedy: "name files, patterns such as 'exports/*.jsonl.gz', or - for standard input"
                .to_owned(),
        });
    }
    let mut places = Vec::new();
    for pattern in patterns {
        for place in find_one(pattern)? {
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    Ok(places)
}

fn find_one(pattern: &str) -> Result<Vec<Place>, SourceError> {
    if pattern == "-" {
        return Ok(vec![Place::StandardInput]);
    }
    let path = Path::new(pattern);
    if path.is_dir() {
        return Err(SourceError::Directory { path: path.to_owned() });
    }
    // A file whose name holds a bracket is meant before a pattern is.
    if path.exists() {
        return Ok(vec![Place::File(path.to_owned())]);
    }
    let none = || SourceError::NoFile { pattern: pattern.to_owned() };
    let found = glob::glob(pattern).map_err(|_| none())?;
    let mut files: Vec<PathBuf> = found.filter_map(Result::ok).filter(|p| !p.is_dir()).collect();
    files.sort();
    if files.is_empty() {
        return Err(none());
    }
    Ok(files.into_iter().map(Place::File).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(patterns: &[&str]) -> Result<Vec<Place>, SourceError> {
        find_inputs(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn patterns_find_files_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("c.csv")).unwrap();
        for name in ["b.csv", "a.csv", "x[1].csv"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let found = find(&[&at("*.csv"), &at("a.csv"), "-"]).unwrap();
        let file = |name: &str| Place::File(folder.path().join(name));
        assert_eq!(found, [file("a.csv"), file("b.csv"), file("x[1].csv"), Place::StandardInput]);
        assert_eq!(find(&[&at("x[1].csv")]).unwrap(), [file("x[1].csv")]);
    }

    #[test]
    fn faults_name_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_string_lossy().into_owned();
        let message = find(&[&path]).unwrap_err().to_string();
        assert!(message.contains("is a directory; name the files in it"), "{message}");
        let message = find(&[&format!("{path}/none*")]).unwrap_err().to_string();
        assert!(message.contains("no file fits"), "{message}");
        let message = find(&["a["]).unwrap_err().to_string();
        assert!(message.contains("no file fits `a[`"), "{message}");
        assert!(find(&[]).unwrap_err().to_string().starts_with("path is missing"));
    }
}
