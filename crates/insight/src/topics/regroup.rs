//! Topics merged, and topics that keep their ids over fits.

use crate::error::InsightError;
use crate::topics::model::{Assigned, TopicModel};
use crate::topics::quality::Contingency;

impl TopicModel {
    /// Makes one topic of several, under the id of the largest of them, and gives that id.
    ///
    /// # Errors
    /// Fails if there is no topic of an id, or fewer than two are named.
    pub fn merge(&mut self, ids: &[u64]) -> Result<u64, InsightError> {
        let mut places = ids.iter().map(|id| self.place(*id)).collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        places.dedup();
        if places.len() < 2 {
            return Err(InsightError::MergeOne);
        }
        Ok(self.group(&places))
    }

    /// Merges the topics that are most alike until there are so many; each keeps the id of the largest it is made of.
    ///
    /// # Errors
    /// Fails for 0 topics.
    pub fn reduce(&mut self, topics: usize) -> Result<(), InsightError> {
        if topics == 0 {
            return Err(InsightError::Topics(topics));
        }
        let groups = self.tree().cut(topics);
        let ids = self.ids.clone();
        for group in 0..topics.min(ids.len()) {
            let members = groups.iter().zip(&ids).filter(|(other, _)| **other == group);
            let places: Vec<usize> = members
                .filter_map(|(_, id)| self.ids.iter().position(|other| other == id))
                .collect();
            if places.len() > 1 {
                self.group(&places);
            }
        }
        Ok(())
    }

    /// Finds the place of a topic by its id.
    ///
    /// # Errors
    /// Fails if there is none.
    pub fn place(&self, id: u64) -> Result<usize, InsightError> {
        let place = self.ids.iter().position(|other| *other == id);
        place.ok_or_else(|| InsightError::UnknownTopic { id, known: known(&self.ids) })
    }

    /// Gives the topics the ids that they had in an earlier fit, given the id of every post there, if it had one, and its topic here: those
    /// are matched that have most posts in common (Kuhn 1955). A topic keeps an id if half of its posts, or half of those of the earlier
    /// topic, are the same; every other one gets a new id, from `next_id` up.
    pub fn keep_ids(&mut self, before: &[Option<u64>], assigned: &[Assigned], next_id: u64) {
        let both = before.iter().zip(assigned).filter_map(|(before, now)| (*before).zip(now.topic));
        let (before, now): (Vec<u64>, Vec<usize>) = both.unzip();
        let mut known = before.clone();
        known.sort_unstable();
        known.dedup();
        let old: Vec<usize> = before.iter().filter_map(|id| known.binary_search(id).ok()).collect();
        let count = |of: &[usize], topic| of.iter().filter(|other| **other == topic).count();
        let mut ids: Vec<Option<u64>> = vec![None; self.topics()];
        for (left, right) in Contingency::new(&old, &now).matching() {
            let common = old.iter().zip(&now).filter(|pair| pair == &(&left, &right)).count();
            if 2 * common >= count(&old, left).min(count(&now, right)) {
                ids[right] = Some(known[left]);
            }
        }
        self.next_id = known.last().map_or(0, |last| last + 1).max(next_id);
        for id in &mut ids {
            id.get_or_insert_with(|| {
                self.next_id += 1;
                self.next_id - 1
            });
        }
        let ids: Vec<u64> = ids.into_iter().flatten().collect();
        let places = self.places();
        self.parts.iter_mut().zip(places).for_each(|(part, place)| part.topic = ids[place]);
        let names = std::mem::take(&mut self.names);
        let now = |(id, name)| Some((ids[self.ids.iter().position(|old| *old == id)?], name));
        self.names = names.into_iter().filter_map(now).collect();
        self.ids = ids;
    }

    /// Makes one topic of those at several places, which are its parts from now on, and gives its id, that of the largest. The topics lie
    /// by size again.
    fn group(&mut self, places: &[usize]) -> u64 {
        let sizes = self.sizes();
        let largest =
            places.iter().copied().max_by(|a, b| sizes[*a].cmp(&sizes[*b]).then(b.cmp(a)));
        let kept = self.ids[largest.unwrap_or(0)];
        let gone: Vec<u64> =
            places.iter().map(|place| self.ids[*place]).filter(|id| *id != kept).collect();
        let parts = self.parts.iter_mut().filter(|part| gone.contains(&part.topic));
        parts.for_each(|part| part.topic = kept);
        self.ids.retain(|id| !gone.contains(id));
        let names: Vec<String> = gone.iter().filter_map(|id| self.names.remove(id)).collect();
        if let Some(name) = names.into_iter().next() {
            self.names.entry(kept).or_insert(name);
        }
        let sizes = self.sizes();
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by(|a, b| sizes[*b].cmp(&sizes[*a]).then(a.cmp(b)));
        self.ids = order.into_iter().map(|place| self.ids[place]).collect();
        kept
    }
}

/// Lists ids for an error, the first of them if there are many.
fn known(ids: &[u64]) -> String {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let shown: Vec<String> = ids.iter().take(20).map(u64::to_string).collect();
    shown.join(", ") + if ids.len() > shown.len() { ", …" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::TopicOptions;
    use crate::topics::model::tests::posts;

    fn options(topics: usize) -> TopicOptions {
        TopicOptions { topics: Some(topics), ..TopicOptions::default() }
    }

    #[test]
    fn topics_are_merged_by_id_and_by_likeness() {
        let mut model = TopicModel::fit(&posts(5, 500, 0.5), &options(5)).unwrap();
        assert_eq!(model.ids(), [0, 1, 2, 3, 4]);
        assert_eq!(model.merge(&[3, 1]), Ok(1));
        assert_eq!(
            (model.ids(), &model.sizes()[..]),
            (&[1, 0, 2, 4][..], &[200, 100, 100, 100][..])
        );
        // No post of either goes elsewhere.
        let assigned = model.assign(&posts(5, 500, 0.5)).unwrap();
        let merged = assigned.iter().filter(|found| found.topic == Some(0)).count();
        assert!((196..=200).contains(&merged), "{merged}");
        model.reduce(2).unwrap();
        assert_eq!((model.topics(), model.sizes().iter().sum::<usize>()), (2, 500));
        model.reduce(usize::MAX).unwrap();
        assert_eq!(model.topics(), 2);
        assert_eq!(model.merge(&[1, 1]), Err(InsightError::MergeOne));
        assert_eq!(model.reduce(0), Err(InsightError::Topics(0)));
        let error = model.merge(&[1, 77]).unwrap_err().to_string();
        assert!(error.contains("`77`"), "{error}");
    }

    #[test]
    fn a_fit_on_more_posts_keeps_the_ids() {
        let few = posts(4, 400, 0.5);
        let before = TopicModel::fit(&few, &options(4)).unwrap();
        let topics = |model: &TopicModel| -> Vec<Option<u64>> {
            let assigned = model.assign(&few).unwrap();
            assigned.iter().map(|found| found.topic.map(|topic| model.ids()[topic])).collect()
        };
        // The same four subjects and two more.
        let mut after = TopicModel::fit(&posts(6, 900, 0.5), &options(6)).unwrap();
        let assigned = after.assign(&few).unwrap();
        after.keep_ids(&topics(&before), &assigned, before.next_id());
        let mut ids = after.ids().to_vec();
        ids.sort_unstable();
        assert_eq!((&ids[..], after.next_id()), (&[0, 1, 2, 3, 4, 5][..], 6));
        let pairs = topics(&before).into_iter().zip(topics(&after));
        let moved = pairs.filter(|(before, after)| before != after).count();
        assert!(moved <= 20, "{moved}");
    }
}
