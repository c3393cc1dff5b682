//! A cascade: a cheap model answers, and sends up to a dear one only what it is not sure of (Viola and Jones 2001; for language
//! models Chen et al. 2023, arXiv:2305.05176).

use std::path::Path;
use std::sync::Arc;

use crate::architectures::LabelKind;
use crate::error::ModelError;
use crate::lab::architecture::Architecture;
use crate::lab::description::{CascadeDescription, DataDescription, TrainedDescription};
use crate::lab::fit::macro_f1;
use crate::lab::labelled::{Labelled, fingerprint};
use crate::lab::settings::TrainSettings;
use crate::lab::store::ModelStore;
use crate::lab::trained::{Body, Draft, TrainedModel};
use crate::runtime::Prediction;

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

/// Puts a cascade together: finds the lowest threshold of confidence with which it reaches `quality` times the macro-F1 of the dear
/// model on labelled texts that neither has seen, and writes its folder.
///
/// # Errors
/// Fails if the models have other labels than each other or the texts, or a file cannot be written.
pub fn cascade(
    name: &str,
    (cheap, dear): (&str, &str),
    labelled: &Labelled,
    quality: f64,
    source: &str,
    store: &ModelStore,
) -> Result<TrainedModel, ModelError> {
    let (cheap_name, dear_name) = (store.pin(cheap)?, store.pin(dear)?);
    let (cheap, dear) = (store.get(&cheap_name)?, store.get(&dear_name)?);
    let task = &cheap.description().task;
    if task.labels != dear.description().task.labels || task.kind != LabelKind::Single {
        return Err(ModelError::Invalid(format!(
            "the models of a cascade must know the same single labels: `{}` and `{}`; train both on the same data",
            task.labels.join(", "),
            dear.description().task.labels.join(", ")
        )));
    }
    let texts: Vec<&str> = labelled.examples.iter().map(|example| example.text.as_str()).collect();
    let targets: Option<Vec<&str>> =
        labelled.examples.iter().map(|example| example.target.as_deref()).collect();
    let first = cheap.predict(&texts, targets.as_deref())?;
    let second = dear.predict(&texts, targets.as_deref())?;
    let truth: Vec<usize> = labelled
        .examples
        .iter()
        .filter_map(|example| Some(example.labels[0].as_ref()?.accepted[0]))
        .collect();
    let labels = task.labels.len();
    let score_with = |threshold: f32| {
        let pairs = first.iter().zip(&second);
        let chosen: Vec<usize> =
            pairs.map(|(a, b)| if a.score < threshold { b.label } else { a.label }).collect();
        macro_f1(&truth, &chosen, labels)
    };
    let (cheap_score, dear_score) = (score_with(0.0), score_with(f32::INFINITY));
    let wanted = dear_score * quality;
    let steps = (0..=100).map(|step| step as f32 / 100.0);
    let mut thresholds = steps.chain([1.01]);
    let threshold = thresholds.find(|threshold| score_with(*threshold) >= wanted).unwrap_or(1.01);
    let up = first.iter().filter(|answer| answer.score < threshold).count();
    let about = CascadeDescription {
        cheap: cheap_name,
        dear: dear_name,
        threshold,
        share_up: up as f64 / first.len().max(1) as f64,
        cheap_score,
        dear_score,
        score: score_with(threshold),
    };
    let folder = store.training_folder(name)?;
    std::fs::create_dir_all(&folder).map_err(|error| ModelError::file(&folder, error))?;
    let draft = Draft {
        name: name.to_owned(),
        task: task.clone(),
        reads_target: cheap.description().reads_target,
        base: None,
        network: None,
        cascade: Some(about),
        settings: TrainSettings::new(Architecture::Cascade),
        data: DataDescription {
            source: source.to_owned(),
            train_rows: 0,
            validation_rows: labelled.examples.len(),
            fingerprint: fingerprint(&[&labelled.examples]),
        },
        curve: Vec::new(),
        seconds: 0.0,
    };
    let body = Body::Cascade(Box::new(Cascade { cheap, dear, threshold }));
    let model = draft.finish(body, &labelled.examples, &folder)?;
    store.adopt(&folder, model.description())?;
    Ok(model)
}
