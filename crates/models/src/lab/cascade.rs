//! A cascade: a cheap model answers, and sends up to a dear one only what it is not sure of (Viola and Jones 2001; for language
//! models Chen et al. 2023, arXiv:2305.05176).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::architectures::LabelKind;
use crate::error::ModelError;
use crate::evaluate::{Evaluation, Predictions, Resampling, Scores};
use crate::lab::architecture::Architecture;
use crate::lab::description::{CascadeDescription, DataDescription, TrainedDescription};
use crate::lab::draft::Draft;
use crate::lab::labelled::{Labelled, fingerprint};
use crate::lab::settings::TrainSettings;
use crate::lab::store::{ModelStore, clear};
use crate::lab::trained::{Body, TrainedModel};
use crate::runtime::Prediction;
use crate::train::Example;

/// The fewest texts a cascade is put together by.
const FEWEST_TEXTS: usize = 20;
/// A threshold above every confidence: all texts go up.
const ALL_UP: f32 = 1.01;

/// Holds two models of the same labels.
pub(crate) struct Cascade {
    cheap: Arc<TrainedModel>,
    dear: Arc<TrainedModel>,
    threshold: f32,
}

impl Cascade {
    /// Finds the two models in the store that the folder of the cascade stands in.
    pub(crate) fn open(
        folder: &Path,
        description: &TrainedDescription,
    ) -> Result<Self, ModelError> {
        let Some(about) = &description.cascade else {
            let reason = "it names no models of the cascade";
            return Err(ModelError::format(folder, "folder of a cascade", reason));
        };
        // `<root>/<name>/<version>`.
        let root = folder.parent().and_then(Path::parent).unwrap_or(folder);
        let store = ModelStore::at(root);
        let (cheap, dear) = (store.get(&about.cheap)?, store.get(&about.dear)?);
        Ok(Self { cheap, dear, threshold: about.threshold })
    }

    /// Gives the logarithms of the probabilities of the model that answered.
    pub(crate) fn scores(
        &self,
        texts: &[&str],
        targets: Option<&[&str]>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut answers = self.cheap.predict(texts, targets)?;
        let unsure: Vec<usize> =
            (0..texts.len()).filter(|index| answers[*index].score < self.threshold).collect();
        let up: Vec<&str> = unsure.iter().map(|index| texts[*index]).collect();
        let up_targets: Option<Vec<&str>> =
            targets.map(|targets| unsure.iter().map(|index| targets[*index]).collect());
        let better = self.dear.predict(&up, up_targets.as_deref())?;
        for (index, answer) in unsure.into_iter().zip(better) {
            answers[index] = answer;
        }
        let log = |answer: Prediction| {
            answer.probabilities.iter().map(|share| share.max(f32::MIN_POSITIVE).ln()).collect()
        };
        Ok(answers.into_iter().map(log).collect())
    }
}

/// Holds what both models answer to some texts.
struct Answers {
    cheap: Vec<Prediction>,
    dear: Vec<Prediction>,
    truth: Vec<usize>,
}

impl Answers {
    fn of(
        cheap: &TrainedModel,
        dear: &TrainedModel,
        examples: &[Example],
    ) -> Result<Self, ModelError> {
        let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
        let targets: Option<Vec<&str>> =
            examples.iter().map(|example| example.target.as_deref()).collect();
        let truth = examples
            .iter()
            .filter_map(|example| Some(example.labels[0].as_ref()?.accepted[0]))
            .collect();
        Ok(Self {
            cheap: cheap.predict(&texts, targets.as_deref())?,
            dear: dear.predict(&texts, targets.as_deref())?,
            truth,
        })
    }

    /// Gives the answers of a cascade with this threshold.
    fn with(&self, threshold: f32, labels: &[String]) -> Result<Predictions, ModelError> {
        let pairs = self.cheap.iter().zip(&self.dear);
        let chosen = pairs.map(|(cheap, dear)| if cheap.score < threshold { dear } else { cheap });
        let shares: Vec<Vec<f32>> = chosen.map(|answer| answer.probabilities.clone()).collect();
        Predictions::new(&self.truth, &shares, labels)
    }

