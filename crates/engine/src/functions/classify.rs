//! Models that users trained: `classify(text, 'name')`, and a function of its own name for each.
//!
//! The planner turns a name into `name@version`, the hash of what the model is, before a plan is shipped: whoever runs it uses that
//! very model or says that it is missing.

use super::models::{failed, over_pairs, prediction_array};
use super::scalar::Description;
use crate::tables::prediction_type;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility, lit,
};
use groundswell_models::lab::ModelStore;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// Returns `classify`.
pub(super) fn classify() -> Arc<ScalarUDF> {
    let signature = Signature::one_of(
        vec![TypeSignature::String(2), TypeSignature::String(3)],
        Volatility::Immutable,
    );
    Arc::new(ScalarUDF::new_from_impl(Classify { signature, documentation: OnceLock::new() }))
}

/// Registers a function for every model of the store of this process whose name no other function has. Of damaged models it warns.
///
/// # Errors
/// When the folder of models cannot be read, or the registry refuses a function.
pub fn register_trained(registry: &mut dyn FunctionRegistry) -> Result<()> {
    let known = registry.udfs();
    let store = ModelStore::of_process();
    for (model, error) in store.damaged().map_err(failed)? {
        tracing::warn!(model, %error, "damaged model left out; train it again, or remove its folder");
    }
    for model in store.list().map_err(failed)? {
        let name = model.description.name;
        if model.is_current && !known.contains(&name) {
            let arguments = 1 + usize::from(model.description.reads_target);
            let signature = Signature::string(arguments, Volatility::Immutable);
            registry.register_udf(Arc::new(ScalarUDF::new_from_impl(Named { name, signature })))?;
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Classify {
    signature: Signature,
    documentation: OnceLock<Documentation>,
}

impl PartialEq for Classify {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Classify {}

impl std::hash::Hash for Classify {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for Classify {
    fn name(&self) -> &str {
        "classify"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(prediction_type())
    }

    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let Some(Expr::Literal(name, _)) = args.get(1) else {
            return plan_err!("the name of a model must be a constant: classify(text, 'name')");
        };
        let Some(Some(name)) = name.try_as_str() else {
            return plan_err!("the name of a model is missing: classify(text, 'name')");
        };
        if name.contains('@') {
            return Ok(ExprSimplifyResult::Original(args));
        }
        let pinned = ModelStore::of_process().pin(name).map_err(failed)?;
        let mut args = args;
        args[1] = lit(pinned);
        let call = ScalarFunction::new_udf(classify(), args);
        Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(call)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let ColumnarValue::Scalar(name) = &args.args[1] else {
            return exec_err!("the name of a model must be a constant: classify(text, 'name')");
        };
        let Some(Some(name)) = name.try_as_str() else {
            return exec_err!("the name of a model is missing: classify(text, 'name')");
        };
        predictions(name, &args, 2)
    }

    fn documentation(&self) -> Option<&Documentation> {
        let description = Description {
            name: "classify",
            summary: "Returns what a model that was trained here says about the text: its label, the calibrated probability of that label, \
                      and those of all labels. The label of a rating is the step nearest to the expected one, and its shares are not \
                      calibrated. A model that reads a target takes it as third argument. `name@version` asks for one version.",
            example: Cow::Borrowed(
                "SELECT classify(text, 'mine')['label'], count(*) FROM posts GROUP BY 1; -- after: groundswell train --name mine --data labels.csv",
            ),
        };
        let documentation = || description.documentation("Models", "text, name[, target]");
        Some(self.documentation.get_or_init(documentation))
    }
}

fn predictions(name: &str, args: &ScalarFunctionArgs, target: usize) -> Result<ColumnarValue> {
    let model = ModelStore::of_process().get(name).map_err(failed)?;
    let kind = model.description().task.kind;
    over_pairs(
        args,
        target,
        |texts, targets| model.predict(texts, targets).map_err(failed),
        |answers| prediction_array(answers, model.labels(), kind),
    )
}

/// A model under its own name; the planner makes a call of `classify` of it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Named {
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for Named {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(prediction_type())
    }

    fn simplify(&self, mut args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let pinned = ModelStore::of_process().pin(&self.name).map_err(failed)?;
        args.insert(1, lit(ScalarValue::from(pinned)));
        let call = ScalarFunction::new_udf(classify(), args);
        Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(call)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        predictions(&self.name, &args, 1)
    }
}
