//! `train`: labels in, a model out that queries call by its name.

use super::{Surroundings, UsageError, labelled, word_vectors};
use crate::cli::{Kind, LabelledTexts, Mix, Train, TrainWhat, Weights};
use anyhow::{Context, Result};
use groundswell_models::architectures::LabelKind;
use groundswell_models::lab::{
    ClassWeights, FitProgress, Labelled, ModelStore, TrainSettings, find_architecture, train,
};
use groundswell_models::train::{has_checkpoint, remove_checkpoint};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a training was asked for; kept beside its checkpoint, so that `--resume` asks for the same.
#[derive(Serialize, Deserialize)]
struct Request {
    data: Vec<String>,
    validation: Vec<String>,
    mix: Vec<Mix>,
    columns: LabelledTexts,
    kind: LabelKind,
    settings: TrainSettings,
}

/// The file of the request in the folder of the training.
const REQUEST: &str = "request.json";

pub(crate) async fn run(surroundings: &Surroundings, options: Train) -> Result<()> {
    if let Some(TrainWhat::WordVectors(options)) = options.what {
        return word_vectors::run(surroundings, options).await;
    }
    let store = ModelStore::of_process();
    let name = options.name.clone().unwrap_or_default();
    super::refuse_known_function(&name)?;
    let folder = store.training_folder(&name).map_err(|error| UsageError(error.to_string()))?;
    let is_resumed = options.resume;
    let request = if is_resumed { resumed(&folder, &name)? } else { request(options, &store)? };
    let several = request.kind == LabelKind::Multi;
    let rows = labelled::read(surroundings, &request.data, &request.columns, several).await?;
    let mut further = Vec::with_capacity(request.mix.len());
    for Mix { data, passes } in &request.mix {
        let data = std::slice::from_ref(data);
        let rows = labelled::read(surroundings, data, &request.columns, several).await?;
        further.push((rows, *passes));
    }
    let texts = Labelled::for_mixed_training(&name, request.kind, &rows, &further)?;
    let validation = match request.validation.is_empty() {
        true => None,
        false => {
            let rows = labelled::read(surroundings, &request.validation, &request.columns, several)
                .await?;
            Some(Labelled::of_task(texts.task.clone(), &rows).context("the validation part")?)
        }
    };
    let mixed: usize = texts.mixed.iter().map(|(examples, _)| examples.len()).sum();
    let mixed = if mixed > 0 { format!(" and {mixed} to mix in") } else { String::new() };
    eprintln!(
        "{} texts{mixed}, {} labels{}; {}",
        texts.examples.len(),
        texts.task.labels.len(),
        left_out(&texts),
        request.settings.architecture.name()
    );
    if let Some(validation) = &validation {
        eprintln!("{} texts to validate on{}", validation.examples.len(), left_out(validation));
    }
    if !is_resumed {
        begin(&folder, &request)?;
    }
    let mut source = labelled::source(&request.data);
    for Mix { data, passes } in &request.mix {
        source.push_str(&format!(" + {data}={passes}"));
    }
    let settings = request.settings;
    let trained = tokio::task::spawn_blocking(move || {
        let bar = Bar::default();
        let trained =
            train(&name, texts, validation, &settings, &source, &folder, &mut |progress| {
                bar.show(progress);
            })?;
        let place = store.adopt(&folder, trained.description())?;
        // Until the model is in its place, a killed training goes on with these.
        remove_checkpoint(&place.join("checkpoint"))?;
        std::fs::remove_file(place.join(REQUEST)).ok();
        super::models::write_card(trained.description(), &place.join("card.html"))?;
        anyhow::Ok((trained, place))
    });
    let (trained, place) = trained.await.context("the training broke off")??;
    let about = trained.description();
    let measure = |name: &str| about.validation.get(name).and_then(serde_json::Value::as_f64);
    if let (Some(accuracy), Some(macro_f1)) = (measure("accuracy"), measure("macro_f1")) {
        eprintln!(
            "validation: accuracy {accuracy:.3}, macro-F1 {macro_f1:.3}, temperature {:.2} ({} texts, {:.0} s)",
            about.temperature, about.data.validation_rows, about.seconds
        );
    } else if let Some(quality) = super::models::quality(about) {
        let (texts, seconds) = (about.data.validation_rows, about.seconds);
        eprintln!("validation: {quality} ({texts} texts, {seconds:.0} s)");
    }
    eprintln!("{}", place.display());
    println!("{}@{}: {}", about.name, about.version, about.call());
    Ok(())
}

