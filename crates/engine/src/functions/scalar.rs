//! What functions of texts share: declarations, reading string columns of any layout, and making a DataFusion function of them.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, ListBuilder, StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use groundswell_core::schema::list_of;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// Says what people read about a function.
pub(super) struct Description {
    /// Name in SQL.
    pub(super) name: &'static str,
    /// One or two sentences; what comes back, for what input.
    pub(super) summary: &'static str,
    /// A query and, as a comment, its answer.
    pub(super) example: Cow<'static, str>,
}

impl Description {
    /// Makes the entry for `information_schema` and the reference.
    pub(super) fn documentation(&self, section: &'static str, arguments: &str) -> Documentation {
        let section = DocSection { include: true, label: section, description: None };
        Documentation::builder(section, self.summary, format!("{}({arguments})", self.name))
            .with_sql_example(self.example.to_string())
            .build()
    }
}

/// Computes one value from one text.
pub(super) enum Compute {
    /// A text, or NULL.
    Text(fn(&str) -> Option<String>),
    /// A list of texts, empty when there are none.
    List(fn(&str) -> Vec<String>),
    /// A number.
    Number(fn(&str) -> f32),
    /// A truth value.
    Boolean(fn(&str) -> bool),
}

/// Declares a function of one text; NULL gives NULL.
pub(super) struct TextFunction {
    /// What people read about it.
    pub(super) description: Description,
    /// What it computes.
    pub(super) compute: Compute,
}

impl TextFunction {
    /// Makes a DataFusion function of the declaration.
    pub(super) fn into_udf(self) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(TextUdf {
            function: self,
            signature: text_signature(),
            documentation: OnceLock::new(),
        }))
    }
}

/// Returns the signature of a function of one text.
pub(super) fn text_signature() -> Signature {
    Signature::string(1, Volatility::Immutable)
}

struct TextUdf {
    function: TextFunction,
    signature: Signature,
    documentation: OnceLock<Documentation>,
}

impl std::fmt::Debug for TextUdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.function.description.name)
    }
}

impl PartialEq for TextUdf {
    fn eq(&self, other: &Self) -> bool {
        self.function.description.name == other.function.description.name
    }
}

impl Eq for TextUdf {}

impl Hash for TextUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.description.name.hash(state);
    }
}

impl ScalarUDFImpl for TextUdf {
    fn name(&self) -> &str {
        self.function.description.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.function.compute {
            Compute::Text(_) => DataType::Utf8,
            Compute::List(_) => list_of(DataType::Utf8),
            Compute::Number(_) => DataType::Float32,
            Compute::Boolean(_) => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_texts(&args, |texts| {
            Ok(match self.function.compute {
                Compute::Text(compute) => {
                    let values = texts.iter().map(|text| text.and_then(compute));
                    Arc::new(values.collect::<StringArray>()) as ArrayRef
                }
                Compute::List(compute) => lists(texts, compute),
                Compute::Number(compute) => {
                    let values = texts.iter().map(|text| text.map(compute));
                    Arc::new(values.collect::<Float32Array>())
                }
                Compute::Boolean(compute) => {
                    let values = texts.iter().map(|text| text.map(compute));
                    Arc::new(values.collect::<BooleanArray>())
                }
            })
        })
    }

    fn documentation(&self) -> Option<&Documentation> {
        let description = &self.function.description;
        Some(self.documentation.get_or_init(|| description.documentation("Text", "text")))
    }
}

fn lists(texts: &[Option<&str>], compute: fn(&str) -> Vec<String>) -> ArrayRef {
    let item = Field::new("element", DataType::Utf8, true);
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(item);
    for text in texts {
        for value in text.map(compute).unwrap_or_default() {
            lists.values().append_value(value);
        }
        lists.append(text.is_some());
    }
    Arc::new(lists.finish())
}

/// Applies a computation to the first argument read as texts, once for a constant.
///
/// Local reads, casts and executors hand out different layouts of strings: all three are read alike.
pub(super) fn over_texts(
    args: &ScalarFunctionArgs,
    compute: impl FnOnce(&[Option<&str>]) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let (array, constant) = match &args.args[0] {
        ColumnarValue::Array(array) => (Arc::clone(array), false),
        ColumnarValue::Scalar(value) => (value.to_array()?, true),
    };
    let texts = texts_of(&array)?;
    let values = compute(&texts)?;
    if constant {
        return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?));
    }
    Ok(ColumnarValue::Array(values))
}

/// Reads an array of strings of any layout.
pub(super) fn texts_of(array: &ArrayRef) -> Result<Vec<Option<&str>>> {
    Ok(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().collect(),
        DataType::Utf8View => array.as_string_view().iter().collect(),
        DataType::Null => vec![None; array.len()],
        other => return exec_err!("text expected, not `{other}`; cast it: CAST(… AS VARCHAR)"),
    })
}