    fn macro_f1(&self, threshold: f32, labels: &[String]) -> Result<f64, ModelError> {
        Ok(Scores::of(&self.with(threshold, labels)?).macro_average.f1)
    }

    /// Finds the lowest threshold with which the cascade reaches this share of the macro-F1 of the dear model.
    fn threshold(&self, quality: f64, labels: &[String]) -> Result<f32, ModelError> {
        let wanted = quality * self.macro_f1(ALL_UP, labels)?;
        for step in 0..=100u8 {
            let threshold = f32::from(step) / 100.0;
            if self.macro_f1(threshold, labels)? >= wanted {
                return Ok(threshold);
            }
        }
        Ok(ALL_UP)
    }
}

/// Puts a cascade together from labelled texts that neither model has seen: on half of them it finds the lowest threshold of
/// confidence with which it reaches `quality` times the macro-F1 of the dear model, on the other half it is measured. Gives the model
/// and its place in the store.
///
/// # Errors
/// Fails if the models have other labels than each other or the texts, there are too few texts, or a file cannot be written.
pub fn cascade(
    name: &str,
    (cheap, dear): (&str, &str),
    labelled: &Labelled,
    quality: f64,
    source: &str,
    store: &ModelStore,
) -> Result<(TrainedModel, PathBuf), ModelError> {
    let (cheap_name, dear_name) = (store.pin(cheap)?, store.pin(dear)?);
    let (cheap, dear) = (store.get(&cheap_name)?, store.get(&dear_name)?);
    let task = &cheap.description().task;
    let kinds = [task.kind, dear.description().task.kind];
    if task.labels != dear.description().task.labels || kinds != [LabelKind::Single; 2] {
        return Err(ModelError::Invalid(format!(
            "the models of a cascade must know the same single labels: `{}` and `{}`; train both on the same data",
            task.labels.join(", "),
            dear.description().task.labels.join(", ")
        )));
    }
    let count = labelled.examples.len();
    if count < FEWEST_TEXTS {
        return Err(ModelError::Invalid(format!(
            "a cascade needs at least {FEWEST_TEXTS} labelled texts, half of them to measure it on, there are `{count}`; label more"
        )));
    }
    let settings = TrainSettings::new(Architecture::Cascade);
    let parts = labelled.clone().split_off(0.5, settings.seed);
    let labels = &task.labels;
    let threshold = Answers::of(&cheap, &dear, &parts.train)?.threshold(quality, labels)?;
    let answers = Answers::of(&cheap, &dear, &parts.validation)?;
    let up = answers.cheap.iter().filter(|answer| answer.score < threshold).count();
    let resampling = Resampling::new(settings.seed);
    let evaluation = Evaluation::of_predictions(&answers.with(threshold, labels)?, &resampling);
    let about = CascadeDescription {
        cheap: cheap_name,
        dear: dear_name,
        threshold,
        share_up: up as f64 / answers.truth.len() as f64,
        cheap_score: answers.macro_f1(0.0, labels)?,
        dear_score: answers.macro_f1(ALL_UP, labels)?,
        score: evaluation.scores.macro_average.f1,
    };
    let report = serde_json::to_value(&evaluation)
        .map_err(|error| ModelError::Invalid(error.to_string()))?;
    let folder = store.training_folder(name)?;
    clear(&folder)?;
    let draft = Draft {
        name: name.to_owned(),
        task: task.clone(),
        reads_target: cheap.description().reads_target,
        base: None,
        network: None,
        cascade: Some(about),
        settings,
        data: DataDescription {
            source: source.to_owned(),
            train_rows: parts.train.len(),
            validation_rows: parts.validation.len(),
            fingerprint: fingerprint(&[&parts.train, &parts.validation]),
        },
        curve: Vec::new(),
        seconds: 0.0,
    };
    let body = Body::Cascade(Box::new(Cascade { cheap, dear, threshold }));
    // Both models are calibrated, so their answers are.
    let model = draft.describe(body, 1.0, report, &folder)?;
    let place = store.adopt(&folder, model.description())?;
    Ok((model, place))
}
