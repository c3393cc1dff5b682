//! The ladder: every kind of model measured on a user's own labelled texts, and the one to choose.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use crate::architectures::LabelKind;
use crate::error::ModelError;
use crate::evaluate::{Interval, Predictions, Resampling, measure};
use crate::lab::architecture::{ARCHITECTURES, Architecture};
use crate::lab::fit::train;
use crate::lab::labelled::Labelled;
use crate::lab::settings::TrainSettings;
use crate::lab::trained::TrainedModel;
use crate::lexicon::Lexicon;
use crate::runtime::{Prediction, Runtime};
use crate::tasks::Task;
use crate::train::Example;

/// How many texts are scored at a time.
const CHUNK: usize = 512;
/// The share of the texts that every rung is measured on and none learns from.
const TEST_SHARE: f64 = 0.3;

/// Is one rung of the ladder: whatever turns texts into probabilities of the labels of a task. A large language model becomes one by
/// implementing this.
pub trait Rung {
    /// Gives the name.
    fn name(&self) -> &str;

    /// Gives the bytes of its weights.
    fn bytes(&self) -> u64;

    /// Computes the probabilities of the labels, in the order of the task's, for texts with their targets if the task has them.
    ///
    /// # Errors
    /// Fails if the model cannot answer.
    fn probabilities(
        &self,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Vec<f32>>, ModelError>;
}

/// Says how good, fast and large a rung is.
#[derive(Clone, Debug, Serialize)]
pub struct RungReport {
    /// The name of the rung.
    pub name: String,
    /// Macro-F1 on the test part.
    pub macro_f1: f64,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Accuracy on the test part.
    pub accuracy: f64,
    /// The texts it scores in a second, on one thread, each distinct one once.
    pub posts_per_second: f64,
    /// The bytes of its weights, with those of an encoder it shares.
    pub bytes: u64,
    /// The seconds it took to train; none if it came trained.
    pub training_seconds: Option<f64>,
    /// Whether it is the cheapest of those within the budget that are not measurably worse than the best of them.
    pub is_recommended: bool,
}

/// Says what to measure within.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    /// The fewest posts per second a model must score.
    pub posts_per_second: Option<f64>,
    /// The most bytes its weights may have.
    pub bytes: Option<u64>,
    /// Whether the encoder is fine-tuned too, which takes minutes.
    pub is_thorough: bool,
}

/// Measures every rung on labelled texts: on three tenths of them, after learning from the others. `rungs` are those that come from
/// elsewhere; `folder` is for what is trained on the way.
///
/// # Errors
/// Fails if there are too few texts or labels, or a model cannot be trained.
pub fn advise(
    task: Option<&'static dyn Task>,
    labelled: Labelled,
    budget: &Budget,
    rungs: Vec<Box<dyn Rung>>,
    folder: &Path,
    observe: &mut dyn FnMut(&str),
) -> Result<Vec<RungReport>, ModelError> {
    if labelled.task.kind != LabelKind::Single {
        return Err(ModelError::Invalid(
            "the ladder is measured on tasks of one label a text; use --kind single".to_owned(),
        ));
    }
    let (declared, reads_target) = (labelled.task.clone(), labelled.reads_target);
    let parts = labelled.clone().split_off(TEST_SHARE, 7);
    let test = parts.validation;
    let learned = Labelled { examples: parts.train, ..labelled };
    let mut measured: Vec<(RungReport, Predictions)> = Vec::new();
    let mut climb = |rung: &dyn Rung, seconds: Option<f64>| -> Result<(), ModelError> {
        observe(rung.name());
        measured.push(measured_rung(rung, &test, &declared.labels, seconds)?);
        Ok(())
    };
    if let Some(rung) = LexiconRung::new(&declared.labels) {
        climb(&rung, None)?;
    }
    for entry in ARCHITECTURES {
        let is_quick = matches!(
            entry.architecture,
            Architecture::Sparse(_) | Architecture::Static | Architecture::Heads
        );
        let is_asked_for = budget.is_thorough && entry.architecture == Architecture::Encoder;
        if !(is_quick || is_asked_for) {
            continue;
        }
        let place = folder.join(entry.name);
        let settings = TrainSettings::new(entry.architecture);
        let begun = Instant::now();
        let texts = learned.clone();
        let model = train(entry.name, texts, None, &settings, "ladder", &place, &mut |_| {})?;
        let seconds = begun.elapsed().as_secs_f64();
        climb(
            &TrainedRung { name: entry.name.to_owned(), bytes: bytes_of(&place, &model)?, model },
            Some(seconds),
        )?;
    }
    if let Some(task) = task
        && let Some(rung) = TaskRung::new(task, &declared.labels, reads_target)?
    {
        climb(&rung, None)?;
    }
    for rung in &rungs {
        climb(rung.as_ref(), None)?;
    }
    recommend(&mut measured, budget)?;
    Ok(measured.into_iter().map(|(report, _)| report).collect())
}

