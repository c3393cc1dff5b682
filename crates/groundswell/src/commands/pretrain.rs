//! `pretrain`: the encoder learns the words of one's own posts.

use super::train::Bar;
use super::{Surroundings, UsageError, labelled};
use crate::cli::Pretrain;
use crate::output;
use anyhow::{Context, Result};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use groundswell_models::architectures::LabelKind;
use groundswell_models::lab::{Labelled, ModelStore, PretrainSettings, pretrain};
use std::sync::Arc;

pub(crate) async fn run(surroundings: &Surroundings, options: Pretrain) -> Result<()> {
    let store = ModelStore::of_process();
    let folder =
        store.encoder_folder(&options.name).map_err(|error| UsageError(error.to_string()))?;
    if folder.exists() && !options.resume {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot clear `{}`", folder.display()))?;
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
    let settings = PretrainSettings {
        epochs: options.epochs.max(1),
        rate: options.rate,
        batch_tokens: options.batch_tokens,
        longest: options.longest,
        seed: options.seed,
    };
    let source = labelled::source(&options.data);
    let place = folder.clone();
    let report = tokio::task::spawn_blocking(move || {
        let bar = Bar::default();
        pretrain(&texts, check, &settings, &source, &place, &mut |progress| bar.show(progress))
    });
    let report = report.await.context("the pre-training broke off")??;
    eprintln!(
        "{} texts, {} held out, {} tokens, {:.0} s; {}",
        report.texts,
        report.held_out,
        report.tokens,
        report.seconds,
        folder.display()
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
