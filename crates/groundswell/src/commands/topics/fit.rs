//! `topics fit`, `topics merge`, `topics reduce`: making topics, and making them fewer.

use super::{Surroundings, guide, list, usage, usage_of};
use crate::cli::{FitTopics, MergeTopics, ReduceTopics};
use crate::progress::Bars;
use anyhow::{Result, bail};
use groundswell_engine::topics::{FOLLOWED, FitOptions, Fitted, fit_topics, regroup_topics};
use groundswell_engine::{LocalRunner, Progress, StepContext, Workspace, find_step};
use groundswell_insight::InsightError;
use groundswell_insight::topics::{TopicModel, TopicOptions};
use std::sync::Arc;

const NOTHING: &str = "there are no scored posts to learn topics from; collect posts and refresh: groundswell refresh";

pub(super) async fn fit(surroundings: &Surroundings, options: FitTopics) -> Result<()> {
    if options.topics == Some(0) {
        return Err(usage(InsightError::Topics(0)));
    }
    let guide = guide::read(&options.guided)?;
    let workspace = surroundings.open().await?;
    let local = surroundings.local(&workspace).await?;
    let fit = FitOptions {
        name: options.fit.name,
        topics: TopicOptions {
            topics: options.topics,
            seed: options.seed,
            sample: options.sample,
            ..TopicOptions::default()
        },
        guide,
        fits: options.fits,
    };
    let progress = Bars::default();
    progress.start("fit topics", None);
    let fitted = fit_topics(&workspace, &local, &fit).await.map_err(usage_of)?;
    progress.finish();
    if let Some(fitted) = &fitted {
        let labels = fitted.described.topics.iter().map(|topic| topic.label.as_str());
        guide::tell_missing(&fit.guide, labels);
    }
    finish(surroundings, &workspace, &local, fitted).await
}

pub(super) async fn merge(surroundings: &Surroundings, options: MergeTopics) -> Result<()> {
    let ids = options.ids;
    regroup(surroundings, &options.fit.name, move |model| model.merge(&ids).map(|_| ())).await
}

pub(super) async fn reduce(surroundings: &Surroundings, options: ReduceTopics) -> Result<()> {
    let topics = options.topics;
    regroup(surroundings, &options.fit.name, move |model| model.reduce(topics)).await
}

async fn regroup(
    surroundings: &Surroundings,
    name: &str,
    change: impl FnOnce(&mut TopicModel) -> Result<(), InsightError>,
) -> Result<()> {
    let workspace = surroundings.open().await?;
    let local = surroundings.local(&workspace).await?;
    let fitted = regroup_topics(&workspace, &local, name, change).await.map_err(usage_of)?;
    finish(surroundings, &workspace, &local, fitted).await
}

/// Assigns the posts anew where they follow the fit, and lists its topics.
async fn finish(
    surroundings: &Surroundings,
    workspace: &Arc<Workspace>,
    local: &LocalRunner,
    fitted: Option<Fitted>,
) -> Result<()> {
    let Some(fitted) = fitted else { bail!(NOTHING) };
    if fitted.fit.name == FOLLOWED {
        let runner = surroundings.runner(workspace).await?;
        let context = StepContext {
            workspace,
            runner: runner.as_ref(),
            local,
            progress: &Bars::default(),
            limit: None,
        };
        find_step("topics")?.run(&context).await?;
    }
    if !fitted.gone.is_empty() {
        eprintln!("gone: topics {}; new: {}", ids(&fitted.gone), ids(&fitted.new));
    }
    list::run(surroundings, &fitted.fit.name).await
}

fn ids(ids: &[u64]) -> String {
    if ids.is_empty() {
        return "none".to_owned();
    }
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}
