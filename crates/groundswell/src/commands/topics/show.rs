//! `topics show`: one topic.

use super::{Surroundings, quoted, stored, usage};
use crate::cli::{Format, ShowTopic};
use crate::output;
use anyhow::Result;
use groundswell_engine::query_in_order;

pub(super) async fn run(surroundings: &Surroundings, options: ShowTopic) -> Result<()> {
    let workspace = surroundings.open().await?;
    let local = surroundings.local(&workspace).await?;
    let fit = stored(&local, &options.fit.name).await?;
    let of_topic = format!("fit = {} AND topic_id = {}", quoted(&options.fit.name), options.id);
    let facts = format!(
        "SELECT topic_id, label, round(share, 4) AS share, round(npmi, 3) AS npmi, round(c_v, 3) AS c_v,
            round(embedding_coherence, 3) AS coherence, array_to_string(terms, ' ') AS terms, is_living, merged_into
         FROM topics WHERE {of_topic}"
    );
    let members = format!(
        "SELECT r.language, count(*) AS posts,
            count(CASE WHEN s.label = 'positive' THEN 1 END) AS positive,
            count(CASE WHEN s.label = 'neutral' THEN 1 END) AS neutral,
            count(CASE WHEN s.label = 'negative' THEN 1 END) AS negative,
            min(t.created_at) AS first_post_at, max(t.created_at) AS last_post_at
         FROM topic_posts t JOIN prepared r ON r.post_id = t.post_id
         JOIN (SELECT post_id, sentiment['label'] AS label FROM scored) s ON s.post_id = t.post_id
         WHERE t.topic_id = {} GROUP BY r.language ORDER BY posts DESC, r.language",
        options.id
    );
    let posts = format!(
        "SELECT e.post_id, p.created_at, r.language, r.clean_text AS text
         FROM (SELECT unnest(representative_posts) AS post_id FROM topics WHERE {of_topic}) e
         JOIN posts p ON p.post_id = e.post_id JOIN prepared r ON r.post_id = e.post_id
         ORDER BY e.post_id"
    );
    let mut shown = serde_json::Map::new();
    for (name, sql) in [("topic", facts), ("languages", members), ("representative_posts", posts)] {
        let (schema, rows) = query_in_order(&local, &sql).await?;
        if name == "topic" && rows.iter().all(|rows| rows.num_rows() == 0) {
            // Not even one that has ended.
            fit.model.place(options.id).map_err(usage)?;
        }
        match surroundings.format {
            Format::Json => {
                shown.insert(name.to_owned(), output::to_json(&rows)?);
            }
            format => output::print(format, &schema, &rows)?,
        }
    }
    if surroundings.format == Format::Json {
        println!("{}", serde_json::to_string_pretty(&shown)?);
    }
    Ok(())
}
