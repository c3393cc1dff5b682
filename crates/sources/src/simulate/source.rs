//! The simulation as a source.

use super::scenario::SCENARIOS;
use super::simulation::{Simulation, SimulationError};
use crate::{Progress, Source, SourceError, SourceOptions, SourceSpec};
use async_trait::async_trait;
use groundswell_core::{Batch, Position};
use std::io;

/// Describes the source `simulate`.
pub static SPEC: SourceSpec = SourceSpec {
    name: "simulate",
    summary: "Invented posts in English and Chinese about invented brands, the same for the same seed.",
    example: "groundswell collect simulate --scenario brands --posts 20000 --seed 7",
    open,
};

/// Posts unless the caller says otherwise.
const DEFAULT_POSTS: u64 = 20_000;

struct SimulateSource {
    simulation: Simulation,
    key: String,
    posts: u64,
    read: u64,
    batch_rows: usize,
    batch_bytes: usize,
}

fn open(options: &SourceOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
    let scenario = options.scenario.as_deref().unwrap_or(SCENARIOS[0].name);
    let posts = options.posts.unwrap_or(DEFAULT_POSTS);
    let simulation =
        Simulation::new(scenario, posts, options.seed).map_err(|error| match error {
            SimulationError::Scenario(unknown) => SourceError::Setting {
                setting: "scenario",
                value: unknown.name,
                remedy: unknown.remedy,
            },
            SimulationError::Phrases(broken) => SourceError::Read {
                origin: "phrases of the simulation".to_owned(),
                source: io::Error::new(io::ErrorKind::InvalidData, broken),
            },
        })?;
    Ok(vec![Box::new(SimulateSource {
        simulation,
        key: format!("simulate:{scenario}:{posts}:{}", options.seed),
        posts,
        read: 0,
        batch_rows: options.batch_rows.max(1),
        batch_bytes: options.batch_bytes.max(1),
    })])
}

#[async_trait]
impl Source for SimulateSource {
    fn name(&self) -> &'static str {
        SPEC.name
    }

    fn key(&self) -> &str {
        &self.key
    }

    async fn resume(&mut self, position: &Position) -> Result<(), SourceError> {
        if position.key != self.key {
            let (given, own) = (position.key.clone(), self.key.clone());
            return Err(SourceError::Position { given, own });
        }
        // What was stored is made again and dropped: later posts depend on it.
        let stored = u64::try_from(position.sequence).unwrap_or(0).min(self.posts);
        while self.read < stored && self.simulation.next().is_some() {
            self.read += 1;
        }
        self.simulation.take_new_authors();
        Ok(())
    }

    async fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let mut batch = Batch::default();
        let mut bytes = 0;
        while batch.posts.len() < self.batch_rows && bytes < self.batch_bytes {
            let Some((post, _)) = self.simulation.next() else { break };
            bytes += post.size_bytes();
            batch.posts.push(post);
        }
        if batch.posts.is_empty() {
            return Ok(None);
        }
        self.read += batch.posts.len() as u64;
        batch.authors = self.simulation.take_new_authors();
        let (key, sequence) = (self.key.clone(), self.read as i64);
        batch.position = Position { key, sequence, cursor: String::new() };
        Ok(Some(batch))
    }

    fn progress(&self) -> Progress {
        Progress {
            read_bytes: 0,
            total_bytes: None,
            read_records: self.read,
            total_records: Some(self.posts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use groundswell_core::Post;

    fn opened(batch_rows: usize) -> Box<dyn Source> {
        let options =
            SourceOptions { posts: Some(1_000), seed: 9, batch_rows, ..SourceOptions::default() };
        open(&options).unwrap().remove(0)
    }

    fn rest(source: &mut dyn Source) -> Vec<Post> {
        let mut posts = Vec::new();
        while let Some(batch) = block_on(source.next_batch()).unwrap() {
            posts.extend(batch.posts);
        }
        posts
    }

    #[test]
    fn batches_of_any_size_hold_the_same_posts() {
        let whole = rest(&mut *opened(5_000));
        assert_eq!(whole.len(), 1_000);
        assert_eq!(rest(&mut *opened(7)), whole);
        assert_eq!(rest(&mut *opened(256)), whole);
    }

    #[test]
    fn a_resumed_source_goes_on_where_it_stood() {
        let whole = rest(&mut *opened(5_000));
        let mut first = opened(300);
        let batch = block_on(first.next_batch()).unwrap().unwrap();
        assert_eq!(batch.position.sequence, 300);
        let mut second = opened(300);
        block_on(second.resume(&batch.position)).unwrap();
        assert_eq!(second.progress().read_records, 300);
        assert_eq!(rest(&mut *second), whole[300..]);
    }

    #[test]
    fn a_foreign_position_is_refused() {
        let foreign = Position { key: "simulate:quiet:1000:9".into(), ..Position::default() };
        assert!(matches!(block_on(opened(10).resume(&foreign)), Err(SourceError::Position { .. })));
    }

    #[test]
    fn an_unknown_scenario_is_named() {
        let options = SourceOptions { scenario: Some("brnads".into()), ..SourceOptions::default() };
        let message = open(&options).err().unwrap().to_string();
        assert!(
            message.starts_with("`brnads` is no valid scenario; did you mean `brands`?"),
            "{message}"
        );
    }

    #[test]
    fn authors_come_once_each_before_or_with_their_first_post() {
        let mut source = opened(64);
        let mut known = std::collections::HashSet::new();
        while let Some(batch) = block_on(source.next_batch()).unwrap() {
            for author in batch.authors {
                assert!(known.insert(author.author_id));
            }
            for post in batch.posts {
                assert!(known.contains(post.author_id.as_ref().unwrap()));
            }
        }
    }
}
