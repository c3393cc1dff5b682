//! Functions of the engine: groups of declarations, and the one place that registers them.
//!
//! A function of one text is a declaration of some lines in `text.rs`; what needs a model is in `models.rs`. Both become ordinary
//! DataFusion functions, with documentation in `information_schema.routines` and in the generated reference.

mod assign_topic;
mod classify;
mod models;
mod nearest;
mod scalar;
mod text;
mod topic_terms;

pub(crate) use assign_topic::assign_topic;
pub use classify::register_trained;

use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, Documentation, ScalarUDF};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lists every scalar function, group by group, in the order of the reference.
pub fn functions() -> Vec<Arc<ScalarUDF>> {
    let mut functions = text::functions();
    functions.extend(models::functions());
    // A session of a workspace knows its fits too: `topics::register_fits`.
    functions.push(assign_topic(BTreeMap::new()));
    functions
}

/// Lists every aggregate function.
pub fn aggregates() -> Vec<Arc<AggregateUDF>> {
    vec![topic_terms::topic_terms()]
}

/// Registers every function. Embedded sessions, cluster clients (again after their upgrade), schedulers and executors all call it.
///
/// # Errors
/// When the registry refuses a function.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for function in functions() {
        registry.register_udf(function)?;
    }
    for function in aggregates() {
        registry.register_udaf(function)?;
    }
    Ok(())
}

/// Writes the reference of all functions as Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# SQL functions\n\nEvery session knows these beside the functions of DataFusion, in this process and on a cluster.\n\
         This page is generated from the declarations: `just bless` writes it, a test keeps it true.\n",
    );
    let mut group = String::new();
    let documented: Vec<Documentation> = functions()
        .iter()
        .filter_map(|function| function.documentation().cloned())
        .chain(aggregates().iter().filter_map(|function| function.documentation().cloned()))
        .collect();
    for documentation in documented {
        if documentation.doc_section.label != group {
            group = documentation.doc_section.label.to_owned();
            page.push_str(&format!("\n## {group}\n"));
        }
        page.push_str(&format!(
            "\n### `{}`\n\n{}\n",
            documentation.syntax_example, documentation.description
        ));
        if let Some(example) = &documentation.sql_example {
            page.push_str(&format!("\n```sql\n{example}\n```\n"));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_documented_and_named_once() {
        let functions = functions();
        let mut names: Vec<_> =
            functions.iter().map(|function| function.name().to_owned()).collect();
        for function in &functions {
            let documentation = function.documentation().unwrap();
            assert!(documentation.sql_example.is_some(), "{}", function.name());
            assert!(documentation.syntax_example.starts_with(function.name()));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), functions.len());
    }
}
