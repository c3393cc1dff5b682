//! `topics events`: what became of topics.

use super::{Surroundings, quoted, stored};
use crate::cli::TopicEvents;
use crate::output;
use anyhow::Result;
use groundswell_engine::query_in_order;

pub(super) async fn run(surroundings: &Surroundings, options: TopicEvents) -> Result<()> {
    let workspace = surroundings.open().await?;
    let local = surroundings.local(&workspace).await?;
    stored(&local, &options.fit.name).await?;
    let sql = format!(
        "SELECT e.event_at, e.change, e.topic_id, e.label, e.other_topic_id, o.label AS other_label, e.posts,
            round(e.expected_posts, 1) AS expected_posts
         FROM topic_events e
         LEFT JOIN (SELECT * FROM topics WHERE fit = {name}) o ON o.topic_id = e.other_topic_id
         WHERE e.fit = {name} ORDER BY e.event_at DESC, e.batch DESC, e.event LIMIT {limit}",
        name = quoted(&options.fit.name),
        limit = options.limit
    );
    let (schema, rows) = query_in_order(&local, &sql).await?;
    output::print(surroundings.format, &schema, &rows)
}