/// Says in words how many rows were left out.
fn left_out(texts: &Labelled) -> String {
    let mut words = String::new();
    for (rows, what) in [(texts.empty_rows, "text"), (texts.unlabelled_rows, "label")] {
        if rows > 0 {
            words.push_str(&format!(", {rows} rows without {what} left out"));
        }
    }
    let labels = texts.examples.iter().filter_map(|example| example.labels[0].as_ref());
    let bare = labels.filter(|label| label.accepted.is_empty()).count();
    if bare > 0 {
        words.push_str(&format!(", in {bare} no label fits"));
    }
    words
}

fn request(options: Train, store: &ModelStore) -> Result<Request> {
    let architecture =
        find_architecture(&options.architecture).map_err(|error| UsageError(error.to_string()))?;
    let settings = TrainSettings {
        epochs: options.epochs,
        rate: options.rate,
        batch_tokens: options.batch_tokens,
        longest: options.longest,
        label_smoothing: options.label_smoothing,
        dropout: options.dropout,
        class_weights: match options.class_weights {
            Weights::None => ClassWeights::None,
            Weights::Root => ClassWeights::Root,
            Weights::Balanced => ClassWeights::Balanced,
        },
        patience: options.patience,
        adapter_rank: options.adapter_rank,
        frozen_layers: options.frozen_layers,
        base: options.base.map(|base| store.base_folder(&base)).transpose()?,
        vectors: options.vectors.map(|name| store.vectors_folder(&name)).transpose()?,
        seed: options.seed,
        ..TrainSettings::new(architecture)
    };
    let kind = match options.kind {
        Kind::Single => LabelKind::Single,
        Kind::Multi => LabelKind::Multi,
        Kind::Ordinal => LabelKind::Ordinal,
    };
    settings.validate(kind).map_err(|error| UsageError(error.to_string()))?;
    let Train { data, validation, mix, columns, .. } = options;
    Ok(Request { data, validation, mix, columns, kind, settings })
}

/// Clears the folder of the training and writes down what was asked for.
fn begin(folder: &Path, request: &Request) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot clear `{}`", folder.display()))?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make `{}`", folder.display()))?;
    std::fs::write(folder.join(REQUEST), serde_json::to_vec_pretty(request)?)
        .with_context(|| format!("cannot write in `{}`", folder.display()))
}

fn resumed(folder: &Path, name: &str) -> Result<Request> {
    let path = folder.join(REQUEST);
    let bytes = std::fs::read(&path).map_err(|_| {
        UsageError(format!("no training of `{name}` was broken off; start one without --resume"))
    })?;
    if !has_checkpoint(&folder.join("checkpoint")) {
        eprintln!("no checkpoint yet; starting from the beginning");
    }
    serde_json::from_slice(&bytes)
        .with_context(|| format!("`{}` is damaged; start the training anew", path.display()))
}

/// Shows loss, accuracy, validation score, speed and time left.
pub(super) struct Bar(ProgressBar);

impl Default for Bar {
    fn default() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{pos}/{len} {wide_bar} {msg}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self(bar)
    }
}

impl Bar {
    pub(super) fn show(&self, progress: &FitProgress) {
        self.0.set_length(progress.steps as u64);
        self.0.set_position(progress.step as u64);
        let shown = |name: &str, value: Option<f64>| {
            value.map(|value| format!("  {name} {value:.3}")).unwrap_or_default()
        };
        self.0.set_message(format!(
            "loss {:.4}{}{}  {:.0} tokens/s  {:.0} s left",
            progress.loss,
            shown("accuracy", progress.accuracy),
            shown(progress.measure, progress.score),
            progress.tokens_per_second,
            progress.seconds_left
        ));
        if let Some(point) = progress.epoch {
            let line = format!(
                "epoch {}: loss {:.4}, validation {} {:.4}",
                point.epoch, point.loss, progress.measure, point.score
            );
            self.0.suspend(|| eprintln!("{line}"));
        }
    }
}
