//! Topics that follow a stream of posts.

use serde::{Deserialize, Serialize};

use crate::error::InsightError;
use crate::matrix::{Matrix, dot, normalize};
use crate::topics::cluster::{Linkage, MergeTree, nearest, spherical_k_means};
use crate::topics::model::{Closeness, Part};
use crate::topics::{Change, TopicEvent, TopicModel};

/// After how many posts what was seen counts for a third (1/e).
const MEMORY: f64 = 10_000.0;
/// How many unexplained posts wait for their like at most.
const WAITING: usize = 1_500;
/// How many posts make a topic at least, and as which share of the posts given at once.
const LEAST_POSTS: (usize, f64) = (5, 0.005);
/// A topic grows if it has so many times the posts expected, and so many standard deviations of their number more.
const GROWTH: (f64, f64) = (2.0, 4.0);
/// A topic is over once so many posts of it should have come and none has, over several times: by chance that happens once in ten thousand
/// times, and posts of one source that come together are no sign that others have ended.
const MISSED: (f64, u32) = (9.2, 3);
/// A topic is over once what it was has faded to so many posts.
const FADED: f64 = 0.5;
/// Two topics are one if the posts of each are, seen from the other, nearer than its own are less so many standard deviations.
const ALIKE: f32 = 0.5;
/// Of the mean cosine of two posts of the median topic, how much the posts of a topic have at least.
const GRAIN: f32 = 0.5;
/// Posts are a topic if they are nearer to each other than to any topic there is, by so many standard deviations.
const OWN: f32 = 0.75;
/// By how many standard deviations a post may be farther from its topic than others are on average, to be explained by it: others have
/// the topic that is nearest, too, but wait for their like.
const STRANGE: f32 = 1.5;
/// A topic falls in two if the posts of each half are, seen from the other, farther than its own by so many standard deviations.
const UNLIKE: f32 = 3.0;

/// Says how posts of a part of a topic come.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Habit {
    /// Its posts, older ones counting less.
    weight: f64,
    /// How many should have come since the last one came.
    missed: f64,
    /// How many times posts of others came since then.
    times: u32,
}

impl Habit {
    fn new(weight: f64) -> Self {
        Self { weight, missed: 0.0, times: 0 }
    }

    fn is_over(&self) -> bool {
        let (missed, times) = MISSED;
        (self.missed >= missed && self.times >= times) || self.weight < FADED
    }
}

/// Is a model that learns from posts as they come, some at a time: the directions of topics move with their posts, topics are born, merge,
/// fall in two and end. A topic keeps its id as long as it lives, and an id is never given twice.
///
/// Memory is bounded: topics that end are forgotten, and so are unexplained posts when there are many.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TopicStream {
    model: TopicModel,
    /// What is known of every part of a topic.
    habits: Vec<Habit>,
    /// The posts seen, older ones counting less.
    weight: f64,
    /// How alike two posts are that may be of a topic, as a mean cosine: a part of what the median topic of the fit has.
    grain: f32,
    /// The unexplained posts, `[posts][components]`, newest last.
    waiting: Matrix,
}

impl TopicStream {
    /// Starts from what was fitted.
    pub fn new(model: TopicModel) -> Self {
        let posts: f64 = model.parts.iter().map(|part| part.posts as f64).sum();
        let factor = (MEMORY / posts.max(1.0)).min(1.0);
        let mut grains: Vec<f32> =
            model.parts.iter().map(|part| part.closeness.mean.powi(2)).collect();
        grains.sort_by(f32::total_cmp);
        Self {
            habits: model.parts.iter().map(|part| Habit::new(part.posts as f64 * factor)).collect(),
            weight: posts * factor,
            grain: GRAIN * grains[grains.len() / 2],
            waiting: Matrix::zeros(0, model.directions.columns()),
            model,
        }
    }

    /// Gives the topics as they are now.
    pub fn model(&self) -> &TopicModel {
        &self.model
    }

