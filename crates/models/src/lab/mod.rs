//! The training lab: labels of a user in, a model out that can be called by name.
//!
//! [`Labelled`] checks and splits labelled texts, [`train`] fits one of the [`ARCHITECTURES`] and writes a folder,
//! [`TrainedModel`] opens such a folder and predicts, [`ModelStore`] keeps folders by name and version.

mod advise;
mod architecture;
mod cascade;
mod description;
mod draft;
mod fit;
mod heads;
mod labelled;
mod names;
mod pretrain;
mod probe;
mod progress;
mod settings;
mod store;
mod trained;

pub use advise::{Budget, Rung, RungReport, advise};
pub use architecture::{ARCHITECTURES, Architecture, ArchitectureEntry, find_architecture};
pub use cascade::cascade;
pub use description::{CascadeDescription, CurvePoint, DataDescription, TrainedDescription};
pub use fit::{check_base, train};
pub use labelled::{Labelled, LabelledRow, Parts};
pub use pretrain::{PretrainReport, PretrainSettings, pretrain};
pub use progress::FitProgress;
pub use settings::{ClassWeights, TrainSettings};
pub use store::{ModelStore, StoredModel};
pub use trained::TrainedModel;
