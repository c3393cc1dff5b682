//! `topics list`: the topics, largest first.

use super::{Surroundings, quoted, stored};
use crate::output;
use anyhow::Result;
use groundswell_engine::query_in_order;
use groundswell_engine::topics::FOLLOWED;

pub(super) async fn run(surroundings: &Surroundings, name: &str) -> Result<()> {
    let workspace = surroundings.open().await?;
    let local = surroundings.local(&workspace).await?;
    stored(&local, name).await?;
    // The posts of the fit that is followed are counted; of others, those of the sample.
    let sizes = if name == FOLLOWED {
        "SELECT topic_id, count(*) AS posts FROM topic_posts GROUP BY topic_id".to_owned()
    } else {
        format!("SELECT topic_id, sampled_posts AS posts FROM topics WHERE fit = {}", quoted(name))
    };
    let sql = format!(
        "SELECT s.topic_id, coalesce(t.label, '(no topic)') AS label, s.posts,
            round(CAST(s.posts AS DOUBLE) / sum(s.posts) OVER (), 4) AS share,
            round(t.npmi, 3) AS npmi, round(t.embedding_coherence, 3) AS coherence,
            array_to_string(t.terms, ' ') AS terms
         FROM ({sizes}) s
         LEFT JOIN (SELECT * FROM topics WHERE fit = {}) t ON t.topic_id = s.topic_id
         ORDER BY s.topic_id IS NULL, s.posts DESC, s.topic_id",
        quoted(name)
    );
    let (schema, rows) = query_in_order(&local, &sql).await?;
    output::print(surroundings.format, &schema, &rows)
}
