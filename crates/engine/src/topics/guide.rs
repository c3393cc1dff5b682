//! Topics that somebody expects, as texts.

use crate::EngineError;
use groundswell_insight::Matrix;
use groundswell_insight::topics::{Guide, Guides};
use groundswell_models::Runtime;
use serde::{Deserialize, Serialize};

/// Says which topics are expected.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TopicGuide {
    /// The topics.
    #[serde(default, rename = "topic")]
    pub topics: Vec<ExpectedTopic>,
    /// Whether there shall be no others.
    #[serde(default)]
    pub only: bool,
}

/// Is a topic that is expected: its name alone tells what it is about, better with words, and best with posts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedTopic {
    /// What it is called.
    pub name: String,
    /// Words that stand for it, in any language.
    #[serde(default)]
    pub words: Vec<String>,
    /// Posts that belong to it.
    #[serde(default)]
    pub examples: Vec<String>,
}

impl TopicGuide {
    /// Embeds what the topics are about: of each its name with its words, and its examples.
    ///
    /// # Errors
    /// [`EngineError::Model`] when the encoder fails.
    pub fn embedded(&self) -> Result<Guides, EngineError> {
        let mut guides = Guides { topics: Vec::with_capacity(self.topics.len()), only: self.only };
        for topic in &self.topics {
            let runtime = Runtime::current()?;
            let words = format!("{} {}", topic.name, topic.words.join(" "));
            let texts: Vec<&str> = std::iter::once(words.trim())
                .chain(topic.examples.iter().map(String::as_str))
                .collect();
            let values = runtime.embed(&texts)?.iter().flat_map(|row| row.to_vec()).collect();
            let embeddings = Matrix::new(runtime.dimension(), values);
            guides.topics.push(Guide { name: topic.name.clone(), embeddings });
        }
        Ok(guides)
    }
}
