//! Functions that run the shipped encoder: every task of the list of tasks, and the embedding.
//!
//! The runtime keeps what it encoded, so a query that names several of them over the same text runs the encoder once per text.

use super::scalar::{Description, over_texts, text_signature, texts_of};
use crate::tables::{embedding_type, prediction_type};
use arrow::array::{ArrayRef, Float32Array, Float32Builder, ListBuilder, StringArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};
use groundswell_models::architectures::LabelKind;
use groundswell_models::tasks::{TASKS, Task};
use groundswell_models::{ModelError, Prediction, Runtime};
use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// Lists them in the order of the reference.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    let mut functions = vec![
        ModelFunction::udf(
            What::Embedding,
            Description {
                name: "embedding",
                summary: "Returns the embedding of the text: a list of numbers of unit length; the inner product of two is their cosine \
                      similarity.",
                example: Cow::Borrowed("SELECT array_length(embedding('hello')); -- 256"),
            },
        ),
        ModelFunction::udf(
            What::Version,
            Description {
                name: "model_version",
                summary: "Returns the version of the weights that the functions of models use, as in `scored.model_version`.",
                example: Cow::Borrowed("SELECT model_version();"),
            },
        ),
    ];
    for task in TASKS.iter().copied() {
        functions.push(ModelFunction::udf(
            What::Task(task),
            Description {
                name: task.name(),
                summary: task.about(),
                example: Cow::Owned(format!(
                    "SELECT {0}(text{1})['label'], count(*) FROM posts GROUP BY 1; -- {3}{2}",
                    task.name(),
                    if task.reads_target() { ", 'Acme'" } else { "" },
                    task.labels().join(", "),
                    if task.is_experimental() { "experimental: " } else { "" }
                )),
            },
        ));
    }
    functions.push(super::classify::classify());
    functions.push(super::nearest::nearest());
    functions
}

#[derive(Clone, Copy)]
enum What {
    Embedding,
    Version,
    Task(&'static dyn Task),
}

struct ModelFunction {
    what: What,
    description: Description,
    signature: Signature,
    documentation: OnceLock<Documentation>,
}

impl ModelFunction {
    fn udf(what: What, description: Description) -> Arc<ScalarUDF> {
        let signature = match what {
            What::Version => Signature::nullary(Volatility::Immutable),
            What::Embedding => text_signature(),
            What::Task(task) => {
                let with_target = task.head_about_target().map(|_| TypeSignature::String(2));
                let alone = (!task.reads_target()).then_some(TypeSignature::String(1));
                let either = alone.into_iter().chain(with_target).collect();
                Signature::one_of(either, Volatility::Immutable)
            }
        };
        Arc::new(ScalarUDF::new_from_impl(Self {
            what,
            description,
            signature,
            documentation: OnceLock::new(),
        }))
    }
}

impl std::fmt::Debug for ModelFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.description.name)
    }
}

impl PartialEq for ModelFunction {
    fn eq(&self, other: &Self) -> bool {
        self.description.name == other.description.name
    }
}

impl Eq for ModelFunction {}

impl Hash for ModelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.description.name.hash(state);
    }
}

impl ScalarUDFImpl for ModelFunction {
    fn name(&self) -> &str {
        self.description.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.what {
            What::Embedding => embedding_type(),
            What::Version => DataType::Utf8,
            What::Task(_) => prediction_type(),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let runtime = Runtime::current().map_err(failed)?;
        match self.what {
            What::Version => {
                Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(runtime.version().to_owned()))))
            }
            What::Embedding => over_texts(&args, |texts| embeddings(&runtime, texts)),
            What::Task(task) => over_pairs(
                &args,
                1,
                |texts, targets| predictions(&runtime, task, texts, targets),
                |answers| prediction_array(answers, task.labels(), LabelKind::Single),
            ),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        let arguments = match self.what {
            What::Version => "",
            What::Embedding => "text",
            What::Task(task) if task.reads_target() => "text, target",
            What::Task(task) if task.head_about_target().is_some() => "text[, target]",
            What::Task(_) => "text",
        };
        let documentation = || self.description.documentation("Models", arguments);
        Some(self.documentation.get_or_init(documentation))
    }
}

pub(super) fn failed(error: ModelError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Returns the texts that are there; the answer for NULL is NULL.
fn present<'a>(texts: &[Option<&'a str>]) -> Vec<&'a str> {
    texts.iter().copied().flatten().collect()
}

