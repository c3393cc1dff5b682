//! Checks that crates only use crates of lower floors, and that each heavy dependency is named by its owner alone.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;

/// The floors of the house; a crate may use what stands lower, nothing beside or above it.
const FLOORS: &[(&str, u8)] = &[
    ("groundswell-core", 0),
    ("groundswell-text", 1),
    ("groundswell-sources", 1),
    ("groundswell-models", 2),
    ("groundswell-insight", 2),
    ("groundswell-engine", 3),
    ("groundswell-cluster", 4),
    ("groundswell-analyst", 5),
    ("groundswell", 7),
];

/// Dependencies that cost minutes to build or shape everything around them, with the only crates that may name them.
const OWNERS: &[(&str, &[&str])] = &[
    ("jieba-rs", &["groundswell-text"]),
    ("lingua", &["groundswell-text"]),
    ("ferrous-opencc", &["groundswell-text"]),
    ("csv", &["groundswell-sources"]),
    ("zstd", &["groundswell-sources"]),
    ("burn", &["groundswell-models"]),
    ("rten", &["groundswell-models"]),
    ("tokenizers", &["groundswell-models"]),
    ("nalgebra", &["groundswell-insight"]),
    ("pathfinding", &["groundswell-insight"]),
    ("safetensors", &["groundswell-models"]),
    ("datafusion", &["groundswell-engine", "groundswell-cluster"]),
    ("datafusion-proto", &["groundswell-cluster"]),
    ("deltalake-core", &["groundswell-engine"]),
    ("object_store", &["groundswell-engine"]),
    ("ballista", &["groundswell-cluster"]),
    ("ballista-core", &["groundswell-cluster"]),
    ("ballista-scheduler", &["groundswell-cluster"]),
    ("ballista-executor", &["groundswell-cluster"]),
    ("askama", &["groundswell-analyst"]),
    ("charts-rs", &["groundswell-analyst"]),
    ("clap", &["groundswell"]),
    ("config", &["groundswell"]),
    ("anyhow", &["groundswell"]),
];

/// Returns the normal dependencies of every crate of the workspace.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|it| it.kind == DependencyKind::Normal);
            (package.name.to_string(), normal.map(|it| it.name.clone()).collect())
        })
        .collect()
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(crate_name, _)| *crate_name == name).map(|(_, floor)| *floor)
}

#[test]
fn every_crate_has_a_floor() {
    for name in dependencies().keys() {
        assert!(
            floor(name).is_some(),
            "`{name}` stands on no floor; add it to FLOORS and to ARCHITECTURE.md"
        );
    }
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for (name, uses) in dependencies() {
        for used in uses.iter().filter(|used| floor(used) >= floor(&name) && floor(used).is_some())
        {
            wrong.push(format!("{name} -> {used}"));
        }
    }
    assert!(wrong.is_empty(), "these arrows point sideways or up: {wrong:?}");
}

#[test]
fn sources_know_the_core_alone() {
    let uses = &dependencies()["groundswell-sources"];
    let ours: Vec<_> = uses.iter().filter(|used| used.starts_with("groundswell")).collect();
    assert_eq!(ours, ["groundswell-core"]);
}

#[test]
fn heavy_dependencies_stay_with_their_owners() {
    let mut wrong = Vec::new();
    for (name, uses) in dependencies() {
        for used in uses {
            let owners = OWNERS.iter().find(|(dependency, _)| *dependency == used);
            if owners.is_some_and(|(_, owners)| !owners.contains(&name.as_str())) {
                wrong.push(format!("{name} -> {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "heavy dependencies outside their owners: {wrong:?}");
}
