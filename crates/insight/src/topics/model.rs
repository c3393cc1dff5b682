//! Topics learnt from embeddings.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::InsightError;
use crate::matrix::Matrix;
use crate::topics::cluster::{Linkage, MergeTree, directions, nearest, refine};
use crate::topics::groupings::Groupings;
use crate::topics::reduce::{PrincipalComponents, draw_to, draw_together};
use crate::topics::{Guides, number};

/// By how many standard deviations a post may be farther from its topic than the posts there are on average.
const FARTHEST: f32 = 3.0;
/// For how many posts the spread of all topics counts in that of one, which a few posts do not tell.
const SPREAD_POSTS: f64 = 20.0;
/// How many posts are assigned before the next are looked at, so that their components need not all be held.
const POSTS_AT_A_TIME: usize = 1 << 16;
/// Divides cosines before the softmax that makes memberships of them.
const TEMPERATURE: f32 = 0.1;
/// How many memberships of a post are kept at most, and the least that one must be unless it is the first.
const MEMBERSHIPS: (usize, f32) = (3, 0.05);

/// Sets how topics are fitted.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TopicOptions {
    /// How many topics there shall be; `None` lets the posts decide.
    pub topics: Option<usize>,
    /// The seed of everything random.
    pub seed: u64,
    /// From how many posts is learnt at most; what is more is left out by chance.
    pub sample: usize,
    /// How many principal components of an embedding are used.
    pub components: usize,
}

impl Default for TopicOptions {
    fn default() -> Self {
        Self { topics: None, seed: 42, sample: 16_000, components: 200 }
    }
}

/// Says where a post belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Assigned {
    /// The place of its topic in the model; `None` if the post is too far from all.
    pub topic: Option<usize>,
    /// The nearest topics, by their place, and how much it belongs to each rather than to the others, 0 to 1; the nearest first.
    pub memberships: Vec<(usize, f32)>,
    /// The cosine with the nearest topic.
    pub cosine: f32,
}

/// Is a direction that posts of a topic lie in: a topic has one, or several if it was made of others.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Part {
    /// The id of its topic.
    pub(super) topic: u64,
    /// Its posts: those of the sample, and those that [`TopicStream`](crate::topics::TopicStream) added.
    pub(super) posts: usize,
    /// How near they are.
    pub(super) closeness: Closeness,
}

/// Says how near posts are to a direction.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Closeness {
    /// The mean cosine.
    pub(super) mean: f32,
    /// The standard deviation of the cosines.
    pub(super) deviation: f32,
}

impl Closeness {
    /// Gives the cosine that lies so many standard deviations below the mean.
    pub(super) fn within(&self, deviations: f32) -> f32 {
        self.mean - deviations * self.deviation
    }

    /// Measures every direction, given the nearest one of every row and the cosine with it.
    pub(super) fn of_directions(directions: usize, found: &[(usize, f32)]) -> Vec<Self> {
        let mut cosines: Vec<Vec<f64>> = vec![Vec::new(); directions];
        found.iter().for_each(|(nearest, cosine)| cosines[*nearest].push(f64::from(*cosine)));
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
        let means: Vec<f64> = cosines.iter().map(|of| mean(of)).collect();
        let squares: Vec<f64> = cosines
            .iter()
            .zip(&means)
            .map(|(of, mean)| of.iter().map(|cosine| (cosine - mean).powi(2)).sum())
            .collect();
        let all = squares.iter().sum::<f64>() / found.len().max(1) as f64;
        let of_one = |((mean, squares), of): ((&f64, &f64), &Vec<f64>)| {
            let variance = (squares + SPREAD_POSTS * all) / (of.len() as f64 + SPREAD_POSTS);
            Self { mean: *mean as f32, deviation: variance.sqrt() as f32 }
        };
        means.iter().zip(&squares).zip(&cosines).map(of_one).collect()
    }
}

/// Is what [`TopicModel::fit`] learnt: a direction for every topic among the principal components of embeddings.
///
/// Posts are drawn to their neighbours and agglomerated, by Ward's criterion and by average linkage, into as many groups as there are to
/// be topics; the tree whose groups are farther apart tells them. A topic is the mean direction of its posts, and every post goes to the
/// nearest: so there is no class of leftovers, a post is assigned afterwards as in the fit, and nothing but the sample depends on luck.
/// The topics lie by size, largest first, and each has an id that stays with it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TopicModel {
    components: PrincipalComponents,
    /// `[parts][components]`, each one long.
    pub(super) directions: Matrix,
    pub(super) parts: Vec<Part>,
    /// The topics in their order.
    pub(super) ids: Vec<u64>,
    /// The names of those that were expected, by their ids.
    pub(super) names: BTreeMap<u64, String>,
    /// The id that the next new topic gets.
    pub(super) next_id: u64,
    dimension: usize,
}

