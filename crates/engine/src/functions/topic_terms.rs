//! `topic_terms(text)`: the words that most texts of a group share.

use super::scalar::Description;
use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, Signature, Volatility,
};
use groundswell_core::schema::list_of;
use groundswell_text::content_words;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// How many words are returned.
const TERMS: usize = 10;

/// Returns the function.
pub(super) fn topic_terms() -> Arc<AggregateUDF> {
    let texts = vec![DataType::Utf8, DataType::Utf8View, DataType::LargeUtf8];
    let signature = Signature::uniform(1, texts, Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(TopicTerms { signature, documentation: OnceLock::new() }))
}

#[derive(Debug)]
struct TopicTerms {
    signature: Signature,
    documentation: OnceLock<Documentation>,
}

impl PartialEq for TopicTerms {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TopicTerms {}

impl std::hash::Hash for TopicTerms {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl AggregateUDFImpl for TopicTerms {
    fn name(&self) -> &str {
        "topic_terms"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(list_of(DataType::Utf8))
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::<Counts>::default())
    }

    fn state_fields(&self, _: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![
            Arc::new(Field::new("words", list_of(DataType::Utf8), true)),
            Arc::new(Field::new("counts", list_of(DataType::Int64), true)),
        ])
    }

    fn documentation(&self) -> Option<&Documentation> {
        let description = Description {
            name: "topic_terms",
            summary: "Returns the ten words that stand in most texts of a group, stop words left out; of words as frequent, the first in the \
                      order of their characters.",
            example: Cow::Borrowed(
                "SELECT topic_id, topic_terms(clean_text) FROM prepared JOIN topic_posts USING (post_id) GROUP BY topic_id;",
            ),
        };
        let documentation = || description.documentation("Topics", "text");
        Some(self.documentation.get_or_init(documentation))
    }
}

/// Counts in how many texts a word stands.
#[derive(Debug, Default)]
struct Counts {
    words: HashMap<String, i64>,
}

impl Counts {
    fn add(&mut self, text: &str) {
        for word in content_words(text) {
            *self.words.entry(word).or_default() += 1;
        }
    }

    /// Gives words and counts, the most frequent first.
    fn ranked(&self) -> Vec<(&str, i64)> {
        let mut ranked: Vec<(&str, i64)> =
            self.words.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        ranked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        ranked
    }
}

/// Makes a list whose items have the name that they have in tables.
fn list(values: &[ScalarValue], data_type: &DataType) -> Result<ScalarValue> {
    let list = ScalarValue::List(ScalarValue::new_list(values, data_type, true));
    list.cast_to(&list_of(data_type.clone()))
}

/// Gives the list of a row; an empty one for NULL.
fn row_of(lists: &ListArray, row: usize) -> ArrayRef {
    if lists.is_null(row) { lists.values().slice(0, 0) } else { lists.value(row) }
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let texts = arrow::compute::cast(&values[0], &DataType::Utf8)?;
        texts.as_string::<i32>().iter().flatten().for_each(|text| self.add(text));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (words, counts) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for row in 0..words.len() {
            let (words, counts) = (row_of(words, row), row_of(counts, row));
            let words = arrow::compute::cast(&words, &DataType::Utf8)?;
            let pairs = words.as_string::<i32>().iter().zip(counts.as_primitive::<Int64Type>());
            for (word, count) in pairs.filter_map(|(word, count)| word.zip(count)) {
                *self.words.entry(word.to_owned()).or_default() += count;
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let ranked = self.ranked();
        let words: Vec<_> = ranked.iter().map(|(word, _)| ScalarValue::from(*word)).collect();
        let counts: Vec<_> = ranked.iter().map(|(_, count)| ScalarValue::from(*count)).collect();
        Ok(vec![list(&words, &DataType::Utf8)?, list(&counts, &DataType::Int64)?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let ranked = self.ranked().into_iter().take(TERMS);
        let words: Vec<_> = ranked.map(|(word, _)| ScalarValue::from(word)).collect();
        list(&words, &DataType::Utf8)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.words.keys().map(|word| word.len() + 48).sum::<usize>()
    }
}
