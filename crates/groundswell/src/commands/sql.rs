//! `sql`: answers a query.

use super::Surroundings;
use crate::cli::Sql;
use crate::output;
use anyhow::Result;
use groundswell_engine::in_stable_order;
use std::sync::Arc;

pub(crate) async fn run(surroundings: &Surroundings, options: Sql) -> Result<()> {
    let workspace = surroundings.open().await?;
    let runner = surroundings.runner(&workspace).await?;
    let state = runner.session().state();
    let plan = state
        .create_logical_plan(&options.query)
        .await
        .map_err(groundswell_engine::EngineError::from)?;
    let schema = Arc::clone(plan.schema().inner());
    let batches = runner.run(plan.clone()).await?;
    let batches = in_stable_order(&plan, batches)?;
    output::print(surroundings.format, &schema, &batches)
}
