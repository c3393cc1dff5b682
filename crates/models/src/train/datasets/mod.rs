//! Readers of the public data sets that the shipped weights are trained and tested on.
//!
//! Each reader takes the folder that holds the unpacked sets and gives prepared texts with a label for `sentiment` and one for
//! `emotion`. Rows that carry no usable label are left out.

mod chinese;
mod english;

use std::path::Path;

use crate::error::ModelError;
use crate::prepare::prepare_text;
use crate::train::examples::{Example, Label};

/// Names a part of a data set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Split {
    /// The part to learn from.
    Train,
    /// The part to choose settings by.
    Validation,
    /// The part to report on, read once.
    Test,
}

/// Describes a public data set.
pub struct PublicSet {
    /// The name.
    pub name: &'static str,
    /// The language of its texts.
    pub language: &'static str,
    /// Its licence or terms.
    pub licence: &'static str,
    /// Reads a part from the folder of all sets; a part that does not exist is empty.
    pub read: fn(&Path, Split) -> Result<Vec<Example>, ModelError>,
}

/// All readers.
pub static PUBLIC_SETS: &[PublicSet] = &[
    PublicSet {
        name: "semeval2017_sentiment",
        language: "en",
        licence: "SemEval and Twitter research terms",
        read: english::semeval2017_sentiment,
    },
    PublicSet {
        name: "tweeteval_emotion",
        language: "en",
        licence: "SemEval and Twitter research terms",
        read: english::tweeteval_emotion,
    },
    PublicSet {
        name: "ewect_usual",
        language: "zh",
        licence: "SMP2020-EWECT evaluation data, research",
        read: chinese::ewect_usual,
    },
    PublicSet {
        name: "goemotions",
        language: "en",
        licence: "Apache-2.0",
        read: english::goemotions,
    },
    PublicSet {
        name: "weibo_senti_100k",
        language: "zh",
        licence: "none stated",
        read: chinese::weibo_senti_100k,
    },
    PublicSet {
        name: "online_shopping",
        language: "zh",
        licence: "none stated, gathered from the web",
        read: chinese::online_shopping,
    },
    PublicSet {
        name: "waimai",
        language: "zh",
        licence: "none stated, gathered from the web",
        read: chinese::waimai,
    },
];

/// Adds a prepared text if it has words and a label; says whether it did.
fn push(
    examples: &mut Vec<Example>,
    text: &str,
    sentiment: Option<Label>,
    emotion: Option<Label>,
) -> bool {
    let text = prepare_text(text);
    let is_usable = !text.is_empty() && (sentiment.is_some() || emotion.is_some());
    if is_usable {
        examples.push(Example { text, labels: vec![sentiment, emotion] });
    }
    is_usable
}

fn read_text(path: &Path) -> Result<String, ModelError> {
    let bytes = std::fs::read(path).map_err(|error| ModelError::file(path, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;

    /// Makes a folder with files of these contents, for one test.
    pub(crate) fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("groundswell-{name}-{}", std::process::id()));
        for (file, content) in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        root
    }

    #[test]
    fn names_are_distinct_and_a_missing_folder_is_told() {
        let mut names: Vec<&str> = PUBLIC_SETS.iter().map(|set| set.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PUBLIC_SETS.len());
        for set in PUBLIC_SETS {
            let error = (set.read)(Path::new("/nowhere"), Split::Train).unwrap_err().to_string();
            assert!(error.contains("`/nowhere/"), "{error}");
        }
    }
}