    /// Learns from the posts that came next, `[posts][dimension]`, and says what changed. [`TopicModel::assign`] of the
    /// [`model`](Self::model) then gives them their topics, those just born included.
    ///
    /// # Errors
    /// Fails if an embedding is of another width or not finite; then nothing has changed.
    pub fn follow(&mut self, embeddings: &Matrix) -> Result<Vec<TopicEvent>, InsightError> {
        let rows = self.model.project(embeddings)?;
        if rows.rows() == 0 {
            return Ok(Vec::new());
        }
        let least = LEAST_POSTS.0.max((LEAST_POSTS.1 * rows.rows() as f64) as usize);
        let found = nearest(&rows, &self.model.directions);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.model.parts.len()];
        let mut unexplained = Vec::new();
        for (row, (part, cosine)) in found.into_iter().enumerate() {
            match cosine >= self.model.parts[part].closeness.within(STRANGE) {
                true => members[part].push(row),
                false => unexplained.push(row),
            }
        }
        let mut events = self.bear_of_grown(&rows, &mut members, least);
        events.extend(self.grow(&rows, &members));
        events.extend(self.split(&rows, &members, least));
        self.wait(&rows, &unexplained);
        events.extend(self.bear_of_waiting(least));
        events.extend(self.merge());
        events.extend(self.bury());
        Ok(events)
    }

    /// Gives of every topic its new posts and how many were to be expected of so many.
    fn expected(&self, members: &[Vec<usize>], seen: f64) -> Vec<(usize, f64)> {
        let mut of_topics = vec![(0, 0.0); self.model.topics()];
        // Topics just born have no members yet.
        for ((place, habit), part) in self.model.places().into_iter().zip(&self.habits).zip(0..) {
            of_topics[place].0 += members.get(part).map_or(0, Vec::len);
            of_topics[place].1 += habit.weight / self.weight.max(1.0) * seen;
        }
        of_topics
    }

    /// Makes topics of posts that came to a topic beyond expectation and are a subject of their own; takes them off its members.
    fn bear_of_grown(
        &mut self,
        rows: &Matrix,
        members: &mut [Vec<usize>],
        least: usize,
    ) -> Vec<TopicEvent> {
        let grown = self.expected(members, rows.rows() as f64);
        let places = self.model.places();
        let mut events = Vec::new();
        for (place, members) in places.into_iter().zip(members) {
            let (posts, expected) = grown[place];
            if !is_growth(posts, expected) {
                continue;
            }
            let some = &members[..members.len().min(WAITING)];
            let born = self.own_groups(&rows.select(some), least);
            let born: Vec<Vec<usize>> =
                born.iter().map(|group| group.iter().map(|post| some[*post]).collect()).collect();
            for group in born {
                let id = self.open(&rows.select(&group));
                events.push(TopicEvent::new(Change::Birth, id, None, group.len()));
                members.retain(|row| !group.contains(row));
            }
        }
        events
    }

    /// Moves the topics to their new posts, and tells which have more than expected.
    fn grow(&mut self, rows: &Matrix, members: &[Vec<usize>]) -> Vec<TopicEvent> {
        let seen = rows.rows() as f64;
        let counts = self.expected(members, seen);
        let grown = self.model.ids.iter().zip(counts);
        let grown = grown.filter(|(_, (posts, expected))| is_growth(*posts, *expected));
        let events = grown.map(|(topic, (posts, expected))| TopicEvent {
            expected,
            ..TopicEvent::new(Change::Growth, *topic, None, posts)
        });
        let events = events.collect();
        let kept = (-seen / MEMORY).exp();
        for (part, members) in members.iter().enumerate() {
            let habit = &mut self.habits[part];
            if members.is_empty() {
                habit.missed += habit.weight / self.weight.max(1.0) * seen;
                habit.times += 1;
            } else {
                (habit.missed, habit.times) = (0.0, 0);
            }
            habit.weight *= kept;
            self.add(part, &rows.select(members));
        }
        self.weight = self.weight * kept + seen;
        events
    }

    /// Moves a part to further posts of it.
    fn add(&mut self, place: usize, rows: &Matrix) {
        if rows.rows() == 0 {
            return;
        }
        let (weight, count) = (self.habits[place].weight as f32, rows.rows() as f32);
        let part = &mut self.model.parts[place];
        let direction = self.model.directions.row_mut(place);
        let before = direction.to_vec();
        // The mean of its posts is the direction times their mean cosine.
        direction.iter_mut().for_each(|value| *value *= weight * part.closeness.mean);
        for row in rows.iter() {
            direction.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let mean = dot(direction, direction).sqrt() / (weight + count);
        normalize(direction);
        let away = |row: &[f32]| (dot(row, &before) - part.closeness.mean).powi(2);
        let squares: f32 = rows.iter().map(away).sum();
        let variance = (weight * part.closeness.deviation.powi(2) + squares) / (weight + count);
        part.closeness = Closeness { mean, deviation: variance.sqrt() };
        part.posts += rows.rows();
        self.habits[place].weight += f64::from(count);
    }

    /// Keeps unexplained posts, as many of the newest as there is room for.
    fn wait(&mut self, rows: &Matrix, unexplained: &[usize]) {
        let all = self.waiting.rows() + unexplained.len();
        let values = self.waiting.iter().chain(unexplained.iter().map(|row| rows.row(*row)));
        let values = values.skip(all.saturating_sub(WAITING)).flatten().copied().collect();
        self.waiting = Matrix::new(rows.columns(), values);
    }

    /// Makes topics of waiting posts that are a subject of their own.
    fn bear_of_waiting(&mut self, least: usize) -> Vec<TopicEvent> {
        let born = self.own_groups(&self.waiting, least);
        let mut events = Vec::new();
        for group in &born {
            let rows = self.waiting.select(group);
            events.push(TopicEvent::new(Change::Birth, self.open(&rows), None, group.len()));
        }
        let left =
            (0..self.waiting.rows()).filter(|row| !born.iter().any(|group| group.contains(row)));
        self.waiting = self.waiting.select(&left.collect::<Vec<usize>>());
        events
    }

    /// Finds groups of posts, of so many at least, that are as alike as those of a topic and nearer to each other than to any topic there
    /// is: a subject of their own rather than the fringe of a topic.
    fn own_groups(&self, rows: &Matrix, least: usize) -> Vec<Vec<usize>> {
        let tree = MergeTree::new(Linkage::Average, rows.clone(), vec![1.0; rows.rows()]);
        let mut groups = groups_of(&tree.cut_at(1.0 - f64::from(self.grain)));
        groups.retain(|group| {
            if group.len() < least {
                return false;
            }
            let rows = rows.select(group);
            let own = self.bundle(&rows).closeness.within(OWN);
            let mean = |direction: &[f32]| {
                rows.iter().map(|row| dot(row, direction)).sum::<f32>() / rows.rows() as f32
            };
            self.model.directions.iter().all(|direction| mean(direction) < own)
        });
        groups
    }

    /// Makes a topic of posts, and gives its id.
    fn open(&mut self, rows: &Matrix) -> u64 {
        let id = self.model.next_id;
        let Bundle { direction, closeness } = self.bundle(rows);
        let mut values: Vec<f32> = self.model.directions.iter().flatten().copied().collect();
        values.extend(direction);
        self.model.directions = Matrix::new(rows.columns(), values);
        self.model.parts.push(Part { topic: id, posts: rows.rows(), closeness });
        self.model.ids.push(id);
        self.model.next_id += 1;
        self.habits.push(Habit::new(rows.rows() as f64));
        id
    }

    /// Measures posts, each against the others so that few do not seem nearer than they are; the spread is at least as wide as that of
    /// the part of least spread.
    fn bundle(&self, rows: &Matrix) -> Bundle {
        let mut sum = vec![0.0; rows.columns()];
        rows.iter().for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
        let with_others = |row: &[f32]| {
            let mut rest: Vec<f32> = sum.iter().zip(row).map(|(sum, value)| sum - value).collect();
            normalize(&mut rest);
            (0, dot(&rest, row))
        };
        let cosines: Vec<(usize, f32)> = rows.iter().map(with_others).collect();
        let mut closeness = Closeness::of_directions(1, &cosines)[0];
        let deviations = self.model.parts.iter().map(|part| part.closeness.deviation);
        closeness.deviation = closeness.deviation.max(deviations.fold(1.0, f32::min));
        normalize(&mut sum);
        Bundle { direction: sum, closeness }
    }

    /// Divides topics whose new posts are not as alike as those of a topic together, but are in two parts; the part that is farther from what
    /// the topic was gets an id of its own.
    fn split(&mut self, rows: &Matrix, members: &[Vec<usize>], least: usize) -> Vec<TopicEvent> {
        let mut events = Vec::new();
        for (place, members) in members.iter().enumerate() {
            // What somebody expects stays one.
            let is_expected = self.model.name(self.model.parts[place].topic).is_some();
            if members.len() < 4 * least || is_expected {
                continue;
            }
            let rows = rows.select(members);
            let old = self.model.parts[place].topic;
            let groups = groups_of(&spherical_k_means(&rows, 2, old).assigned);
            let [one, other] = &groups[..] else { continue };
            let fewest = least.max(members.len() / 5);
            if one.len() < fewest || other.len() < fewest {
                continue;
            }
            let halves = [one, other].map(|half| rows.select(half));
            let bundles = halves.each_ref().map(|half| self.bundle(half));
            let [first, second] = &bundles;
            let alike = |bundle: &Bundle| bundle.closeness.mean.powi(2) >= self.grain;
            let is_topic = alike(&self.bundle(&rows));
            if is_topic || !alike(first) || !alike(second) {
                continue;
            }
            if !(first.is_apart(second, UNLIKE) && second.is_apart(first, UNLIKE)) {
                continue;
            }
            let near = |bundle: &Bundle| dot(&bundle.direction, self.model.directions.row(place));
            let new = usize::from(near(first) >= near(second));
            let moved = halves[new].rows();
            let kept = &bundles[1 - new];
            self.model.directions.row_mut(place).copy_from_slice(&kept.direction);
            let part = &mut self.model.parts[place];
            part.closeness = kept.closeness;
            part.posts = part.posts.saturating_sub(moved);
            let habit = &mut self.habits[place];
            habit.weight = (habit.weight - moved as f64).max(1.0);
            let id = self.open(&halves[new]);
            events.push(TopicEvent::new(Change::Split, id, Some(old), moved));
        }
        events
    }

    /// Makes one of parts that cannot be told apart; of two topics the one with more posts keeps its id.
    fn merge(&mut self) -> Vec<TopicEvent> {
        let mut events = Vec::new();
        while let Some((kept, gone)) = self.pair_of_one_kind() {
            let [one, other] = [kept, gone].map(|place| self.model.parts[place]);
            let [habit, other_habit] = [kept, gone].map(|place| self.habits[place]);
            let weight = habit.weight + other_habit.weight;
            let share = (habit.weight / weight.max(f64::MIN_POSITIVE)) as f32;
            let factors = [share * one.closeness.mean, (1.0 - share) * other.closeness.mean];
            let further = self.model.directions.row(gone).to_vec();
            let direction = self.model.directions.row_mut(kept);
            for (value, further) in direction.iter_mut().zip(&further) {
                *value = factors[0] * *value + factors[1] * further;
            }
            let mean = dot(direction, direction).sqrt();
            normalize(direction);
            let variances = [one, other].map(|part| part.closeness.deviation.powi(2));
            let deviation = (share * variances[0] + (1.0 - share) * variances[1]).sqrt();
            self.model.parts[kept] = Part {
                topic: one.topic,
                posts: one.posts + other.posts,
                closeness: Closeness { mean, deviation },
            };
            self.habits[kept] = Habit {
                weight,
                missed: habit.missed.min(other_habit.missed),
                times: habit.times.min(other_habit.times),
            };
            if one.topic != other.topic {
                // What else the topic was made of goes with it.
                let parts = self.model.parts.iter_mut().filter(|part| part.topic == other.topic);
                parts.for_each(|part| part.topic = one.topic);
                let gone = Some(other.topic);
                events.push(TopicEvent::new(Change::Merge, one.topic, gone, other.posts));
            }
            self.forget(&[gone]);
        }
        events
    }

    /// Finds two parts that cannot be told apart, of topics that are not both expected; the one of an expected topic first, else the one
    /// with more posts.
    fn pair_of_one_kind(&self) -> Option<(usize, usize)> {
        let bundle = |(part, direction): (&Part, &[f32])| Bundle {
            direction: direction.to_vec(),
            closeness: part.closeness,
        };
        let bundles: Vec<Bundle> =
            self.model.parts.iter().zip(self.model.directions.iter()).map(bundle).collect();
        for (left, one) in bundles.iter().enumerate() {
            for (right, other) in bundles.iter().enumerate().skip(left + 1) {
                let topics = [left, right].map(|place| self.model.parts[place].topic);
                let is_expected = topics.map(|topic| self.model.name(topic).is_some());
                let are_two = topics[0] != topics[1] && is_expected == [true; 2];
                if are_two || one.is_apart(other, ALIKE) || other.is_apart(one, ALIKE) {
                    continue;
                }
                let is_lighter = self.habits[left].weight < self.habits[right].weight;
                let turned =
                    if is_expected[0] == is_expected[1] { is_lighter } else { is_expected[1] };
                return Some(if turned { (right, left) } else { (left, right) });
            }
        }
        None
    }

    /// Forgets topics that no posts come to any more; one stays, and so does what is expected.
    fn bury(&mut self) -> Vec<TopicEvent> {
        let is_over = |part: &usize| {
            let is_expected = self.model.name(self.model.parts[*part].topic).is_some();
            self.habits[*part].is_over() && !is_expected
        };
        let mut over: Vec<usize> = (0..self.model.parts.len()).filter(is_over).collect();
        over.truncate(self.model.parts.len() - 1);
        let before = self.model.ids.clone();
        let missed: Vec<(u64, f64)> = over
            .iter()
            .map(|part| (self.model.parts[*part].topic, self.habits[*part].missed))
            .collect();
        self.forget(&over);
        let gone = before.into_iter().filter(|id| !self.model.ids.contains(id));
        let events = gone.map(|topic| TopicEvent {
            change: Change::Death,
            topic,
            other: None,
            posts: 0,
            expected: missed.iter().filter(|(of, _)| *of == topic).map(|(_, missed)| missed).sum(),
        });
        events.collect()
    }

    /// Forgets parts, and the topics that have no other.
    fn forget(&mut self, gone: &[usize]) {
        let left: Vec<usize> =
            (0..self.model.parts.len()).filter(|part| !gone.contains(part)).collect();
        self.model.directions = self.model.directions.select(&left);
        self.model.parts = left.iter().map(|part| self.model.parts[*part]).collect();
        self.habits = left.iter().map(|part| self.habits[*part]).collect();
        let parts = &self.model.parts;
        self.model.ids.retain(|id| parts.iter().any(|part| part.topic == *id));
    }
}

