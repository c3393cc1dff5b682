//! `pretrain`: the encoder learns the words of one's own posts.

use super::train::Bar;
use super::{Surroundings, UsageError, labelled};
use crate::cli::Pretrain;
use crate::output;
use anyhow::{Context, Result};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use groundswell_models::architectures::LabelKind;
use groundswell_models::lab::{Labelled, ModelStore, PretrainSettings, pretrain};
use groundswell_models::train::{has_checkpoint, remove_checkpoint};
use std::path::Path;
use std::sync::Arc;

pub(crate) async fn run(surroundings: &Surroundings, options: Pretrain) -> Result<()> {
    let usage = |error: groundswell_models::ModelError| UsageError(error.to_string());
    let place = ModelStore::of_process().encoder_folder(&options.name).map_err(usage)?;
    // The encoder that had the name so far stays until the new one is whole.
    let folder = place.with_extension("training");
    let settings = PretrainSettings {
        epochs: options.epochs,
        rate: options.rate,
        batch_tokens: options.batch_tokens,
        longest: options.longest,
        seed: options.seed,
    };
    settings.validate().map_err(usage)?;
    if options.resume && !folder.exists() {
        return Err(UsageError(format!(
            "no pre-training of `{}` was broken off; start one without --resume",
            options.name
        ))
        .into());
    }
    let texts = labelled::texts_alone(surroundings, &options.data, &options.columns).await?;
    let check = if options.check.is_empty() {
        None
    } else {
        let rows = labelled::read(surroundings, &options.check, &options.columns, false).await?;
        Some(
            Labelled::for_training("check", LabelKind::Single, &rows)
                .context("the texts to check with")?,
        )
    };
    if !options.resume {
        clear(&folder)?;
    } else if !has_checkpoint(&folder.join("checkpoint")) {
        eprintln!("no checkpoint yet; starting from the beginning");
    }
    let source = labelled::source(&options.data);
    let incoming = folder.clone();
    let report = tokio::task::spawn_blocking(move || {
        let bar = Bar::default();
        pretrain(&texts, check, &settings, &source, &incoming, &mut |progress| bar.show(progress))
    });
    let report = report.await.context("the pre-training broke off")??;
    clear(&place)?;
    std::fs::rename(&folder, &place)
        .with_context(|| format!("cannot move to `{}`", place.display()))?;
    // Until the encoder is in its place, a killed run goes on with this.
    remove_checkpoint(&place.join("checkpoint"))?;
    eprintln!(
        "{} texts, {} held out, {} tokens, {:.0} s; {}",
        report.texts,
        report.held_out,
        report.tokens,
        report.seconds,
        place.display()
    );
    eprintln!(
        "before: a head that learned from {} texts, on the encoder as it was",
        report.head_texts
    );
    let rows = RecordBatch::try_from_iter([
        (
            "measure",
            Arc::new(StringArray::from(vec!["masked loss", "perplexity", "macro-F1 of the task"]))
                as ArrayRef,
        ),
        (
            "before",
            Arc::new(Float64Array::from(vec![
                Some(report.loss_before),
                Some(report.perplexity_before),
                report.task_before,
            ])),
        ),
        (
            "after",
            Arc::new(Float64Array::from(vec![
                Some(report.loss_after),
                Some(report.perplexity_after),
                report.task_after,
            ])),
        ),
    ])?;
    output::print(surroundings.format, &rows.schema(), &[rows])
}

/// Removes a folder, if it is there.
fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot clear `{}`", folder.display()))?;
    }
    Ok(())
}
