//! Functions of the engine: groups of declarations, and the one place that registers them.
//!
//! A function of one text is a declaration of some lines in `text.rs`; what needs a model is in `models.rs`. Both become ordinary
//! DataFusion functions, with documentation in `information_schema.routines` and in the generated reference.

mod classify;
mod models;
mod nearest;
mod scalar;
mod text;

pub use classify::register_trained;

use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::ScalarUDF;
use std::sync::Arc;

/// Lists every scalar function, group by group, in the order of the reference.
pub fn functions() -> Vec<Arc<ScalarUDF>> {
    let mut functions = text::functions();
    functions.extend(models::functions());
    functions
}

/// Registers every function. Embedded sessions, cluster clients (again after their upgrade), schedulers and executors all call it.
///
/// # Errors
/// When the registry refuses a function.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for function in functions() {
        registry.register_udf(function)?;
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
    for function in functions() {
        let Some(documentation) = function.documentation() else { continue };
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
