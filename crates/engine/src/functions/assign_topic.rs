//! `assign_topic(embedding, 'fit')`: the topic of an embedding by topics that were fitted in the workspace.
//!
//! The planner puts the fit itself in the place of its name, so that whoever runs the plan needs no table to know it.

use super::scalar::Description;
use crate::tables::{assigned_fields, embedding_type, membership_fields};
use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float32Builder, Int64Array, Int64Builder, ListArray,
    ListBuilder, StructArray, StructBuilder,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Float32Type};
use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, lit,
};
use groundswell_insight::Matrix;
use groundswell_insight::topics::{Assigned, TopicModel};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Returns the function, which knows fits by their names; processes that only run plans need none.
pub(crate) fn assign_topic(fits: BTreeMap<String, String>) -> Arc<ScalarUDF> {
    let signature = Signature::any(2, Volatility::Immutable);
    let documentation = OnceLock::new();
    Arc::new(ScalarUDF::new_from_impl(AssignTopic { fits, signature, documentation }))
}

struct AssignTopic {
    /// The fits as stored.
    fits: BTreeMap<String, String>,
    signature: Signature,
    documentation: OnceLock<Documentation>,
}

impl std::fmt::Debug for AssignTopic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for AssignTopic {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for AssignTopic {}

impl std::hash::Hash for AssignTopic {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for AssignTopic {
    fn name(&self) -> &str {
        "assign_topic"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        if !matches!(&types[0], DataType::List(item) if item.data_type().is_floating()) {
            return plan_err!(
                "`assign_topic` takes an embedding, not `{}`: assign_topic(embedding, 'main')",
                types[0]
            );
        }
        Ok(DataType::Struct(assigned_fields()))
    }

    fn simplify(&self, mut args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let name = match args.get(1) {
            Some(Expr::Literal(name, _)) => name.try_as_str().flatten(),
            _ => None,
        };
        let Some(name) = name else {
            return plan_err!(
                "the name of a fit must be a constant: assign_topic(embedding, 'main')"
            );
        };
        if is_model(name) {
            return Ok(ExprSimplifyResult::Original(args));
        }
        let Some(model) = self.fits.get(name) else {
            let known = self.fits.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none" } else { &known };
            return plan_err!(
                "there are no topics `{name}`, fitted are: {known}; fit them: groundswell topics fit --name {name}"
            );
        };
        args[1] = lit(model.as_str());
        let call = ScalarFunction::new_udf(assign_topic(self.fits.clone()), args);
        Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(call)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let model = match &args.args[1] {
            ColumnarValue::Scalar(model) => model.try_as_str().flatten(),
            ColumnarValue::Array(_) => None,
        };
        let Some(model) = model.filter(|model| is_model(model)) else {
            return exec_err!(
                "the name of a fit must be a constant: assign_topic(embedding, 'main')"
            );
        };
        let embeddings = args.args[0].to_array(args.number_rows)?;
        let embeddings = arrow::compute::cast(&embeddings, &embedding_type())?;
        assign(&*open(model)?, embeddings.as_list::<i32>()).map(ColumnarValue::Array)
    }

    fn documentation(&self) -> Option<&Documentation> {
        let description = Description {
            name: "assign_topic",
            summary: "Returns the topic of an embedding by topics that were fitted in the workspace: its id (NULL if none is near), the \
                      cosine with the nearest one, and how much the embedding belongs to each of the nearest three.",
            example: Cow::Borrowed(
                "SELECT assign_topic(embedding('battery life'), 'main')['topic_id']; -- after: groundswell topics fit",
            ),
        };
        let documentation = || description.documentation("Topics", "embedding, fit");
        Some(self.documentation.get_or_init(documentation))
    }
}

/// Tells a stored model from a name.
fn is_model(text: &str) -> bool {
    text.starts_with('{')
}

/// Reads a stored model; the last one stays open, since every batch of a query names the same.
fn open(text: &str) -> Result<Arc<TopicModel>> {
    static LAST: Mutex<Option<(String, Arc<TopicModel>)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((stored, model)) = last.as_ref()
        && stored == text
    {
        return Ok(Arc::clone(model));
    }
    let model: TopicModel =
        serde_json::from_str(text).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let model = Arc::new(model);
    *last = Some((text.to_owned(), Arc::clone(&model)));
    Ok(model)
}

/// Assigns the embeddings of a batch; NULL gives NULL.
fn assign(model: &TopicModel, embeddings: &ListArray) -> Result<ArrayRef> {
    let mut values = Vec::with_capacity(embeddings.len() * model.dimension());
    for row in 0..embeddings.len() {
        if embeddings.is_null(row) {
            continue;
        }
        let embedding = embeddings.value(row);
        if embedding.len() != model.dimension() {
            return exec_err!(
                "an embedding has `{}` numbers, the topics were fitted on `{}`; fit them again: groundswell topics fit",
                embedding.len(),
                model.dimension()
            );
        }
        values.extend_from_slice(embedding.as_primitive::<Float32Type>().values());
    }
    let matrix = Matrix::new(model.dimension(), values);
    let assigned =
        model.assign(&matrix).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let mut assigned = assigned.into_iter();
    let rows: Vec<Option<Assigned>> = (0..embeddings.len())
        .map(|row| if embeddings.is_null(row) { None } else { assigned.next() })
        .collect();
    let id = |place: usize| model.ids().get(place).map(|id| *id as i64);
    let topics: Int64Array =
        rows.iter().map(|row| row.as_ref().and_then(|row| row.topic).and_then(id)).collect();
    let cosines: Float32Array = rows.iter().map(|row| row.as_ref().map(|row| row.cosine)).collect();
    let memberships = memberships(&rows, id);
    let valid = NullBuffer::from_iter(rows.iter().map(Option::is_some));
    let columns: Vec<ArrayRef> = vec![Arc::new(topics), Arc::new(cosines), memberships];
    Ok(Arc::new(StructArray::try_new(assigned_fields(), columns, Some(valid))?))
}

fn memberships(rows: &[Option<Assigned>], id: impl Fn(usize) -> Option<i64>) -> ArrayRef {
    let builders = StructBuilder::new(
        membership_fields(),
        vec![Box::new(Int64Builder::new()), Box::new(Float32Builder::new())],
    );
    let element = Field::new("element", DataType::Struct(membership_fields()), true);
    let mut lists = ListBuilder::new(builders).with_field(element);
    for row in rows {
        for (place, membership) in row.iter().flat_map(|row| &row.memberships) {
            let pair = lists.values();
            if let Some(topics) = pair.field_builder::<Int64Builder>(0) {
                topics.append_option(id(*place));
            }
            if let Some(memberships) = pair.field_builder::<Float32Builder>(1) {
                memberships.append_value(*membership);
            }
            pair.append(true);
        }
        lists.append(row.is_some());
    }
    Arc::new(lists.finish())
}
