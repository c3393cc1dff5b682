//! What becomes of topics.

use std::collections::{BTreeMap, BTreeSet};

/// Says what became of a topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// Posts that no topic explained are a new one.
    Birth,
    /// It has many more posts than expected.
    Growth,
    /// It has taken in another topic, which is gone.
    Merge,
    /// It is new, and what it holds was part of another.
    Split,
    /// No posts come any more; it is gone.
    Death,
}

impl Change {
    /// Gives its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Birth => "birth",
            Self::Growth => "growth",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Death => "death",
        }
    }
}

/// Is a change of a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicEvent {
    /// What happened.
    pub change: Change,
    /// The id of the topic that it happened to.
    pub topic: u64,
    /// The topic that was taken in, or that it was part of.
    pub other: Option<u64>,
    /// Its posts among those just seen.
    pub posts: usize,
    /// How many were to be expected.
    pub expected: f64,
}

impl TopicEvent {
    /// Makes an event that nothing was expected of.
    pub(super) fn new(change: Change, topic: u64, other: Option<u64>, posts: usize) -> Self {
        Self { change, topic, other, posts, expected: 0.0 }
    }
}

/// Says what changed from one fit to another, given the topic of every post in each, in the same order: a topic that is new is a part of an
/// earlier one if most of its posts come from there, else it is born; one that is gone was taken in by another if most of its posts are
/// there now, else it has ended.
pub fn changes_between(before: &[Option<u64>], after: &[Option<u64>]) -> Vec<TopicEvent> {
    let known = |ids: &[Option<u64>]| ids.iter().copied().flatten().collect::<BTreeSet<u64>>();
    let (old, new) = (known(before), known(after));
    // The topic that most posts of another one have in the other fit, if it is more than half of them.
    let most_of = |id: u64, here: &[Option<u64>], there: &[Option<u64>]| {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        let posts = here.iter().zip(there).filter(|(here, _)| **here == Some(id));
        posts
            .clone()
            .filter_map(|(_, there)| *there)
            .for_each(|there| *counts.entry(there).or_default() += 1);
        let all = posts.count();
        let most = counts.into_iter().max_by_key(|(id, count)| (*count, u64::MAX - id));
        (all, most.filter(|(_, count)| 2 * count > all).map(|(id, _)| id))
    };
    let born = new.difference(&old).map(|id| {
        let (posts, part_of) = most_of(*id, after, before);
        let change = if part_of.is_some() { Change::Split } else { Change::Birth };
        TopicEvent::new(change, *id, part_of, posts)
    });
    let gone = old.difference(&new).map(|id| match most_of(*id, before, after) {
        (posts, Some(into)) => TopicEvent::new(Change::Merge, into, Some(*id), posts),
        (_, None) => TopicEvent::new(Change::Death, *id, None, 0),
    });
    born.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fits_are_told_apart() {
        let before = [Some(1), Some(1), Some(1), Some(2), Some(2), Some(3), None];
        let after = [Some(1), Some(4), Some(4), Some(1), Some(1), None, Some(5)];
        let found = changes_between(&before, &after);
        let told: Vec<(Change, u64, Option<u64>)> =
            found.iter().map(|event| (event.change, event.topic, event.other)).collect();
        let expected = [
            (Change::Split, 4, Some(1)),
            (Change::Birth, 5, None),
            (Change::Merge, 1, Some(2)),
            (Change::Death, 3, None),
        ];
        assert_eq!(told, expected);
    }
}
