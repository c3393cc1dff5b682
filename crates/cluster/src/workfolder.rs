//! The folder in which an executor keeps intermediate results while it lives.

use crate::ClusterError;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

const PREFIX: &str = "executor-";
const LOCK: &str = ".lock";

/// Owns `executor-<id>` below a work folder, and removes it in the end.
///
/// A lock file beside it says that its owner lives. Folders whose owner is gone, however it ended, are removed by the next executor
/// that starts there.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    path: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl WorkFolder {
    /// Makes the folder and removes those of executors that are gone.
    pub(crate) fn claim(root: &Path, id: &str) -> Result<Self, ClusterError> {
        let failed = |source| ClusterError::WorkFolder { path: root.to_owned(), source };
        fs::create_dir_all(root).map_err(failed)?;
        let root = fs::canonicalize(root).map_err(failed)?;
        remove_abandoned(&root).map_err(failed)?;
        let lock_path = root.join(format!("{PREFIX}{id}{LOCK}"));
        let lock = File::create(&lock_path).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let path = root.join(format!("{PREFIX}{id}"));
        fs::create_dir(&path).map_err(failed)?;
        Ok(Self { path, lock_path, _lock: lock })
    }

    /// Returns the folder as text.
    pub(crate) fn path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        let removed =
            fs::remove_dir_all(&self.path).and_then(|()| fs::remove_file(&self.lock_path));
        if let Err(error) = removed {
            tracing::debug!(path = %self.path.display(), %error, "work folder stays behind");
        }
    }
}

fn remove_abandoned(root: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(root)? {
        let lock_path = entry?.path();
        let name = lock_path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(folder) = name.strip_suffix(LOCK).filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        // It may have been removed by its owner in the meantime.
        let Ok(lock) = File::open(&lock_path) else { continue };
        match lock.try_lock() {
            Ok(()) => {
                tracing::info!(folder, "removing what an executor left behind");
                let _ = fs::remove_dir_all(root.join(folder));
                let _ = fs::remove_file(&lock_path);
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_keep_their_folders_and_the_gone_lose_them() {
        let root = tempfile::tempdir().unwrap();
        let abandoned = root.path().join("executor-gone");
        fs::create_dir(&abandoned).unwrap();
        fs::write(abandoned.join("part"), "rows").unwrap();
        fs::write(root.path().join("executor-gone.lock"), "").unwrap();
        fs::write(root.path().join("notes.lock"), "of somebody else").unwrap();

        let first = WorkFolder::claim(root.path(), "first").unwrap();
        assert!(!abandoned.exists());
        let second = WorkFolder::claim(root.path(), "second").unwrap();
        assert!(Path::new(&first.path()).exists(), "its owner lives");
        let path = second.path();
        drop(second);
        assert!(!Path::new(&path).exists());
        drop(first);
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "only the file of somebody else: {left:?}");
    }

    #[test]
    fn a_file_in_the_way_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let error = WorkFolder::claim(&file, "one").unwrap_err();
        assert!(matches!(error, ClusterError::WorkFolder { .. }), "{error}");
    }
}
