//! Model hubs: lists and fetches the files of a repository by the paths of the Hugging Face hub.
//!
//! `GET /api/models/<repository>/revision/<revision>?blobs=true` lists files with sizes and, for large ones, SHA-256;
//! `GET /<repository>/resolve/<revision>/<file>` gives a file, from any byte on. What was fetched of a file stays in
//! `<file>.part`, so that a broken download goes on where it stopped; a file gets its name only when size and hash are right.

use crate::SourceError;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// The hub that is asked unless another one is set.
pub const DEFAULT_HUB: &str = "https://huggingface.co";
/// How often a broken download is taken up again without any progress.
const ATTEMPTS: u32 = 5;
/// The wait before the second attempt; each further one doubles it.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a hub may stay silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Is a file of a repository.
#[derive(Clone, Debug, PartialEq)]
pub struct HubFile {
    /// The path in the repository.
    pub name: String,
    /// The size in bytes, if the hub says.
    pub size: Option<u64>,
    /// The SHA-256 in hexadecimal digits, if the hub says.
    pub sha256: Option<String>,
}

#[derive(Deserialize)]
struct Listing {
    /// The commit.
    sha: Option<String>,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<LargeFile>,
}

#[derive(Deserialize)]
struct LargeFile {
    sha256: Option<String>,
    size: Option<u64>,
}

/// Is a repository on a hub, at one revision.
#[derive(Clone, Debug)]
pub struct HubRepository {
    hub: String,
    repository: String,
    revision: String,
    client: reqwest::Client,
}

