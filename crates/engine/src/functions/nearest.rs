//! `nearest(word, 'vectors')`: the words that a set of word vectors puts next to a word.

use super::models::failed;
use super::scalar::{Description, over_texts};
use arrow::array::{ArrayRef, Float32Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility, lit,
};
use groundswell_models::lab::ModelStore;
use groundswell_models::word_vectors::WordVectors;
use groundswell_text::match_text;
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

    /// Turns the name into `name@version` before a plan is shipped: whoever runs it uses those very vectors or says that it has others.
    fn simplify(&self, mut args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let name = match args.get(1) {
            Some(Expr::Literal(name, _)) => name.try_as_str().flatten(),
            _ => None,
        };
        let Some(name) = name.filter(|name| !name.contains('@')) else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        args[1] = lit(ModelStore::of_process().pin_vectors(name).map_err(failed)?);
        let call = ScalarFunction::new_udf(nearest(), args);
        Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(call)))
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
        over_texts(&args, |words| Ok(neighbours(&vectors, words)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        let description = Description {
            name: "nearest",
            summary: "Returns the ten words nearest to a word, with the cosines of their vectors, by word vectors that were trained here; \
                      NULL for a word without a vector.",
            example: Cow::Borrowed(
                "SELECT nearest('手机', 'words'); -- after: groundswell train word-vectors --name words --data posts.jsonl",
            ),
        };
        let documentation = || description.documentation("Models", "word, name");
        Some(self.documentation.get_or_init(documentation))
    }
}

/// Lists the words nearest to each word, which is looked up in the form that the vectors were learned in.
fn neighbours(vectors: &WordVectors, words: &[Option<&str>]) -> ArrayRef {
    let fields = StructBuilder::new(
        neighbour(),
        vec![Box::new(StringBuilder::new()), Box::new(Float32Builder::new())],
    );
    let mut lists = ListBuilder::new(fields).with_field(item());
    for word in words {
        let near = word.and_then(|word| vectors.nearest(&match_text(word), COUNT));
        for neighbour in near.iter().flatten() {
            let row = lists.values();
            if let Some(words) = row.field_builder::<StringBuilder>(0) {
                words.append_value(neighbour.word);
            }
            if let Some(cosines) = row.field_builder::<Float32Builder>(1) {
                cosines.append_value(neighbour.cosine);
            }
            row.append(true);
        }
        lists.append(near.is_some());
    }
    Arc::new(lists.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray};

    #[test]
    fn words_are_found_in_any_writing_and_unknown_ones_give_null() {
        let words = ["手机", "iphone", "soup"].map(str::to_owned).to_vec();
        let vectors = WordVectors::new(words, 2, vec![1.0, 0.0, 0.9, 0.1, 0.0, 1.0]).unwrap();
        let asked = [Some("手機"), Some("ｉＰｈｏｎｅ"), Some("unheard"), None];
        let lists = neighbours(&vectors, &asked);
        let lists = lists.as_list::<i32>();
        let nearest = |row: usize| {
            let near = lists.is_valid(row).then(|| lists.value(row))?;
            Some(near.as_struct().column(0).as_string::<i32>().value(0).to_owned())
        };
        assert_eq!(nearest(0).as_deref(), Some("iphone"));
        assert_eq!(nearest(1).as_deref(), Some("手机"));
        assert_eq!((nearest(2), nearest(3)), (None, None));
    }
}