/// Tells whether so many posts are more than chance brings where so many were expected.
fn is_growth(posts: usize, expected: f64) -> bool {
    let ((times, deviations), posts) = (GROWTH, posts as f64);
    posts >= times * expected && posts - expected >= deviations * (expected + 1.0).sqrt()
}

/// Is a direction, and how near posts are to it.
struct Bundle {
    direction: Vec<f32>,
    closeness: Closeness,
}

impl Bundle {
    /// Tells whether the posts of another one are, seen from here, farther than the own ones by more than so many standard deviations.
    fn is_apart(&self, other: &Self, deviations: f32) -> bool {
        let seen = other.closeness.mean * dot(&self.direction, &other.direction);
        seen < self.closeness.within(deviations)
    }
}

/// Gives the members of every group.
fn groups_of(assigned: &[usize]) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); assigned.iter().max().map_or(0, |most| most + 1)];
    assigned.iter().enumerate().for_each(|(row, group)| groups[*group].push(row));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topics::TopicOptions;
    use crate::topics::model::tests::posts;

    /// Takes posts about some of ten subjects.
    fn about(subjects: &[usize], count: usize) -> Matrix {
        let all = posts(10, 4000, 0.5);
        let rows = (0..4000).filter(|row| subjects.contains(&(row % 10))).take(count);
        all.select(&rows.collect::<Vec<usize>>())
    }

    fn stream(subjects: &[usize], count: usize) -> TopicStream {
        let options = TopicOptions { topics: Some(subjects.len()), ..TopicOptions::default() };
        TopicStream::new(TopicModel::fit(&about(subjects, count), &options).unwrap())
    }

    fn changes(events: &[TopicEvent]) -> Vec<Change> {
        events.iter().map(|event| event.change).collect()
    }

    #[test]
    fn a_new_subject_is_born_with_an_id_of_its_own_and_its_posts_follow() {
        let mut stream = stream(&[0, 1, 2], 600);
        assert_eq!(stream.follow(&about(&[0, 1, 2], 300)).unwrap(), []);
        let events = stream.follow(&about(&[0, 1, 2, 3], 200)).unwrap();
        assert_eq!(changes(&events), [Change::Birth]);
        assert_eq!((events[0].topic, events[0].posts), (3, 50));
        let assigned = stream.model().assign(&about(&[3], 100)).unwrap();
        let ids = assigned.iter().filter_map(|found| Some(stream.model().ids()[found.topic?]));
        assert!(ids.filter(|id| *id == 3).count() >= 95);
    }

    #[test]
    fn posts_too_few_for_a_topic_wait_for_their_like() {
        let mut stream = stream(&[0, 1], 400);
        let strange = about(&[5], 6);
        let mixed = |rows: &[usize]| {
            let values = about(&[0, 1], 60).iter().flatten().copied().collect::<Vec<f32>>();
            let strange = strange.select(rows);
            Matrix::new(32, [values, strange.iter().flatten().copied().collect()].concat())
        };
        assert_eq!(stream.follow(&mixed(&[0, 1, 2])).unwrap(), []);
        assert_eq!(changes(&stream.follow(&mixed(&[3, 4, 5])).unwrap()), [Change::Birth]);
    }

    #[test]
    fn growth_and_death() {
        let mut stream = stream(&[0, 1, 2, 3], 800);
        let events = stream.follow(&about(&[0], 100)).unwrap();
        assert_eq!(changes(&events), [Change::Growth]);
        assert!(events[0].posts >= 90, "{events:?}");
        stream.follow(&about(&[0], 100)).unwrap();
        let events = stream.follow(&about(&[0], 100)).unwrap();
        assert_eq!(changes(&events)[1..], [Change::Death; 3], "{events:?}");
        assert_eq!(stream.model().topics(), 1);
        let events = stream.follow(&about(&[7], 200)).unwrap();
        assert!(changes(&events).contains(&Change::Birth), "{events:?}");
        assert_eq!(stream.model().ids().last(), Some(&4));
    }

    #[test]
    fn a_topic_of_two_kinds_falls_in_two_and_two_of_one_kind_merge() {
        let options = TopicOptions { topics: Some(3), ..TopicOptions::default() };
        let model = TopicModel::fit(&about(&[0, 1, 2, 3], 800), &options).unwrap();
        let mut split = TopicStream::new(model);
        let events = split.follow(&about(&[0, 1, 2, 3], 400)).unwrap();
        // Of the last posts the half that keeps the id is farther than most were before: a few of them may wait, or be topics.
        assert_eq!((events[0].change, events[0].other), (Change::Split, Some(0)), "{events:?}");

        let mut merged = stream(&[0, 1, 2], 600);
        let rows = merged.model.project(&about(&[1], 50)).unwrap();
        assert_eq!(merged.open(&rows), 3);
        let events = merged.follow(&about(&[0, 1, 2], 300)).unwrap();
        assert_eq!(changes(&events), [Change::Merge], "{events:?}");
        assert_eq!((events[0].other, merged.model().ids()), (Some(3), &[0, 1, 2][..]));
    }

    #[test]
    fn a_stream_goes_on_from_what_was_stored_and_stays_small() {
        let mut stream = stream(&[0, 1], 200);
        let stored = serde_json::to_string(&stream).unwrap();
        let mut again: TopicStream = serde_json::from_str(&stored).unwrap();
        let next = about(&[0, 1, 8], 90);
        assert_eq!(stream.follow(&next), again.follow(&next));
        assert_eq!(stream, again);
        let noise = posts(5_000, 5_000, 0.0);
        stream.follow(&noise).unwrap();
        assert!(stream.waiting.rows() <= WAITING);
        assert_eq!(stream.follow(&Matrix::zeros(0, 32)), Ok(Vec::new()));
        let error = stream.follow(&Matrix::zeros(1, 3)).unwrap_err();
        assert_eq!(error, InsightError::Dimension { found: 3, expected: 32 });
    }
}
