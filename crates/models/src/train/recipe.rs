//! What a training learns from: sets of labelled texts, and how the labels of each meet the tasks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::architectures::TaskLabels;
use crate::error::ModelError;
use crate::prepare::prepare_text;
use crate::train::examples::{Example, Label, weigh_by_rarity};

/// Names a part of a set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Split {
    /// The part to learn from.
    Train,
    /// The part to choose settings by.
    Validation,
    /// The part to report on, read once.
    Test,
}

impl Split {
    /// Gives the name, which is part of the name of a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Is a labelled text as it stands in a file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// What the label is about, for tasks that ask for a target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The label, by the name the set gives it.
    pub label: String,
}

/// Lists the tasks of a model and the sets it learns them from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The tasks with their labels, in the order of the heads.
    pub tasks: Vec<TaskLabels>,
    /// Tasks that only teach the encoder: their heads come after the others and do not ship.
    #[serde(default)]
    pub auxiliary: Vec<TaskLabels>,
    /// The sets.
    pub sets: Vec<SetRecipe>,
}

/// Says how one set is used.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetRecipe {
    /// The name: its files are `<name>.<split>.jsonl`.
    pub name: String,
    /// How often an epoch passes over the set; 0.5 takes half of it, chosen by the seed.
    #[serde(default = "once")]
    pub passes: f64,
    /// For every task the set has labels for: which labels of the task each of its own may mean. Labels that are not named say
    /// nothing about the task.
    pub labels: BTreeMap<String, BTreeMap<String, Meaning>>,
}

fn once() -> f64 {
    1.0
}

/// Says which labels of a task a label of a set may mean.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Meaning {
    /// This one.
    One(String),
    /// One of these; the set does not say which.
    OneOf(Vec<String>),
}

impl Meaning {
    fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::OneOf(names) => names,
        }
    }
}

impl Recipe {
    /// Checks that every name is declared.
    ///
    /// # Errors
    /// Fails if a set names a task or label that is not declared, or a number of passes is no number from 0 up.
    pub fn validate(&self) -> Result<(), ModelError> {
        let tasks = [&self.tasks[..], &self.auxiliary].concat();
        for set in &self.sets {
            if !(set.passes >= 0.0 && set.passes.is_finite()) {
                return Err(ModelError::Invalid(format!(
                    "set `{}` asks for `{}` passes; give a number from 0 up",
                    set.name, set.passes
                )));
            }
            for task in set.labels.keys() {
                set.meanings(task, &tasks)?;
            }
        }
        Ok(())
    }

    /// Makes the auxiliary tasks tasks like the others, for a training.
    #[must_use]
    pub fn with_auxiliary(mut self) -> Self {
        self.tasks.append(&mut self.auxiliary);
        self
    }

    /// Reads a part of every set that has it, from the folder of the files.
    ///
    /// # Errors
    /// Fails if the training part of a set is missing, or a line is no labelled text.
    pub fn read(&self, folder: &Path, split: Split) -> Result<Vec<ReadSet>, ModelError> {
        self.validate()?;
        let mut sets = Vec::new();
        for set in &self.sets {
            let path = folder.join(format!("{}.{}.jsonl", set.name, split.name()));
            if split != Split::Train && !path.exists() {
                continue;
            }
            let texts = read_labelled_texts(&path)?;
            sets.push(ReadSet {
                name: set.name.clone(),
                examples: set.examples(&texts, &self.tasks)?,
            });
        }
        Ok(sets)
    }

    /// Puts the training parts together, each as often as its recipe says.
    pub fn mix(&self, sets: Vec<ReadSet>, seed: u64) -> Vec<Example> {
        let mut mixed = Vec::new();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for mut set in sets {
            let passes = self
                .sets
                .iter()
                .find(|recipe| recipe.name == set.name)
                .map_or(1.0, |recipe| recipe.passes);
            for task in 0..self.tasks.len() {
                weigh_by_rarity(&mut set.examples, task);
            }
            mixed.extend(repeated(set.examples, passes, &mut random));
        }
        mixed
    }
}

/// Repeats the examples of a set as often as a pass over the mixture goes over it; a part of a pass takes a part of them, by chance.
pub(crate) fn repeated(
    mut examples: Vec<Example>,
    passes: f64,
    random: &mut ChaCha8Rng,
) -> Vec<Example> {
    examples.shuffle(random);
    let wanted = (passes * examples.len() as f64).round() as usize;
    examples.iter().cycle().take(wanted).cloned().collect()
}

/// Is a part of a set, ready to be cut into pieces.
#[derive(Clone, Debug)]
pub struct ReadSet {
    /// The name of the set.
    pub name: String,
    /// Its texts that have a label.
    pub examples: Vec<Example>,
}

impl SetRecipe {
    /// Gives the examples of labelled texts; texts without a word or a label are left out.
    ///
    /// # Errors
    /// Fails if the recipe names a task or label that is not declared.
    pub fn examples(
        &self,
        texts: &[LabelledText],
        tasks: &[TaskLabels],
    ) -> Result<Vec<Example>, ModelError> {
        let mut meanings: Vec<BTreeMap<&str, Label>> = Vec::with_capacity(tasks.len());
        for task in tasks {
            meanings.push(match self.labels.contains_key(&task.task) {
                true => self.meanings(&task.task, tasks)?,
                false => BTreeMap::new(),
            });
        }
        let mut examples = Vec::with_capacity(texts.len());
        for labelled in texts {
            let text = prepare_text(&labelled.text);
            let labels: Vec<Option<Label>> =
                meanings.iter().map(|names| names.get(labelled.label.as_str()).cloned()).collect();
            if !text.is_empty() && labels.iter().any(Option::is_some) {
                let target = labelled.target.as_deref().map(prepare_text);
                examples.push(Example { text, target, labels });
            }
        }
        Ok(examples)
    }