fn measured_rung(
    rung: &dyn Rung,
    test: &[Example],
    labels: &[String],
    training_seconds: Option<f64>,
) -> Result<(RungReport, Predictions), ModelError> {
    // What an earlier rung had encoded would be answered without the encoder.
    Runtime::current()?.forget();
    let begun = Instant::now();
    let mut shares = Vec::with_capacity(test.len());
    for chunk in test.chunks(CHUNK) {
        let texts: Vec<&str> = chunk.iter().map(|example| example.text.as_str()).collect();
        let targets: Option<Vec<&str>> =
            chunk.iter().map(|example| example.target.as_deref()).collect();
        shares.extend(rung.probabilities(&texts, targets.as_deref())?);
    }
    let posts_per_second = test.len() as f64 / begun.elapsed().as_secs_f64();
    let truth: Vec<usize> =
        test.iter().filter_map(|example| Some(example.labels[0].as_ref()?.accepted[0])).collect();
    let predictions = Predictions::new(&truth, &shares, labels)?;
    let scores = crate::evaluate::Scores::of(&predictions);
    let named = |name: &str| measure(name).and_then(|measure| (measure.of)(&scores));
    let interval = measure("macro_f1").and_then(|measure| {
        Resampling::new(42).intervals(&predictions, &[measure]).into_iter().next().flatten()
    });
    let report = RungReport {
        name: rung.name().to_owned(),
        macro_f1: named("macro_f1").unwrap_or(0.0),
        interval,
        accuracy: named("accuracy").unwrap_or(0.0),
        posts_per_second,
        bytes: rung.bytes(),
        training_seconds,
        is_recommended: false,
    };
    Ok((report, predictions))
}

/// Marks the fastest rung within the budget whose macro-F1 is not measurably below the best one's: the interval of the paired
/// difference holds 0.
fn recommend(
    measured: &mut [(RungReport, Predictions)],
    budget: &Budget,
) -> Result<(), ModelError> {
    let fits = |report: &RungReport| {
        budget.posts_per_second.is_none_or(|least| report.posts_per_second >= least)
            && budget.bytes.is_none_or(|most| report.bytes <= most)
    };
    let within: Vec<usize> =
        (0..measured.len()).filter(|index| fits(&measured[*index].0)).collect();
    let best = within
        .iter()
        .copied()
        .max_by(|a, b| measured[*a].0.macro_f1.total_cmp(&measured[*b].0.macro_f1));
    let (Some(best), Some(macro_f1)) = (best, measure("macro_f1")) else { return Ok(()) };
    let mut chosen = best;
    for index in within {
        let faster = measured[index].0.posts_per_second > measured[chosen].0.posts_per_second;
        if index == best || !faster {
            continue;
        }
        let difference =
            Resampling::new(42).difference(&measured[best].1, &measured[index].1, macro_f1)?;
        if difference.interval.is_some_and(|interval| interval.low <= 0.0) {
            chosen = index;
        }
    }
    measured[chosen].0.is_recommended = true;
    Ok(())
}

struct TrainedRung {
    name: String,
    bytes: u64,
    model: TrainedModel,
}

impl Rung for TrainedRung {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn probabilities(
        &self,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let answers = self.model.predict(texts, targets)?;
        Ok(answers.into_iter().map(|answer| answer.probabilities).collect())
    }
}