impl TopicModel {
    /// Learns topics from the embeddings of posts, `[posts][dimension]`.
    ///
    /// The same embeddings and options give the same topics with any number of threads. There are never more topics than different
    /// embeddings.
    ///
    /// # Errors
    /// Fails if there are no posts, no topics are asked for, or an embedding is not finite.
    pub fn fit(embeddings: &Matrix, options: &TopicOptions) -> Result<Self, InsightError> {
        Self::fit_guided(embeddings, &Guides::default(), options)
    }

    /// As [`TopicModel::fit`], with topics that are expected: each takes the group of posts that it lies in, or else those that it is nearest
    /// to, and half of the weight of its posts draws it back to what it was expected to be (after seeded k-means, Basu, Banerjee and
    /// Mooney 2002). One that no post is nearest to is left out.
    ///
    /// # Errors
    /// As [`TopicModel::fit`], and if a topic that is expected has no embeddings.
    pub fn fit_guided(
        embeddings: &Matrix,
        guides: &Guides,
        options: &TopicOptions,
    ) -> Result<Self, InsightError> {
        if embeddings.rows() == 0 {
            return Err(InsightError::NoPosts);
        }
        if let Some(topics @ 0) = options.topics {
            return Err(InsightError::Topics(topics));
        }
        expect_finite(embeddings)?;
        let sampled = sampled(embeddings, options);
        let components = PrincipalComponents::fit(&sampled, options.components);
        let project = |embeddings: &Matrix| {
            expect_width(embeddings, sampled.columns())?;
            expect_finite(embeddings)?;
            let mut rows = components.transform(embeddings);
            rows.normalize();
            Ok(rows)
        };
        let rows = project(&sampled)?;
        let drawn = draw_together(&rows);
        let expected = draw_to(&guides.directions(project)?, &rows, &drawn);
        let groups = if guides.only && expected.rows() > 0 {
            refine(&drawn, expected.clone(), &expected).1
        } else {
            let groupings = Groupings::new(&drawn);
            let topics = options.topics.unwrap_or_else(|| number::choose(&groupings));
            groupings.around(&expected, topics)
        };
        let directions = directions(&rows, &groups);
        let assigned: Vec<usize> =
            nearest(&rows, &directions).into_iter().map(|(topic, _)| topic).collect();
        let (order, sizes) = by_size(&assigned);
        let directions = directions.select(&order);
        let name = |(id, group): (u64, &usize)| Some((id, guides.topics.get(*group)?.name.clone()));
        let names = (0..).zip(&order).filter_map(name).collect();

        let closeness = Closeness::of_directions(sizes.len(), &nearest(&rows, &directions));
        let next_id = sizes.len() as u64;
        let parts = (0..).zip(closeness).zip(sizes);
        Ok(Self {
            components,
            directions,
            parts: parts
                .map(|((topic, closeness), posts)| Part { topic, posts, closeness })
                .collect(),
            ids: (0..next_id).collect(),
            names,
            next_id,
            dimension: embeddings.columns(),
        })
    }

    /// Gives how many topics there are.
    pub fn topics(&self) -> usize {
        self.ids.len()
    }