    /// Gives the label of the head for each label of the set.
    fn meanings(
        &self,
        task: &str,
        tasks: &[TaskLabels],
    ) -> Result<BTreeMap<&str, Label>, ModelError> {
        let unknown = |kind: &str, name: &str, known: Vec<&str>| {
            ModelError::Invalid(format!(
                "set `{}` names the {kind} `{name}`, which is not declared; use one of `{}`",
                self.name,
                known.join("`, `")
            ))
        };
        let declared = tasks.iter().find(|known| known.task == task);
        let declared = declared.ok_or_else(|| {
            unknown("task", task, tasks.iter().map(|t| t.task.as_str()).collect())
        })?;
        let mut accepted: BTreeMap<&str, Arc<[usize]>> = BTreeMap::new();
        for (own, meaning) in &self.labels[task] {
            let mut indexes = Vec::new();
            for name in meaning.names() {
                let index = declared.labels.iter().position(|label| label == name);
                indexes.push(index.ok_or_else(|| {
                    unknown("label", name, declared.labels.iter().map(String::as_str).collect())
                })?);
            }
            indexes.sort_unstable();
            accepted.insert(own, indexes.into());
        }
        let mut allowed: Vec<usize> =
            accepted.values().flat_map(|list| list.iter().copied()).collect();
        allowed.sort_unstable();
        allowed.dedup();
        let allowed: Arc<[usize]> = allowed.into();
        let kind = declared.kind;
        let label = |accepted| Label { accepted, allowed: Arc::clone(&allowed), kind, weight: 1.0 };
        Ok(accepted.into_iter().map(|(own, accepted)| (own, label(accepted))).collect())
    }
}

/// Reads a file with a labelled text a line, as JSON.
///
/// # Errors
/// Fails if the file cannot be read or a line is no labelled text; the error names the line.
pub fn read_labelled_texts(path: &Path) -> Result<Vec<LabelledText>, ModelError> {
    let content = std::fs::read_to_string(path).map_err(|error| ModelError::file(path, error))?;
    let lines = content.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                let reason = format!("line {}: {error}", number + 1);
                ModelError::format(path, "labelled text, `{\"text\": …, \"label\": …}`", reason)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(labels: serde_json::Value) -> Result<Recipe, ModelError> {
        let recipe: Recipe = serde_json::from_value(serde_json::json!({
            "tasks": [
                { "task": "toxicity", "labels": ["none", "offensive", "hateful"] },
                { "task": "mood", "labels": ["bad", "good"] },
            ],
            "auxiliary": [{ "task": "emoji", "labels": ["heart", "sun"] }],
            "sets": [{ "name": "comments", "passes": 2.5, "labels": labels }],
        }))
        .unwrap();
        recipe.validate().map(|()| recipe)
    }

    fn texts() -> Vec<LabelledText> {
        let text = |number: usize| LabelledText {
            text: format!("text {number}"),
            target: None,
            label: ["0", "1", "?"][number % 3].to_owned(),
        };
        (0..12).map(text).collect()
    }

    #[test]
    fn a_set_that_knows_less_accepts_several_labels() {
        let recipe = recipe(
            serde_json::json!({ "toxicity": { "0": "none", "1": ["offensive", "hateful"] } }),
        )
        .unwrap();
        let examples = recipe.sets[0].examples(&texts(), &recipe.tasks).unwrap();
        assert_eq!(examples.len(), 8);
        let label = examples[1].labels[0].clone().unwrap();
        assert_eq!((&*label.accepted, &*label.allowed), (&[1, 2][..], &[0, 1, 2][..]));
        assert!(examples[1].labels[1].is_none());

        let set = ReadSet { name: "comments".to_owned(), examples };
        let mixed = recipe.mix(vec![set.clone()], 1);
        assert_eq!(mixed.len(), 20);
        assert_eq!(mixed, recipe.mix(vec![set.clone()], 1));
        assert_ne!(mixed, recipe.mix(vec![set], 2));
    }

    #[test]
    fn auxiliary_tasks_are_learned_and_left_out_of_the_rest() {
        let recipe = recipe(serde_json::json!({ "emoji": { "0": "heart", "1": "sun" } })).unwrap();
        assert!(recipe.sets[0].examples(&texts(), &recipe.tasks).unwrap().is_empty());
        let learned = recipe.with_auxiliary();
        assert_eq!((learned.tasks.len(), learned.tasks[2].task.as_str()), (3, "emoji"));
        let examples = learned.sets[0].examples(&texts(), &learned.tasks).unwrap();
        assert_eq!(examples.len(), 8);
        assert!(examples[0].labels[2].is_some() && examples[0].labels[0].is_none());
    }

    #[test]
    fn undeclared_names_are_told() {
        let error = recipe(serde_json::json!({ "toxicity": { "0": "nice" } })).unwrap_err();
        assert!(error.to_string().contains("`nice`"), "{error}");
        let error = recipe(serde_json::json!({ "moods": { "0": "bad" } })).unwrap_err();
        assert!(error.to_string().contains("`moods`"), "{error}");
    }
}
