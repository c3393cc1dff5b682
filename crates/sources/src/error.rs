//! What can stop a source. A record that cannot become a post is no error: it is quarantined.

use std::path::PathBuf;

/// Says why a source cannot be opened or read on.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No source has this name.
    #[error("unknown source `{name}`; {remedy}")]
    UnknownSource {
        /// Name that was asked for.
        name: String,
        /// Nearest name, or all of them.
        remedy: String,
    },
    /// An option has a value that the source cannot use.
    #[error("`{value}` is no valid {setting}; {remedy}")]
    Setting {
        /// Option, in words: `format`, `platform`, `scenario`, …
        setting: &'static str,
        /// Value that was given.
        value: String,
        /// What to give instead.
        remedy: String,
    },
    /// A source needs an option that is missing.
    #[error("{setting} is missing; {remedy}")]
    Missing {
        /// Option, in words.
        setting: &'static str,
        /// What to give.
        remedy: String,
    },
    /// No file fits a path or pattern.
    #[error(
        "no file fits `{pattern}`; check the name, and quote patterns such as 'exports/*.jsonl.gz'"
    )]
    NoFile {
        /// Path or pattern that was given.
        pattern: String,
    },
    /// A path names a directory.
    #[error("`{path}` is a directory; name the files in it, e.g. '{path}/*'", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The operating system could not open or read.
    #[error(
        "cannot read `{origin}`: {source}; check that the file exists, is complete and may be read"
    )]
    Read {
        /// File or feed.
        origin: String,
        /// What the operating system or the decompressor said.
        source: std::io::Error,
    },
    /// A file is of a kind that cannot be read.
    #[error("`{origin}` is {kind}, which is not read; {remedy}")]
    Kind {
        /// File.
        origin: String,
        /// What it is.
        kind: &'static str,
        /// How to make it readable.
        remedy: &'static str,
    },
    /// The columns of a file cannot be understood.
    #[error("the columns of `{origin}` are not understood: {rule}; {remedy}")]
    Columns {
        /// File.
        origin: String,
        /// What is wrong.
        rule: String,
        /// How to name them.
        remedy: String,
    },
    /// A target of `--columns` is no field of a post, or a column is not in the file.
    #[error("{what} `{name}` does not exist; {remedy}")]
    UnknownColumn {
        /// `field of a post` or `column of FILE`.
        what: String,
        /// Name that was given.
        name: String,
        /// Nearest name and all valid ones.
        remedy: String,
    },
    /// A model hub does not give what it should.
    #[error(
        "cannot fetch `{address}`: {reason}; check the name and the network, and run the command again: it goes on where it stopped"
    )]
    Hub {
        /// What was asked for.
        address: String,
        /// What came instead.
        reason: String,
    },
    /// A Parquet file is damaged or uses a feature that is not read.
    #[error("cannot read `{origin}` as Parquet: {source}; write it anew")]
    Parquet {
        /// File.
        origin: String,
        /// What the reader said.
        source: parquet::errors::ParquetError,
    },
    /// A file now holds fewer records than were read from it before.
    #[error(
        "`{origin}` holds `{found}` records, but `{read}` were read from it before; it was replaced: give it another name to read it anew"
    )]
    Replaced {
        /// File.
        origin: String,
        /// Records that it holds now.
        found: i64,
        /// Records that were read from it.
        read: i64,
    },
    /// A position belongs to another input.
    #[error(
        "position `{given}` does not belong to `{own}`; resume a source only from its own position"
    )]
    Position {
        /// Key of the position.
        given: String,
        /// Key of the source.
        own: String,
    },
}

/// Ends an error about an unknown name: the nearest valid name if one is near, then all valid names.
pub fn did_you_mean(name: &str, valid: &[&str]) -> String {
    let lower = name.to_lowercase();
    let nearest = valid
        .iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate)
        })
        .min_by_key(|(distance, _)| *distance);
    let list = valid.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", ");
    match nearest {
        Some((distance, candidate)) if distance <= 1 + name.chars().count() / 3 => {
            format!("did you mean `{candidate}`? Valid: {list}")
        }
        _ => format!("valid: {list}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_listed() {
        assert!(did_you_mean("fiel", &["file", "simulate"]).starts_with("did you mean `file`?"));
        assert_eq!(did_you_mean("bluesky", &["file", "simulate"]), "valid: `file`, `simulate`");
        assert_eq!(did_you_mean("x", &[]), "valid: ");
    }
}
