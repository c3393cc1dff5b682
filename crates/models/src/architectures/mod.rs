//! Neural architectures, built from burn modules.

mod adapter;
mod classifier;
mod cnn;
mod encoder;
mod fast_text;
mod features;
mod gelu;
mod linear;
mod lstm;
mod masked;
mod network;
mod parameters;
mod projection;
mod reduction;
mod scratch;
mod sparse;
mod weights;
mod wide;

pub use adapter::Adapter;
pub use classifier::{Classifier, ClassifierConfig, Head, LabelKind, TaskLabels};
pub use cnn::TextCnn;
pub use encoder::{Encoder, EncoderConfig, EncoderLayer, TokenBatch};
pub use fast_text::FastText;
pub use linear::Linear;
pub use lstm::BiLstm;
pub use masked::MaskedModel;
pub use network::{Dropout, Network};
pub use parameters::{NamedParameter, Slot};
pub use projection::Projection;
pub use reduction::{keep_positions, reduce_weights};
pub use scratch::{ScratchConfig, ScratchKind, ScratchNetwork};
pub use sparse::{SparseKind, SparseModel, SparseOptions};
pub use weights::{NamedTensor, Weights};
pub use wide::{WideOptions, WideTable};

pub(crate) use adapter::ADAPTER;
pub(crate) use classifier::head_parameters;
pub(crate) use features::count_tokens;
pub(crate) use parameters::floats;
pub(crate) use weights::write_whole;
pub(crate) use wide::{RUN_FACTORS, run_rows, run_weight};