fn bytes_of(folder: &Path, model: &TrainedModel) -> Result<u64, ModelError> {
    let mut bytes = if model.description().base.is_some() { Runtime::shipped_bytes() } else { 0 };
    for name in model.description().files.keys() {
        let path = folder.join(name);
        bytes += std::fs::metadata(&path).map_err(|error| ModelError::file(&path, error))?.len();
    }
    Ok(bytes)
}

/// Is a head of the shipped model, as it comes.
struct TaskRung {
    name: String,
    head: &'static str,
    runtime: Arc<Runtime>,
    /// The place of each label of the data among those of the head.
    places: Vec<usize>,
}

impl TaskRung {
    /// Gives the rung if the head knows every label.
    fn new(
        task: &'static dyn Task,
        labels: &[String],
        reads_target: bool,
    ) -> Result<Option<Self>, ModelError> {
        let place = |label: &String| task.labels().iter().position(|known| known == label);
        let Some(places) = labels.iter().map(place).collect::<Option<Vec<usize>>>() else {
            return Ok(None);
        };
        let head = if reads_target { task.head_about_target() } else { Some(task.name()) };
        let Some(head) = head.filter(|_| reads_target || !task.reads_target()) else {
            return Ok(None);
        };
        let name = format!("shipped {}", task.name());
        Ok(Some(Self { name, head, runtime: Runtime::current()?, places }))
    }
}

impl Rung for TaskRung {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> u64 {
        Runtime::shipped_bytes()
    }

    fn probabilities(
        &self,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let answers: Vec<Prediction> = match targets {
            None => self.runtime.predict(self.head, texts)?,
            Some(targets) => {
                let pairs: Vec<(&str, &str)> =
                    texts.iter().copied().zip(targets.iter().copied()).collect();
                self.runtime.predict_about(self.head, &pairs)?
            }
        };
        let among = |answer: Prediction| {
            let shares: Vec<f32> =
                self.places.iter().map(|place| answer.probabilities[*place]).collect();
            let total: f32 = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            shares.into_iter().map(|share| share / total).collect()
        };
        Ok(answers.into_iter().map(among).collect())
    }
}

/// The labels of the lexicon.
const SENTIMENT: [&str; 3] = ["negative", "neutral", "positive"];

/// Is the lexicon, for labels that are those of sentiment.
struct LexiconRung {
    places: Vec<usize>,
}

impl LexiconRung {
    fn new(labels: &[String]) -> Option<Self> {
        let place = |label: &String| SENTIMENT.iter().position(|known| known == label);
        Some(Self { places: labels.iter().map(place).collect::<Option<Vec<usize>>>()? })
    }
}

impl Rung for LexiconRung {
    fn name(&self) -> &str {
        "lexicon"
    }

    fn bytes(&self) -> u64 {
        Lexicon::shipped_bytes()
    }

    fn probabilities(
        &self,
        texts: &[&str],
        _: Option<&[&str]>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let of_text = |text: &&str| {
            let all = Lexicon::shipped().score(text).probabilities;
            let shares: Vec<f32> = self.places.iter().map(|place| all[*place]).collect();
            let total: f32 = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            shares.into_iter().map(|share| share / total).collect()
        };
        Ok(texts.iter().map(of_text).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::TaskLabels;
    use crate::lab::labelled::LabelledRow;
    use crate::tasks::find_task;

    #[test]
    fn every_rung_encodes_the_texts_itself() {
        let task = find_task("sentiment").unwrap();
        let rung = TaskRung::new(task, &SENTIMENT.map(str::to_owned), false).unwrap().unwrap();
        let row = |(text, label): (&str, &str)| LabelledRow {
            text: text.to_owned(),
            labels: vec![label.to_owned()],
            ..LabelledRow::default()
        };
        let rows = [("a rung that shines", "positive"), ("a rung that broke", "negative")].map(row);
        let texts = Labelled::of_task(TaskLabels::single("mood", &SENTIMENT), &rows).unwrap();
        let encoded = || rung.runtime.statistics().encoded_texts;
        for _ in 0..2 {
            let before = encoded();
            measured_rung(&rung, &texts.examples, &texts.task.labels, None).unwrap();
            assert!(encoded() >= before + 2);
        }
    }
}
