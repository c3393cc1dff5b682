//! Configuration: declared here once, listed with comments in `groundswell.toml`, overridden by the environment.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything that can be configured, with its defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) workspace: Workspace,
    pub(crate) engine: Engine,
    pub(crate) models: Models,
    pub(crate) collect: Collect,
    pub(crate) cluster: Cluster,
    pub(crate) report: Report,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Workspace {
    pub(crate) address: String,
    pub(crate) storage: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Engine {
    pub(crate) threads: usize,
    pub(crate) memory_mib: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Models {
    pub(crate) weights: String,
    pub(crate) folder: String,
    pub(crate) hub: String,
}

impl Default for Models {
    fn default() -> Self {
        let hub = groundswell_sources::hub::DEFAULT_HUB.to_owned();
        Self { weights: String::new(), folder: String::new(), hub }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Collect {
    pub(crate) batch_rows: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Cluster {
    pub(crate) scheduler: String,
    pub(crate) deadline_s: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Report {
    pub(crate) language: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self { address: "./groundswell-workspace".to_owned(), storage: BTreeMap::new() }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self { threads: 0, memory_mib: 1024 }
    }
}

impl Default for Collect {
    fn default() -> Self {
        Self { batch_rows: groundswell_sources::DEFAULT_BATCH_ROWS }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self { scheduler: String::new(), deadline_s: 600 }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self { language: "en".to_owned() }
    }
}

/// The file that is read when there is one and none is named.
const FILE: &str = "groundswell.toml";

impl Config {
    /// Reads the file, then the environment (`GROUNDSWELL__ENGINE__THREADS=4` sets `engine.threads`).
    pub(crate) fn load(file: Option<&Path>) -> Result<Self> {
        let path = file.map_or_else(|| PathBuf::from(FILE), Path::to_path_buf);
        let required = file.is_some();
        let source =
            config::File::from(path.as_path()).format(config::FileFormat::Toml).required(required);
        let environment =
            config::Environment::with_prefix("GROUNDSWELL").separator("__").try_parsing(true);
        let read = config::Config::builder().add_source(source).add_source(environment).build();
        let read =
            read.with_context(|| format!("cannot read configuration `{}`", path.display()))?;
        read.try_deserialize().map_err(|error| {
            let error = error.to_string();
            anyhow::anyhow!("configuration `{}`: {}", path.display(), with_remedy(&error))
        })
    }
}

/// Lists the environment variables by which cloud tools pass options of object stores (`AWS_REGION`, …), names in lower case.
pub(crate) fn storage_environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        let wanted = ["AWS_", "AZURE_", "GOOGLE_"].iter().any(|start| name.starts_with(start));
        wanted.then(|| (name.to_ascii_lowercase(), value))
    })
}

/// Adds the nearest name to a complaint about an unknown one.
fn with_remedy(error: &str) -> String {
    let mut quoted = error.split('`').skip(1).step_by(2);
    let (true, Some(unknown)) = (error.contains("unknown field"), quoted.next()) else {
        return error.to_owned();
    };
    let valid: Vec<&str> = quoted.collect();
    format!("unknown key `{unknown}`; {}", groundswell_sources::did_you_mean(unknown, &valid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file))
    }

    #[test]
    fn the_listed_file_is_the_defaults() {
        let listed = include_str!("../../../groundswell.toml");
        assert_eq!(load(listed).unwrap(), Config::default());
        for line in toml::to_string(&Config::default()).unwrap().lines() {
            let key = line.split('=').next().unwrap().trim();
            assert!(listed.contains(key), "groundswell.toml lacks `{key}`");
        }
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest() {
        let error = load("[engine]\nthreds = 2\n").unwrap_err().to_string();
        assert!(error.contains("unknown key `threds`; did you mean `threads`?"), "{error}");
    }

    #[test]
    fn a_named_file_must_exist() {
        let error = format!("{:#}", Config::load(Some(Path::new("/nowhere.toml"))).unwrap_err());
        assert!(error.contains("/nowhere.toml"), "{error}");
    }
}
