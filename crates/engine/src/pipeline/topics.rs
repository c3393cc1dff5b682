//! `topics`: the topic of each post.

use super::derive::{Derivation, derive, with_columns};
use super::{Step, StepContext, StepReport};
use crate::EngineError;
use crate::tables::{TOPIC_POSTS, TableSpec};
use crate::topics::{
    FOLLOWED, FitOptions, StoredFit, fit_topics, follow_topics, register_fits, stored_fits,
};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use async_trait::async_trait;
use groundswell_models::Runtime;
use std::sync::Arc;
use std::time::Instant;

/// Posts of a chunk.
const CHUNK_ROWS: usize = 50_000;

/// Fits that the stability of topics is measured over.
const FITS: u64 = 3;

/// What is pending: scored posts that have no row in `topic_posts`.
const PENDING: &str = "SELECT post_id, created_at, embedding, month FROM scored s
    WHERE NOT EXISTS (SELECT 1 FROM topic_posts d WHERE d.post_id = s.post_id)";

/// Derives `topic_posts` from `scored`, by topics that are fitted first if there are none.
pub(super) struct Topics;

#[async_trait]
impl Step for Topics {
    fn name(&self) -> &'static str {
        "topics"
    }

    fn summary(&self) -> &'static str {
        "fits topics if there are none, lets them learn from new posts, and finds the topic of each"
    }

    fn table(&self) -> &'static TableSpec {
        &TOPIC_POSTS
    }

    async fn run(&self, context: &StepContext<'_>) -> Result<StepReport, EngineError> {
        let begun = Instant::now();
        let Some(fit) = followed(context).await? else {
            return Ok(StepReport { step: self.name(), ..StepReport::default() });
        };
        follow_topics(context.workspace, context.local, &fit, context.limit).await?;
        let version = fit.version;
        register_fits(context.local, context.runner.session()).await?;
        let assigned = format!("assign_topic(embedding, '{FOLLOWED}')");
        let columns = ["topic_id", "cosine", "memberships"]
            .map(|column| format!("{assigned}['{column}'] AS {column}"));
        let derivation = Derivation {
            step: self.name(),
            target: &TOPIC_POSTS,
            version: &version,
            pending: PENDING.to_owned(),
            map: format!("post_id, created_at, {}, month", columns.join(", ")),
            chunk_rows: CHUNK_ROWS,
        };
        let mut finish = |rows: RecordBatch| {
            let versions = StringArray::from(vec![version.as_str(); rows.num_rows()]);
            with_columns(&TOPIC_POSTS, &rows, &[("fit_version", Arc::new(versions) as ArrayRef)])
        };
        let report = derive(context, &derivation, &mut finish).await?;
        Ok(StepReport { elapsed: begun.elapsed(), ..report })
    }
}

/// Gives the fit that posts are assigned by; fits topics if there are none or embeddings are no longer those that they
/// were learnt from. `None` if there are no posts to learn from.
async fn followed(context: &StepContext<'_>) -> Result<Option<StoredFit>, EngineError> {
    let stored = stored_fits(context.local).await?.into_iter().find(|fit| fit.name == FOLLOWED);
    let (topics, guide) = match stored {
        Some(fit) if fit.model_version == Runtime::current()?.version() => return Ok(Some(fit)),
        Some(fit) => (fit.options, fit.guide),
        None => Default::default(),
    };
    let options = FitOptions { name: FOLLOWED.to_owned(), topics, guide, fits: FITS };
    context.progress.start("fit topics", None);
    let fitted = fit_topics(context.workspace, context.local, &options).await?;
    context.progress.finish();
    Ok(fitted.map(|fitted| fitted.fit))
}
