//! `nearest(word, 'vectors')`: the words that a set of word vectors puts next to a word.

use super::models::failed;
use super::scalar::{Description, over_texts};
use arrow::array::{ArrayRef, Float32Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};
use groundswell_models::lab::ModelStore;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// How many words are returned.
const COUNT: usize = 10;

/// Returns the function.
pub(super) fn nearest() -> Arc<ScalarUDF> {
    let signature = Signature::one_of(vec![TypeSignature::String(2)], Volatility::Stable);
    Arc::new(ScalarUDF::new_from_impl(Nearest { signature, documentation: OnceLock::new() }))
}

#[derive(Debug)]
struct Nearest {
    signature: Signature,
    documentation: OnceLock<Documentation>,
}

impl PartialEq for Nearest {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Nearest {}

impl std::hash::Hash for Nearest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

fn neighbour() -> Fields {
    Fields::from(vec![
        Field::new("word", DataType::Utf8, true),
        Field::new("cosine", DataType::Float32, true),
    ])
}

fn item() -> Field {
    Field::new("element", DataType::Struct(neighbour()), true)
}

impl ScalarUDFImpl for Nearest {
    fn name(&self) -> &str {
        "nearest"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Arc::new(item())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let name = match &args.args[1] {
            ColumnarValue::Scalar(name) => name.try_as_str().flatten(),
            ColumnarValue::Array(_) => None,
        };
        let Some(name) = name else {
            return exec_err!("the name of the vectors must be a constant: nearest(word, 'name')");
        };
        let vectors = ModelStore::of_process().word_vectors(name).map_err(failed)?;
        over_texts(&args, |words| {
            let fields = StructBuilder::new(
                neighbour(),
                vec![Box::new(StringBuilder::new()), Box::new(Float32Builder::new())],
            );
            let mut lists = ListBuilder::new(fields).with_field(item());
            for word in words {
                let Some(word) = word else {
                    lists.append(false);
                    continue;
                };
                for near in vectors.nearest(&word.to_lowercase(), COUNT).map_err(failed)? {
                    let row = lists.values();
                    if let Some(words) = row.field_builder::<StringBuilder>(0) {
                        words.append_value(near.word);
                    }
                    if let Some(cosines) = row.field_builder::<Float32Builder>(1) {
                        cosines.append_value(near.cosine);
                    }
                    row.append(true);
                }
                lists.append(true);
            }
            Ok(Arc::new(lists.finish()) as ArrayRef)
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        let description = Description {
            name: "nearest",
            summary: "Returns the ten words nearest to a word, with the cosines of their vectors, by word vectors that were trained here.",
            example: Cow::Borrowed(
                "SELECT nearest('手机', 'words'); -- after: groundswell train word-vectors --name words --data posts.jsonl",
            ),
        };
        let documentation = || description.documentation("Models", "word, name");
        Some(self.documentation.get_or_init(documentation))
    }
}
