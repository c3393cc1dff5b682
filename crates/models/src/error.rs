//! The errors of this crate.

use std::path::{Path, PathBuf};

/// Says what went wrong in reading, building, training or running a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Reports a file that cannot be read or written.
    #[error("cannot open `{path}`: {source}; check the path and its permissions")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Reports a file whose content does not follow its format.
    #[error("`{path}` is not a valid {format}: {reason}; fetch or write the file again")]
    Format {
        /// The file.
        path: PathBuf,
        /// What the file should hold.
        format: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// Reports a tensor that the weights do not hold.
    #[error("the weights hold no tensor `{name}`; use weights with the names of the architecture")]
    MissingTensor {
        /// The name of the tensor.
        name: String,
    },
    /// Reports a tensor of another shape than the architecture asks for.
    #[error("tensor `{name}` has shape `{found:?}`, expected `{expected:?}`; check the config")]
    Shape {
        /// The name of the tensor.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape of the architecture.
        expected: Vec<usize>,
    },
    /// Reports a setting that no model can be built or trained with.
    #[error("{0}")]
    Invalid(String),
}

impl ModelError {
    /// Builds the error for a file that the operating system refused.
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_path_buf(), source }
    }

    /// Builds the error for a file whose content is wrong.
    pub(crate) fn format(path: &Path, format: &'static str, reason: impl ToString) -> Self {
        Self::Format { path: path.to_path_buf(), format, reason: reason.to_string() }
    }
}
