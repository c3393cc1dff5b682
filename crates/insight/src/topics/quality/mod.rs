//! How good topics are: whether their terms stand together in texts, and whether they agree with labels or another run.

mod agreement;
mod coherence;
mod stability;

pub use agreement::Contingency;
pub use coherence::{C_V_WINDOW, NPMI_WINDOW, WindowCounts, diversity};
pub use stability::{refit_stability, stability};
