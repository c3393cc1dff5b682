//! `--guide`: topics that are expected.

use crate::cli::Guided;
use crate::commands::UsageError;
use anyhow::{Context, Result};
use groundswell_engine::topics::TopicGuide;

/// Reads the topics that are expected, if any are.
pub(super) fn read(options: &Guided) -> Result<TopicGuide> {
    let Some(file) = &options.guide else { return Ok(TopicGuide::default()) };
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{shown}`"))?;
    let wrong = |what: String| {
        UsageError(format!(
            "{what} in `{shown}`; write for each topic: [[topic]] name = \"Battery\" words = [\"battery\", \"电池\"] examples = [\"dead by noon\"]"
        ))
    };
    let guide: TopicGuide =
        toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
    if guide.topics.is_empty() {
        return Err(wrong("there is no topic".to_owned()).into());
    }
    let mut names: Vec<&str> = guide.topics.iter().map(|topic| topic.name.trim()).collect();
    names.sort_unstable();
    if names.contains(&"") {
        return Err(wrong("a topic has no name".to_owned()).into());
    }
    if let Some(two) = names.windows(2).find(|two| two[0] == two[1]) {
        return Err(wrong(format!("two topics have the name `{}`", two[0])).into());
    }
    Ok(TopicGuide { only: guide.only || options.only, ..guide })
}

/// Tells which of the expected topics no post belongs to, given the labels of those found.
pub(super) fn tell_missing<'a>(guide: &TopicGuide, found: impl Iterator<Item = &'a str>) {
    let found: Vec<&str> = found.collect();
    let names = guide.topics.iter().map(|topic| topic.name.as_str());
    let missing: Vec<&str> = names.filter(|name| !found.contains(name)).collect();
    if !missing.is_empty() {
        eprintln!("no posts were found for: {}", missing.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<TopicGuide> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("topics.toml");
        std::fs::write(&file, text).unwrap();
        read(&Guided { guide: Some(file), only: true })
    }

    #[test]
    fn topics_have_a_name_and_perhaps_words_and_examples() {
        let guide = read_text(
            "[[topic]]\nname = \"Battery\"\nwords = [\"battery\", \"电池\"]\n[[topic]]\nname = \"Price\"\nexamples = [\"too dear\"]",
        );
        let guide = guide.unwrap();
        assert!(guide.only);
        assert_eq!(guide.topics[0].words, ["battery", "电池"]);
        assert_eq!(guide.topics[1].examples, ["too dear"]);
        assert_eq!(read(&Guided { guide: None, only: false }).unwrap(), TopicGuide::default());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, rule) in [
            ("", "there is no topic"),
            ("[[topic]]\nname = \" \"", "a topic has no name"),
            ("[[topic]]\nname = \"a\"\n[[topic]]\nname = \"a\"", "the name `a`"),
            ("[[topic]]\nname = \"a\"\nword = []", "unknown field `word`"),
            ("[[topic]]\nwords = []", "missing field `name`"),
        ] {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.contains(rule) && error.contains("[[topic]] name"), "{error}");
        }
    }
}
