//! Simulates what people post: two languages, invented brands, and events whose truth is known.
//!
//! A [`Simulation`] yields posts of a [`Scenario`] in the order of their time, each with the [`Truth`] planted in it: daily and
//! weekly rhythm, authors with interests and habits, answers and reposts, news that many copy, a crisis, a launch, an emerging
//! topic, bot campaigns, spam. The phrases lie in `phrases/`, whose `README.md` describes their format.

mod chance;
mod compose;
mod copies;
mod draft;
mod feed;
mod identity;
mod jsonl;
mod kind;
mod noise;
mod people;
mod phrasebook;
mod reactions;
mod scenario;
mod scene;
mod simulation;
mod source;
mod stories;
mod template;
mod timeline;
mod truth;
mod world;

#[cfg(test)]
mod tests;

pub use jsonl::write_jsonl;
pub use phrasebook::PhraseError;
pub use scenario::{Campaign, Crisis, Emerging, Launch, SCENARIOS, Scenario, ScenarioError};
pub use simulation::{Simulation, SimulationError};
pub use source::SPEC;
pub use truth::{Emotion, Intent, Sentiment, Truth};
pub use world::{BRANDS, Bilingual, Brand, Language, Product, brand};
