//! `models pull`: an encoder from a model hub or a folder, to train from, or the folder of a trained model.

use super::{Surroundings, UsageError, models, refuse_known_function};
use crate::cli::Pull;
use crate::progress::{Bars, Unit};
use anyhow::{Context, Result, bail};
use groundswell_engine::Progress;
use groundswell_models::lab::{ModelStore, TrainedDescription, check_base};
use groundswell_sources::hub::{HubFile, HubRepository};
use std::path::Path;

/// The files of an encoder.
const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];
/// The file that says where the others came from.
const SOURCE: &str = "source";

pub(crate) async fn run(surroundings: &Surroundings, options: Pull) -> Result<()> {
    let from = options.from.trim_end_matches('/');
    if Path::new(from).join("model.json").exists() {
        return take(Path::new(from), options.name);
    }
    let last = from.split('@').next().and_then(|name| name.rsplit('/').next()).unwrap_or(from);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name = options.name.unwrap_or_else(|| last.chars().map(plain).collect());
    let store = ModelStore::of_process();
    let folder = store.encoder_folder(&name).map_err(|error| UsageError(error.to_string()))?;
    let incoming = folder.with_extension("incoming");
    if Path::new(from).is_dir() {
        begin(&incoming, from)?;
        for file in FILES {
            let source = Path::new(from).join(file);
            std::fs::copy(&source, incoming.join(file))
                .with_context(|| format!("cannot copy `{}`", source.display()))?;
        }
    } else {
        fetch(&surroundings.config.models.hub, from, &incoming).await?;
    }
    if let Err(error) = check_base(&incoming) {
        std::fs::remove_dir_all(&incoming).ok();
        return Err(error).context("what came is no encoder that can be trained here");
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot replace `{}`", folder.display()))?;
    }
    std::fs::rename(&incoming, &folder)
        .with_context(|| format!("cannot move to `{}`", folder.display()))?;
    eprintln!("{}", folder.display());
    println!("{name}: groundswell train --architecture encoder --base {name} …");
    Ok(())
}

/// Takes a model that was trained elsewhere.
fn take(from: &Path, name: Option<String>) -> Result<()> {
    let name = match name {
        Some(name) => name,
        None => TrainedDescription::read(from)?.name,
    };
    refuse_known_function(&name)?;
    let (place, about) = ModelStore::of_process().take(from, &name)?;
    models::write_card(&about, &place.join("card.html"))?;
    eprintln!("{}", place.display());
    println!("{}@{}: {}", about.name, about.version, about.call());
    Ok(())
}

/// Makes the folder of what comes; what an earlier run left there stays only if it came from the same place.
fn begin(folder: &Path, source: &str) -> Result<()> {
    let note = folder.join(SOURCE);
    if std::fs::read_to_string(&note).is_ok_and(|earlier| earlier == source) {
        return Ok(());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("cannot clear `{}`", folder.display()))?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make `{}`", folder.display()))?;
    std::fs::write(&note, source).with_context(|| format!("cannot write `{}`", note.display()))
}

async fn fetch(hub: &str, from: &str, folder: &Path) -> Result<()> {
    let (repository, revision) = from.split_once('@').unwrap_or((from, "main"));
    let mut repository = HubRepository::new(hub, repository, revision)
        .map_err(|error| UsageError(error.to_string()))?;
    let listed = repository.files().await?;
    let mut wanted: Vec<&HubFile> = Vec::with_capacity(FILES.len());
    for name in FILES {
        let Some(file) = listed.iter().find(|file| file.name == name) else {
            let pickles = [".bin", ".pt", ".pth", ".ckpt", ".pkl"];
            let pickle =
                listed.iter().find(|file| pickles.iter().any(|end| file.name.ends_with(end)));
            if let (Some(pickle), true) = (pickle, name.ends_with(".safetensors")) {
                bail!(
                    "`{from}` has weights only as `{}`, a format that can run code when it is opened; choose a repository with `{name}`",
                    pickle.name
                );
            }
            bail!("`{from}` has no file `{name}`; choose a repository of a BERT encoder with one");
        };
        wanted.push(file);
    }
    begin(folder, &repository.address())?;
    let bars = Bars::of(Unit::Bytes);
    for file in wanted {
        if folder.join(&file.name).exists() {
            continue;
        }
        bars.start(&file.name, file.size);
        repository.fetch(file, folder, |bytes| bars.reach(bytes)).await?;
        bars.finish();
    }
    Ok(())
}
