//! `sql`: answers a query.

use super::Surroundings;
use crate::cli::Sql;
use crate::output;
use anyhow::Result;
use groundswell_engine::query_in_order;

pub(crate) async fn run(surroundings: &Surroundings, options: Sql) -> Result<()> {
    let workspace = surroundings.open().await?;
    let runner = surroundings.runner(&workspace).await?;
    let (schema, batches) = query_in_order(runner.as_ref(), &options.query).await?;
    output::print(surroundings.format, &schema, &batches)
}