    /// Gives how many posts every topic has: those of the sample, and those that [`TopicStream`](crate::topics::TopicStream) added.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.topics()];
        let places = self.places();
        self.parts.iter().zip(places).for_each(|(part, place)| sizes[place] += part.posts);
        sizes
    }

    /// Gives the id of every topic.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// Gives the name of a topic that was expected.
    pub fn name(&self, id: u64) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// Gives the id that the next new topic gets; none was given before.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Gives how many numbers an embedding has.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Gives the tree in which the topics are merged, those first that are most alike.
    pub fn tree(&self) -> MergeTree {
        let weights = self.sizes().into_iter().map(|size| size.max(1) as f64);
        MergeTree::new(Linkage::Ward, self.topic_means(), weights.collect())
    }

    /// Computes the mean of the posts of every topic: that of a part is its direction times their mean cosine.
    pub(super) fn topic_means(&self) -> Matrix {
        let mut means = Matrix::zeros(self.topics(), self.directions.columns());
        let mut weights = vec![0.0; self.topics()];
        for ((part, place), direction) in
            self.parts.iter().zip(self.places()).zip(self.directions.iter())
        {
            let weight = part.posts.max(1) as f32;
            weights[place] += weight;
            let factor = weight * part.closeness.mean;
            let sums = means.row_mut(place).iter_mut();
            sums.zip(direction).for_each(|(sum, value)| *sum += factor * value);
        }
        for (place, weight) in weights.into_iter().enumerate() {
            means.row_mut(place).iter_mut().for_each(|value| *value /= weight);
        }
        means
    }

    /// Gives the place of the topic of every part.
    pub(super) fn places(&self) -> Vec<usize> {
        let place = |part: &Part| self.ids.iter().position(|id| *id == part.topic).unwrap_or(0);
        self.parts.iter().map(place).collect()
    }

    /// Gives every post, by its embedding, its topic.
    ///
    /// # Errors
    /// Fails if an embedding is of another width or not finite.
    pub fn assign(&self, embeddings: &Matrix) -> Result<Vec<Assigned>, InsightError> {
        expect_finite(embeddings)?;
        let places = self.places();
        let mut found = Vec::with_capacity(embeddings.rows());
        for some in embeddings.parts(POSTS_AT_A_TIME) {
            let rows = self.project(&some)?;
            found.extend(
                rows.map_products(&self.directions, |_, cosines| self.assigned(cosines, &places)),
            );
        }
        Ok(found)
    }

    /// Maps embeddings onto the components, each row one long.
    pub(super) fn project(&self, embeddings: &Matrix) -> Result<Matrix, InsightError> {
        if embeddings.rows() == 0 {
            return Ok(Matrix::zeros(0, self.directions.columns()));
        }
        expect_width(embeddings, self.dimension)?;
        expect_finite(embeddings)?;
        let mut rows = self.components.transform(embeddings);
        rows.normalize();
        Ok(rows)
    }

    /// Reads a row of cosines with all parts, given the place of the topic of each.
    fn assigned(&self, parts: &[f32], places: &[usize]) -> Assigned {
        let mut cosines = vec![-1.0f32; self.topics()];
        let mut is_near = vec![false; self.topics()];
        for ((cosine, place), part) in parts.iter().zip(places).zip(&self.parts) {
            cosines[*place] = cosines[*place].max(*cosine);
            is_near[*place] |= *cosine >= part.closeness.within(FARTHEST);
        }
        let mut order: Vec<usize> = (0..cosines.len()).collect();
        let (most, least) = MEMBERSHIPS;
        let nearer = |a: &usize, b: &usize| cosines[*b].total_cmp(&cosines[*a]).then(a.cmp(b));
        if order.len() > most {
            order.select_nth_unstable_by(most, nearer);
            order.truncate(most);
        }
        order.sort_unstable_by(nearer);
        let cosine = order.first().map_or(-1.0, |first| cosines[*first]);
        let weight = |other: f32| ((other - cosine) / TEMPERATURE).exp();
        let sum: f32 = cosines.iter().map(|other| weight(*other)).sum();
        let shares = order.iter().map(|topic| (*topic, weight(cosines[*topic]) / sum));
        let kept = shares.enumerate().filter(|(place, (_, share))| *place == 0 || *share >= least);
        Assigned {
            topic: order.first().copied().filter(|topic| is_near[*topic]),
            memberships: kept.map(|(_, share)| share).collect(),
            cosine,
        }
    }
}

fn expect_width(embeddings: &Matrix, expected: usize) -> Result<(), InsightError> {
    match embeddings.columns() {
        found if found != expected => Err(InsightError::Dimension { found, expected }),
        _ => Ok(()),
    }
}

fn expect_finite(embeddings: &Matrix) -> Result<(), InsightError> {
    for (post, row) in embeddings.iter().enumerate() {
        if let Some(value) = row.iter().copied().find(|value| !value.is_finite()) {
            return Err(InsightError::NotFinite { post, value });
        }
    }
    Ok(())
}

/// Takes at most as many rows as the options say, by chance, in their order.
fn sampled(embeddings: &Matrix, options: &TopicOptions) -> Matrix {
    let posts = embeddings.rows();
    if posts <= options.sample.max(1) {
        return embeddings.clone();
    }
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut rows = sample(&mut random, posts, options.sample.max(1)).into_vec();
    rows.sort_unstable();
    embeddings.select(&rows)
}

