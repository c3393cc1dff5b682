//! What a classifier says of the parts of the sets, and how good it is.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use groundswell_models::LONGEST_TEXT;
use groundswell_models::architectures::{Classifier, WideTable};
use groundswell_models::evaluate::{
    Evaluation, Predictions, Resampling, Temperature, merge_labels,
};
use groundswell_models::train::{Label, Recipe, Split, TokenizedExample, predict, tokenize};
use tokenizers::Tokenizer;

use crate::{Arguments, Outcome};

/// The tokens of a batch when nothing is learned.
const PREDICTION_TOKENS: usize = 2048;

/// Holds a split of all sets as token ids.
pub(crate) struct Parts(pub(crate) Vec<(String, Vec<TokenizedExample>)>);

impl Parts {
    pub(crate) fn read(
        recipe: &Recipe,
        sets: &Path,
        split: Split,
        tokenizer: &Tokenizer,
        longest: usize,
    ) -> Outcome<Self> {
        let mut parts = Vec::new();
        for set in recipe.read(sets, split)? {
            parts.push((set.name, tokenize(tokenizer, &set.examples, longest)?));
        }
        Ok(Self(parts))
    }

    /// Computes what a classifier says of all texts.
    pub(crate) fn logits(&self, classifier: &Classifier) -> Vec<SetLogits> {
        let of_set = |(_, examples): &(String, Vec<TokenizedExample>)| {
            let rows: Vec<&[u32]> = examples.iter().map(|example| example.ids.as_slice()).collect();
            predict(classifier, &rows, PREDICTION_TOKENS)
        };
        self.0.iter().map(of_set).collect()
    }

    /// Adds a share of the scores of a table to the logits of a task.
    pub(crate) fn with_wide(
        &self,
        logits: &[SetLogits],
        task: usize,
        table: Option<&WideTable>,
        share: f32,
    ) -> Vec<SetLogits> {
        let mut logits = logits.to_vec();
        let Some(table) = table else { return logits };
        for ((_, examples), logits) in self.0.iter().zip(&mut logits) {
            for (example, logits) in examples.iter().zip(logits) {
                for (logit, score) in logits[task].iter_mut().zip(table.scores(&example.ids)) {
                    *logit += share * score;
                }
            }
        }
        logits
    }
}

/// Holds what a classifier says of the texts of a set: per text, per task, per label.
pub(crate) type SetLogits = Vec<Vec<Vec<f32>>>;

/// Pairs the labels of a task with what the classifier says of their texts; texts without one are left out.
pub(crate) fn labels_with_logits<'a>(
    examples: &'a [TokenizedExample],
    logits: &'a [Vec<Vec<f32>>],
    task: usize,
) -> Vec<(&'a Label, &'a [f32])> {
    let pairs = examples.iter().zip(logits);
    pairs
        .filter_map(|(example, logits)| {
            Some((example.labels[task].as_ref()?, logits[task].as_slice()))
        })
        .collect()
}

/// Scores a classifier on each set, per task that the set has labels for.
pub(crate) fn scores(
    classifier: &Classifier,
    recipe: &Recipe,
    parts: &Parts,
    resamples: usize,
) -> Outcome<BTreeMap<String, Evaluation>> {
    scores_of(parts, recipe, &parts.logits(classifier), None, resamples)
}

/// Scores logits on each set, for one task or all that the set has labels for; the classes are those that the set tells apart.
pub(crate) fn scores_of(
    parts: &Parts,
    recipe: &Recipe,
    logits: &[SetLogits],
    only_task: Option<usize>,
    resamples: usize,
) -> Outcome<BTreeMap<String, Evaluation>> {
    let mut scores = BTreeMap::new();
    let uncalibrated = Temperature::new(1.0)?;
    for ((name, examples), logits) in parts.0.iter().zip(logits) {
        for (task, declared) in recipe.tasks.iter().enumerate() {
            let labelled = labels_with_logits(examples, logits, task);
            if labelled.is_empty() || only_task.is_some_and(|only| only != task) {
                continue;
            }
            let mut classes: Vec<&[usize]> =
                labelled.iter().map(|(label, _)| &*label.accepted).collect();
            classes.sort_unstable();
            classes.dedup();
            if classes.len() < 2 {
                continue;
            }
            let (mut truth, mut shares) = (Vec::new(), Vec::new());
            for (label, logits) in &labelled {
                let place = classes.iter().position(|class| *class == &*label.accepted);
                truth.push(place.unwrap_or(0));
                shares.push(merge_labels(&uncalibrated.apply(logits), &classes));
            }
            let named = |class: &&[usize]| {
                let names: Vec<&str> =
                    class.iter().map(|index| declared.labels[*index].as_str()).collect();
                names.join("|")
            };
            let names: Vec<String> = classes.iter().map(named).collect();
            let predictions = Predictions::new(&truth, &shares, &names)?;
            let resampling = Resampling { resamples, ..Resampling::new(42) };
            let evaluation = Evaluation::of_predictions(&predictions, &resampling);
            scores.insert(format!("{name}/{}", declared.task), evaluation);
        }
    }
    Ok(scores)
}

pub(crate) fn summary(scores: &BTreeMap<String, Evaluation>) -> String {
    let lines = scores.iter().map(|(name, evaluation)| {
        let classes: Vec<String> =
            evaluation.scores.classes.iter().map(|c| format!("{} {:.3}", c.label, c.f1)).collect();
        let measure = |name: &str| evaluation.measure(name).unwrap_or(f64::NAN);
        format!(
            "\n  {name}: {} texts, accuracy {:.3}, macro recall {:.3}, macro F1 {:.3} ({})",
            evaluation.texts(),
            measure("accuracy"),
            measure("macro_recall"),
            measure("macro_f1"),
            classes.join(", ")
        )
    });
    lines.collect()
}

pub(crate) fn evaluate(arguments: &Arguments) -> Outcome<()> {
    let (recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
    let out = arguments.path("out")?;
    let (_, classifier) = Classifier::read(&out, &Device::flex())?;
    let longest = arguments.number("longest", LONGEST_TEXT)?;
    let (split, name) = match arguments.all("split").last().map(String::as_str) {
        None | Some("validation") => (Split::Validation, "validation"),
        Some("test") => (Split::Test, "test"),
        Some(other) => {
            return Err(format!("unknown split `{other}`; use validation or test").into());
        }
    };
    let tokenizer = Tokenizer::from_file(out.join("tokenizer.json"))?;
    let parts = Parts::read(&recipe, &sets, split, &tokenizer, longest)?;
    let scores = scores(&classifier, &recipe, &parts, 1000)?;
    eprintln!("{name} {}", summary(&scores));
    std::fs::write(out.join(format!("{name}.json")), serde_json::to_vec_pretty(&scores)?)?;
    Ok(())
}