fn embeddings(runtime: &Runtime, texts: &[Option<&str>]) -> Result<ArrayRef> {
    let vectors = runtime.embed(&present(texts)).map_err(failed)?;
    let item = Field::new("element", DataType::Float32, true);
    let mut lists = ListBuilder::new(Float32Builder::new()).with_field(item);
    let mut vectors = vectors.iter();
    for text in texts {
        let vector = text.and_then(|_| vectors.next());
        for value in vector.into_iter().flat_map(|vector| vector.iter()) {
            lists.values().append_value(half::f16::from_f32(*value).to_f32());
        }
        lists.append(vector.is_some());
    }
    Ok(Arc::new(lists.finish()))
}

/// Asks the head of a task, or the one for targets when the call has them.
fn predictions(
    runtime: &Runtime,
    task: &dyn Task,
    texts: &[&str],
    targets: Option<&[&str]>,
) -> Result<Vec<Prediction>> {
    let answers = match targets {
        None => runtime.predict(task.name(), texts),
        Some(targets) => {
            let head = task.head_about_target().unwrap_or(task.name());
            let pairs: Vec<(&str, &str)> =
                texts.iter().copied().zip(targets.iter().copied()).collect();
            runtime.predict_about(head, &pairs)
        }
    };
    answers.map_err(failed)
}

/// Predicts the label of every text, about the target beside it if the call has one; NULL gives NULL.
pub(super) fn over_pairs(
    args: &ScalarFunctionArgs,
    target: usize,
    predict: impl Fn(&[&str], Option<&[&str]>) -> Result<Vec<Prediction>>,
    answer: impl Fn(&[Option<Prediction>]) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let Some(targets) = args.args.get(target) else {
        return over_texts(args, |texts| {
            let mut answers = predict(&present(texts), None)?.into_iter();
            let answers: Vec<Option<Prediction>> =
                texts.iter().map(|text| text.and_then(|_| answers.next())).collect();
            answer(&answers)
        });
    };
    let arrays = ColumnarValue::values_to_arrays(&[args.args[0].clone(), targets.clone()])?;
    let (texts, targets) = (texts_of(&arrays[0])?, texts_of(&arrays[1])?);
    let pairs: Vec<Option<(&str, &str)>> =
        texts.iter().zip(&targets).map(|(text, target)| Some(((*text)?, (*target)?))).collect();
    let (texts, targets): (Vec<&str>, Vec<&str>) = pairs.iter().copied().flatten().unzip();
    let mut answers = predict(&texts, Some(&targets))?.into_iter();
    let answers: Vec<Option<Prediction>> =
        pairs.iter().map(|pair| pair.and_then(|_| answers.next())).collect();
    Ok(ColumnarValue::Array(answer(&answers)?))
}

/// Makes a column of predictions. Of a text that may have several labels, the label lists them, separated by `|`.
pub(super) fn prediction_array<L: AsRef<str>>(
    answers: &[Option<Prediction>],
    labels: &[L],
    kind: LabelKind,
) -> Result<ArrayRef> {
    let name = |answer: &Prediction| match kind {
        LabelKind::Multi => {
            let chosen: Vec<&str> =
                answer.chosen().into_iter().map(|index| labels[index].as_ref()).collect();
            chosen.join("|")
        }
        LabelKind::Single | LabelKind::Ordinal => labels[answer.label].as_ref().to_owned(),
    };
    let names: StringArray = answers.iter().map(|answer| answer.as_ref().map(name)).collect();
    let scores: Float32Array =
        answers.iter().map(|answer| answer.as_ref().map(|a| a.score)).collect();
    let item = Field::new("element", DataType::Float32, true);
    let mut probabilities = ListBuilder::new(Float32Builder::new()).with_field(item);
    for answer in answers {
        for value in answer.iter().flat_map(|a| a.probabilities.iter()) {
            probabilities.values().append_value(*value);
        }
        probabilities.append(answer.is_some());
    }
    let DataType::Struct(fields) = prediction_type() else {
        return exec_err!("a prediction is a struct");
    };
    let nulls = NullBuffer::from_iter(answers.iter().map(Option::is_some));
    let columns: Vec<ArrayRef> =
        vec![Arc::new(names), Arc::new(scores), Arc::new(probabilities.finish())];
    Ok(Arc::new(StructArray::try_new(fields, columns, Some(nulls))?))
}