impl HubRepository {
    /// Names a repository, `OWNER/NAME`, at a revision (a branch, a tag or a commit).
    ///
    /// # Errors
    /// [`SourceError::Setting`] for a name that is no repository's.
    pub fn new(hub: &str, repository: &str, revision: &str) -> Result<Self, SourceError> {
        let parts: Vec<&str> = repository.split('/').collect();
        if parts.len() > 2 || !parts.iter().all(|part| is_plain(part)) || !is_plain(revision) {
            return Err(SourceError::Setting {
                setting: "repository of a hub",
                value: format!("{repository}@{revision}"),
                remedy: "write OWNER/NAME or OWNER/NAME@REVISION".to_owned(),
            });
        }
        let client = reqwest::Client::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE);
        let client = client.build().map_err(|error| broken(hub, &error))?;
        let hub = hub.trim_end_matches('/').to_owned();
        Ok(Self { hub, repository: repository.to_owned(), revision: revision.to_owned(), client })
    }

    /// Names the hub, the repository and the revision.
    pub fn address(&self) -> String {
        format!("{}/{}@{}", self.hub, self.repository, self.revision)
    }

    /// Lists the files. A branch becomes the commit it stands at, if the hub names it, so that files of two commits are never mixed.
    ///
    /// # Errors
    /// [`SourceError::Hub`] when the hub does not answer, or knows no such repository.
    pub async fn files(&mut self) -> Result<Vec<HubFile>, SourceError> {
        let address = format!(
            "{}/api/models/{}/revision/{}?blobs=true",
            self.hub, self.repository, self.revision
        );
        let answer = self.client.get(&address).send().await.map_err(|e| broken(&address, &e))?;
        let answer = answer.error_for_status().map_err(|error| broken(&address, &error))?;
        let text = answer.bytes().await.map_err(|error| broken(&address, &error))?;
        let listing: Listing =
            serde_json::from_slice(&text).map_err(|error| broken(&address, &error))?;
        if let Some(commit) = listing.sha.filter(|commit| is_plain(commit)) {
            self.revision = commit;
        }
        let file = |sibling: Sibling| {
            let (size, sha256) = match sibling.lfs {
                Some(large) => (large.size.or(sibling.size), large.sha256),
                None => (sibling.size, None),
            };
            HubFile { name: sibling.rfilename, size, sha256 }
        };
        Ok(listing.siblings.into_iter().map(file).collect())
    }

    /// Fetches a file into a folder, going on with what an earlier run has fetched of it; `reached` hears the bytes there are.
    ///
    /// # Errors
    /// [`SourceError::Hub`] when the hub gives it up or the file is not what the listing says; [`SourceError::Read`] when it cannot be written.
    pub async fn fetch(
        &self,
        file: &HubFile,
        folder: &Path,
        mut reached: impl FnMut(u64),
    ) -> Result<(), SourceError> {
        let address =
            format!("{}/{}/resolve/{}/{}", self.hub, self.repository, self.revision, file.name);
        let part = folder.join(format!("{}.part", file.name));
        let write_error = |source| SourceError::Read { origin: part.display().to_string(), source };
        let mut attempts = 0;
        let mut pause = PAUSE;
        loop {
            let before = std::fs::metadata(&part).map_or(0, |about| about.len());
            if file.size != Some(before) || before == 0 {
                match self.go_on(&address, &part, before, &mut reached).await {
                    Ok(()) => {}
                    Err(Fault::Disk(error)) => return Err(write_error(error)),
                    Err(Fault::Final(reason)) => return Err(broken(&address, &reason)),
                    Err(Fault::Passing(reason)) => {
                        let now = std::fs::metadata(&part).map_or(0, |about| about.len());
                        attempts = if now > before { 0 } else { attempts + 1 };
                        if attempts >= ATTEMPTS {
                            return Err(broken(&address, &reason));
                        }
                        tracing::warn!(address, reason, "download broken off; going on");
                        tokio::time::sleep(pause).await;
                        pause = if now > before { PAUSE } else { pause * 2 };
                        continue;
                    }
                }
            }
            break;
        }
        let size = std::fs::metadata(&part).map_err(write_error)?.len();
        let found = sha256_of(&part).map_err(write_error)?;
        let is_right = file.size.is_none_or(|expected| expected == size)
            && file.sha256.as_ref().is_none_or(|expected| *expected == found);
        if !is_right {
            std::fs::remove_file(&part).map_err(write_error)?;
            let expected = file.sha256.as_deref().unwrap_or("no hash");
            let reason = format!(
                "what came has `{size}` bytes and SHA-256 `{found}`, the hub lists `{:?}` bytes and `{expected}`",
                file.size
            );
            return Err(broken(&address, &reason));
        }
        std::fs::rename(&part, folder.join(&file.name)).map_err(write_error)
    }

    /// Asks for the bytes that are missing and appends them.
    async fn go_on(
        &self,
        address: &str,
        part: &Path,
        have: u64,
        reached: &mut impl FnMut(u64),
    ) -> Result<(), Fault> {
        let passing = |error: reqwest::Error| Fault::Passing(causes(&error));
        let mut request = self.client.get(address);
        if have > 0 {
            request = request.header("range", format!("bytes={have}-"));
        }
        let mut answer = request.send().await.map_err(passing)?;
        let status = answer.status();
        if status == reqwest::StatusCode::RANGE_NOT_SATISFIABLE && have > 0 {
            std::fs::remove_file(part).map_err(Fault::Disk)?;
            return Err(Fault::Passing(format!("the hub has no byte {have}; starting again")));
        }
        if status.is_client_error() {
            return Err(Fault::Final(format!("the hub answers {status}")));
        }
        if !status.is_success() {
            return Err(Fault::Passing(format!("the hub answers {status}")));
        }
        // A hub that does not know ranges sends the file from its beginning.
        let goes_on = status == reqwest::StatusCode::PARTIAL_CONTENT;
        let mut options = std::fs::OpenOptions::new();
        options.create(true).write(true).append(goes_on).truncate(!goes_on);
        let mut target = options.open(part).map_err(Fault::Disk)?;
        let mut bytes = if goes_on { have } else { 0 };
        while let Some(chunk) = answer.chunk().await.map_err(passing)? {
            target.write_all(&chunk).map_err(Fault::Disk)?;
            bytes += chunk.len() as u64;
            reached(bytes);
        }
        target.sync_all().map_err(Fault::Disk)
    }
}

enum Fault {
    Passing(String),
    Final(String),
    Disk(std::io::Error),
}

/// Says whether a part of an address is a name and nothing else.
fn is_plain(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(allowed)
}

fn broken(address: &str, reason: &dyn std::fmt::Display) -> SourceError {
    SourceError::Hub { address: address.to_owned(), reason: reason.to_string() }
}

/// Tells an error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut hash)?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
