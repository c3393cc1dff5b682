//! Paths and links that the texts of the repository name lead somewhere.

use crate::program::repository;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Beginnings of words that are paths from the root of the repository.
const ROOTS: [&str; 3] = ["crates/", "docs/", "bench/"];

/// Endings of files that are read.
const TEXTS: [&str; 7] = [".md", ".rs", ".py", ".toml", "justfile", "/test", ".ci/run"];

fn tracked_texts() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files"]).current_dir(repository()).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let is_text = |name: &&str| TEXTS.iter().any(|end| format!("/{name}").ends_with(end));
    listed.lines().filter(is_text).map(|name| repository().join(name)).collect()
}

/// Cuts a path out of a text that begins with it; what follows a placeholder or wildcard is left out.
fn path_in(text: &str) -> &str {
    let is_path = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    let end = text.find(|c| !is_path(c)).unwrap_or(text.len());
    let path = &text[..end];
    if text[end..].starts_with(['<', '*', '{']) {
        return path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    }
    path.trim_end_matches(['.', '/'])
}

fn paths(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for root in ROOTS {
        for (start, _) in text.match_indices(root) {
            let before = text[..start].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || "/_-.".contains(c)) {
                found.push(path_in(&text[start..]));
            }
        }
    }
    found
}

/// Lists the targets of links to files of the repository.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with('#')).collect()
}

#[test]
fn no_path_in_a_text_is_stale() {
    let mut stale = Vec::new();
    for file in tracked_texts() {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut check = |path: &str, base: &Path| {
            if !base.join(path).exists() {
                stale.push(format!("{}: {path}", file.display()));
            }
        };
        for path in paths(&text) {
            check(path, repository());
        }
        if file.extension().is_some_and(|extension| extension == "md") {
            for link in links(&text) {
                check(link.split('#').next().unwrap_or(link), folder);
            }
        }
    }
    assert!(stale.is_empty(), "these lead nowhere:\n{}", stale.join("\n"));
}

#[test]
fn paths_are_found_where_they_are_named() {
    let text =
        "`docs/decisions`, bench/run. https://x.org/docs/b, crates/core/<name>/mod.rs, crates/*";
    assert_eq!(paths(text), ["crates/core", "crates", "docs/decisions", "bench/run"]);
    assert_eq!(links("[a](README.md#b) [c](https://c) [d](#d)"), ["README.md#b"]);
}
