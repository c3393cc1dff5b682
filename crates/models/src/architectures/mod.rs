//! Neural architectures, built from burn modules.

mod classifier;
mod encoder;
mod gelu;
mod parameters;
mod reduction;
mod weights;

pub use classifier::{Classifier, ClassifierConfig, Head, TaskLabels};
pub use encoder::{Encoder, EncoderConfig, EncoderLayer, TokenBatch};
pub use parameters::{NamedParameter, Slot};
pub use reduction::reduce_weights;
pub use weights::{NamedTensor, Weights};

pub(crate) use parameters::floats;
pub(crate) use weights::write_whole;
