//! Reads small files in tests.

use super::paths::Place;
use super::{FileSource, Overrides, SPEC};
use crate::{SourceError, SourceOptions};
use futures::executor::block_on;
use groundswell_core::{Author, Post, Rejected};

/// Holds everything that a file yields.
#[derive(Debug, Default)]
pub(crate) struct Everything {
    pub(crate) map: String,
    pub(crate) posts: Vec<Post>,
    pub(crate) authors: Vec<Author>,
    pub(crate) rejected: Vec<Rejected>,
}

/// Reads bytes as a file of this name.
pub(crate) fn read_file(name: &str, bytes: &[u8]) -> Everything {
    read_with(name, bytes, SourceOptions::default()).unwrap()
}

/// Reads bytes as a file of this name, with options.
pub(crate) fn read_with(
    name: &str,
    bytes: &[u8],
    options: SourceOptions,
) -> Result<Everything, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let overrides = Overrides::parse(options.columns.as_deref())?;
    let mut everything = Everything::default();
    let map = FileSource::open(&Place::File(path.clone()), overrides, &options)?.mapper.map;
    everything.map = map.name.to_owned();
    let paths = vec![path.to_string_lossy().into_owned()];
    for mut source in (SPEC.open)(&SourceOptions { paths, ..options })? {
        while let Some(batch) = block_on(source.next_batch())? {
            everything.posts.extend(batch.posts);
            everything.authors.extend(batch.authors);
            everything.rejected.extend(batch.rejected);
        }
    }
    Ok(everything)
}