/// Sorts topics by the rows assigned to them, those of equal size by number, and leaves out empty ones; gives their numbers and sizes.
fn by_size(assigned: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut sizes = vec![0; assigned.iter().max().map_or(0, |most| most + 1)];
    assigned.iter().for_each(|topic| sizes[*topic] += 1);
    let mut order: Vec<usize> = (0..sizes.len()).filter(|topic| sizes[*topic] > 0).collect();
    order.sort_by(|a, b| sizes[*b].cmp(&sizes[*a]).then(a.cmp(b)));
    let sizes = order.iter().map(|topic| sizes[*topic]).collect();
    (order, sizes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Makes posts about a number of subjects, in turn: a direction each, and noise.
    pub(crate) fn posts(subjects: usize, count: usize, noise: f32) -> Matrix {
        use rand::Rng;
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let columns = 32;
        let centres: Vec<f32> =
            (0..subjects * columns).map(|_| random.random_range(-1.0..1.0)).collect();
        let mut values = Vec::with_capacity(count * columns);
        for post in 0..count {
            let centre = &centres[post % subjects * columns..][..columns];
            values.extend(
                centre.iter().map(|value| value + noise * random.random_range(-1.0..1.0f32)),
            );
        }
        let mut posts = Matrix::new(columns, values);
        posts.normalize();
        posts
    }

    fn options(topics: Option<usize>) -> TopicOptions {
        TopicOptions { topics, ..TopicOptions::default() }
    }

    #[test]
    fn finds_the_subjects_with_and_without_their_number() {
        let posts = posts(7, 700, 0.6);
        for asked in [Some(7), None] {
            let model = TopicModel::fit(&posts, &options(asked)).unwrap();
            assert_eq!(model.sizes(), [100; 7], "{asked:?}");
            let assigned = model.assign(&posts).unwrap();
            for (post, found) in assigned.iter().enumerate() {
                let same = &assigned[post % 7];
                assert!(found.topic.is_none() || found.topic == same.topic || same.topic.is_none());
                let (nearest, membership) = found.memberships[0];
                assert!(found.topic.is_none() || found.topic == Some(nearest));
                assert!(membership > 0.3 && membership <= 1.0 && found.memberships.len() <= 3);
            }
            let outside = assigned.iter().filter(|found| found.topic.is_none()).count();
            assert!(outside <= 7, "{outside}");
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let posts = posts(5, 3000, 1.5);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let model = TopicModel::fit(&posts, &options(None)).unwrap();
                let assigned = model.assign(&posts).unwrap();
                (model, assigned)
            })
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn a_sample_is_enough() {
        let posts = posts(6, 6000, 0.5);
        let model =
            TopicModel::fit(&posts, &TopicOptions { sample: 600, ..options(Some(6)) }).unwrap();
        assert_eq!(model.sizes().iter().sum::<usize>(), 600);
        let assigned = model.assign(&posts).unwrap();
        let first: Vec<Option<usize>> = assigned[..6].iter().map(|found| found.topic).collect();
        let wrong =
            assigned.iter().enumerate().filter(|(post, found)| found.topic != first[post % 6]);
        assert!(wrong.count() < 120);
    }

    #[test]
    fn a_stored_model_is_the_same() {
        let model = TopicModel::fit(&posts(3, 60, 0.5), &options(Some(3))).unwrap();
        let stored = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<TopicModel>(&stored).unwrap(), model);
    }

    #[test]
    fn few_posts_equal_posts_and_more_topics_than_posts() {
        let three = posts(3, 3, 0.0);
        let model = TopicModel::fit(&three, &options(Some(20))).unwrap();
        assert!((1..=3).contains(&model.topics()), "{}", model.topics());
        assert!(TopicModel::fit(&three, &options(None)).unwrap().topics() >= 1);
        let equal = posts(1, 50, 0.0);
        let model = TopicModel::fit(&equal, &options(Some(4))).unwrap();
        assert_eq!(model.sizes(), [50]);
        assert_eq!(model.assign(&equal).unwrap()[0].topic, Some(0));
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        let none = TopicModel::fit(&Matrix::zeros(0, 4), &options(None));
        assert_eq!(none, Err(InsightError::NoPosts));
        assert_eq!(
            TopicModel::fit(&posts(2, 9, 0.1), &options(Some(0))),
            Err(InsightError::Topics(0))
        );
        let broken =
            TopicModel::fit(&Matrix::new(2, vec![1.0, 2.0, 3.0, f32::NAN]), &options(None));
        assert!(matches!(broken, Err(InsightError::NotFinite { post: 1, .. })), "{broken:?}");
        let model = TopicModel::fit(&posts(2, 40, 0.1), &options(Some(2))).unwrap();
        let error = model.assign(&Matrix::zeros(1, 3)).unwrap_err();
        assert_eq!(error, InsightError::Dimension { found: 3, expected: 32 });
        assert!(model.assign(&Matrix::zeros(0, 32)).unwrap().is_empty());
    }
}
