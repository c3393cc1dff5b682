//! Fits as rows.

use super::guide::TopicGuide;
use crate::functions::assign_topic;
use crate::{EngineError, Runner, query};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionContext;
use groundswell_insight::topics::{TopicModel, TopicOptions, TopicStream};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the fit that the posts of a workspace are assigned by.
pub const FOLLOWED: &str = "main";

/// Is a fit as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFit {
    /// Its name.
    pub name: String,
    /// Changes with whatever it assigns.
    pub version: String,
    /// The weights that made the embeddings it was learnt from.
    pub model_version: String,
    /// How it was learnt.
    pub options: TopicOptions,
    /// Which topics were expected.
    pub guide: TopicGuide,
    /// What was learnt.
    pub model: TopicModel,
    /// How it learns on, once posts came after those of the fit.
    pub stream: Option<TopicStream>,
    /// How often posts came.
    pub followed_batches: i64,
    /// Names the posts that came last.
    pub last_batch: Option<String>,
}

/// Is how a fit was learnt, as its row has it.
#[derive(Deserialize, Serialize)]
pub(super) struct Learning {
    #[serde(flatten)]
    options: TopicOptions,
    #[serde(default)]
    guide: TopicGuide,
}

impl StoredFit {
    /// Says how it was learnt.
    pub(super) fn learning(&self) -> Learning {
        Learning { options: self.options.clone(), guide: self.guide.clone() }
    }
}

/// Reads the fits of a workspace, by name.
///
/// # Errors
/// [`EngineError::Query`] when the table cannot be read, [`EngineError::Runner`] for a fit that another program wrote.
pub async fn stored_fits(local: &dyn Runner) -> Result<Vec<StoredFit>, EngineError> {
    let sql = "SELECT fit, fit_version, model_version, options, model, stream, last_batch, followed_batches
        FROM topic_fits ORDER BY fit";
    let mut fits = Vec::new();
    for batch in query(local, sql).await? {
        for row in 0..batch.num_rows() {
            let text = |column: usize| batch.column(column).as_string::<i32>().value(row);
            let broken = |error: serde_json::Error| {
                let name = text(0);
                EngineError::Runner(format!(
                    "the topics `{name}` cannot be read ({error}); fit them again: groundswell topics fit --name {name}"
                ))
            };
            let given =
                |column: usize| batch.column(column).is_valid(row).then(|| text(column).to_owned());
            let stream = given(5).map(|stream| serde_json::from_str(&stream)).transpose();
            let batches = batch.column(7).as_primitive::<Int64Type>().value(row);
            let learning: Learning = serde_json::from_str(text(3)).map_err(broken)?;
            fits.push(StoredFit {
                name: text(0).to_owned(),
                version: text(1).to_owned(),
                model_version: text(2).to_owned(),
                options: learning.options,
                guide: learning.guide,
                model: serde_json::from_str(text(4)).map_err(broken)?,
                stream: stream.map_err(broken)?,
                followed_batches: batches,
                last_batch: given(6),
            });
        }
    }
    Ok(fits)
}

/// Makes the fits of a workspace known to `assign_topic` in a session.
///
/// # Errors
/// As [`stored_fits`].
pub async fn register_fits(
    local: &dyn Runner,
    session: &SessionContext,
) -> Result<(), EngineError> {
    let mut models = BTreeMap::new();
    for batch in query(local, "SELECT fit, model FROM topic_fits").await? {
        let (names, texts) =
            (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
        let pairs = names.iter().flatten().zip(texts.iter().flatten());
        models.extend(pairs.map(|(name, model)| (name.to_owned(), model.to_owned())));
    }
    let state = session.state_ref();
    state.write().register_udf(assign_topic(models))?;
    Ok(())
}
