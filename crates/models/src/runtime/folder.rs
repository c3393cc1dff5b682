//! The folder of a model: `model.json`, `encoder.onnx`, `heads.onnx` and `tokenizer.json`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::architectures::TaskLabels;
use crate::error::ModelError;

/// The name of the description in a folder.
pub(crate) const DESCRIPTION: &str = "model.json";
/// The name of the encoder in a folder.
pub(crate) const ENCODER: &str = "encoder.onnx";
/// The name of the heads in a folder.
pub(crate) const HEADS: &str = "heads.onnx";
/// The name of the tokenizer in a folder.
pub(crate) const TOKENIZER: &str = "tokenizer.json";

/// The version of the layout of a folder.
pub(crate) const FORMAT: u32 = 1;

/// Describes a model: the content of `model.json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ModelDescription {
    /// The version of the layout of the folder.
    pub format: u32,
    /// The name of the model.
    pub name: String,
    /// The name with the first digits of a hash of all files.
    pub version: String,
    /// The width of an embedding.
    pub dimension: usize,
    /// The most pieces of a text that the encoder reads.
    pub longest: usize,
    /// The tasks with their labels.
    pub tasks: Vec<TaskLabels>,
    /// The SHA-256 of every file.
    pub files: BTreeMap<String, String>,
    /// How the rounded encoder agrees with the one of floats.
    pub agreement: Option<Agreement>,
}

/// Says how the encoder of bytes agrees with the encoder of floats that it was rounded from, on some texts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Agreement {
    /// The number of texts.
    pub texts: usize,
    /// The smallest cosine between the two vectors of a text.
    pub smallest_cosine: f32,
    /// The mean cosine.
    pub mean_cosine: f32,
    /// The share of texts with the same label, by task.
    pub same_label: BTreeMap<String, f32>,
}

/// Holds the files of a folder.
pub(crate) struct ModelFiles<'a> {
    folder: PathBuf,
    files: BTreeMap<&'static str, Cow<'a, [u8]>>,
}

impl ModelFiles<'static> {
    /// Reads the files of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, ModelError> {
        let mut files = BTreeMap::new();
        for name in [DESCRIPTION, ENCODER, HEADS, TOKENIZER] {
            let path = folder.join(name);
            let bytes = std::fs::read(&path).map_err(|error| ModelError::file(&path, error))?;
            files.insert(name, Cow::Owned(bytes));
        }
        Ok(Self { folder: folder.to_owned(), files })
    }

    /// Gives the files that are part of the program.
    pub(crate) fn shipped() -> Self {
        let files: [(&str, &[u8]); 4] = [
            (DESCRIPTION, include_bytes!("../../weights/model.json")),
            (ENCODER, include_bytes!("../../weights/encoder.onnx")),
            (HEADS, include_bytes!("../../weights/heads.onnx")),
            (TOKENIZER, include_bytes!("../../weights/tokenizer.json")),
        ];
        let files = files.map(|(name, bytes)| (name, Cow::Borrowed(bytes)));
        Self { folder: PathBuf::from("shipped weights"), files: files.into() }
    }
}

impl<'a> ModelFiles<'a> {
    /// Holds files that are not in the folder yet.
    pub(crate) fn in_memory(folder: &Path, files: BTreeMap<&'static str, Cow<'a, [u8]>>) -> Self {
        Self { folder: folder.to_owned(), files }
    }

    /// Sets the content of a file.
    pub(crate) fn replace(&mut self, name: &'static str, bytes: Vec<u8>) {
        self.files.insert(name, Cow::Owned(bytes));
    }

    /// Gives the path of a file for errors.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Gives the bytes of a file.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        self.files.get(name).map_or(&[], |bytes| bytes)
    }

    /// Reads the description and compares the files with it.
    ///
    /// # Errors
    /// Fails if the description cannot be read, is of another format, or a file differs from its hash.
    pub(crate) fn describe(&self) -> Result<ModelDescription, ModelError> {
        let path = self.path(DESCRIPTION);
        let wrong = |reason: String| ModelError::format(&path, "model description", reason);
        let description: ModelDescription = serde_json::from_slice(self.bytes(DESCRIPTION))
            .map_err(|error| wrong(error.to_string()))?;
        if description.format != FORMAT {
            return Err(wrong(format!("format `{}`, expected `{FORMAT}`", description.format)));
        }
        for name in [ENCODER, HEADS, TOKENIZER] {
            let expected = description.files.get(name);
            let expected = expected.ok_or_else(|| wrong(format!("it names no `{name}`")))?;
            let found = sha256(self.bytes(name));
            if *expected != found {
                let reason = format!("its SHA-256 is `{found}`, `{DESCRIPTION}` says `{expected}`");
                return Err(ModelError::format(&self.path(name), "file of this model", reason));
            }
        }
        Ok(description)
    }
}

/// Gives the SHA-256 of some bytes in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
