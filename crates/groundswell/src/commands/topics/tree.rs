//! `topics tree`: which topics are most alike.

use super::{Surroundings, quoted, stored};
use crate::cli::Format;
use anyhow::Result;
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use groundswell_engine::query;
use groundswell_insight::topics::cluster::MergeTree;
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) async fn run(surroundings: &Surroundings, name: &str) -> Result<()> {
    let workspace = surroundings.open().await?;
    let local = surroundings.local(&workspace).await?;
    let fit = stored(&local, name).await?;
    let sql = format!("SELECT topic_id, label FROM topics WHERE fit = {}", quoted(name));
    let mut labels: HashMap<i64, String> = HashMap::new();
    for rows in query(&local, &sql).await? {
        let ids = rows.column(0).as_primitive::<Int64Type>();
        let texts = rows.column(1).as_string::<i32>();
        labels.extend(ids.values().iter().copied().zip(texts.iter().flatten().map(str::to_owned)));
    }
    let tree = fit.model.tree();
    let leaf = |place: usize| {
        let id = fit.model.ids()[place];
        let label = labels.get(&(id as i64)).cloned().unwrap_or_default();
        (id, label)
    };
    let root = (2 * tree.leaves()).saturating_sub(2);
    match surroundings.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&nested(&tree, root, &leaf))?),
        Format::Table => drawn(&tree, root, &leaf, "", ""),
        Format::Csv => {
            println!("left,right,distance");
            for merge in tree.merges() {
                println!("{},{},{:.4}", merge.left, merge.right, merge.distance);
            }
        }
    }
    Ok(())
}

/// Gives a node with everything below it.
fn nested(tree: &MergeTree, node: usize, leaf: &impl Fn(usize) -> (u64, String)) -> Value {
    match node.checked_sub(tree.leaves()) {
        None => {
            let (id, label) = leaf(node);
            json!({ "topic_id": id, "label": label })
        }
        Some(merge) => {
            let merge = tree.merges()[merge];
            let children = [merge.left, merge.right].map(|child| nested(tree, child, leaf));
            json!({ "distance": merge.distance, "children": children })
        }
    }
}

/// Draws a node and everything below it with lines.
fn drawn(
    tree: &MergeTree,
    node: usize,
    leaf: &impl Fn(usize) -> (u64, String),
    first: &str,
    rest: &str,
) {
    match node.checked_sub(tree.leaves()) {
        None => {
            let (id, label) = leaf(node);
            println!("{first}{id}  {label}");
        }
        Some(merge) => {
            let merge = tree.merges()[merge];
            println!("{first}┐ {:.2}", merge.distance);
            drawn(tree, merge.left, leaf, &format!("{rest}├─"), &format!("{rest}│ "));
            drawn(tree, merge.right, leaf, &format!("{rest}└─"), &format!("{rest}  "));
        }
    }
}
