//! Causes: what the excess of a spike is made of.
//!
//! A post has facts: its hashtags, terms, story, author. A fact explains a spike as far as more posts have it than before. Facts go together
//! (a hashtag and the words beside it), so each post is counted for one cause only, the strongest it has: the shares of all causes and of the
//! rest add up to one.

use std::collections::HashMap;

/// Least log-likelihood ratio of a cause: chance gives more once in a thousand times (chi-squared of one degree of freedom).
const LEAST_RATIO: f64 = 10.83;

/// Least part of the excess that is worth naming.
const LEAST_SHARE: f64 = 0.02;

/// Is a post beside a spike: whether it lies in it or before it, and its facts by their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Whether it lies in the spike; else in the time before that it is compared with.
    pub is_inside: bool,
    /// Its facts; one that stands twice counts once.
    pub facts: Vec<u32>,
}

/// Is a fact that explains a part of the excess.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cause {
    /// The fact.
    pub fact: u32,
    /// Posts of the spike that have it, without those of stronger causes.
    pub posts: usize,
    /// How many were expected.
    pub expected: f64,
    /// Its part of the excess, 0 to 1 (above 1 if other posts became fewer).
    pub share: f64,
    /// How much more frequent it is among the posts of the spike than before, in twice the nats (Dunning 1993).
    pub log_likelihood_ratio: f64,
}

/// Is what a spike is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Causes {
    /// Posts beyond those expected.
    pub excess: f64,
    /// The causes, the strongest first.
    pub causes: Vec<Cause>,
    /// The part of the excess that none of them explains; with their shares it makes 1.
    pub rest: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    inside: usize,
    before: usize,
}

impl Counts {
    fn add(&mut self, is_inside: bool) {
        match is_inside {
            true => self.inside += 1,
            false => self.before += 1,
        }
    }

    fn remove(&mut self, is_inside: bool) {
        match is_inside {
            true => self.inside -= 1,
            false => self.before -= 1,
        }
    }
}

/// Finds up to `most` causes of a spike. `scale` says how many posts are expected for one before: the length of the spike over that of the
/// time before. Without an excess there is no cause.
///
/// The first cause is the fact with the greatest log-likelihood ratio (Dunning 1993) of those that became more frequent; its posts are set
/// aside, and the next is sought in what is left, up to the first that could be chance; what explains less than 2 % is passed over. Of equal ones the lower number comes first.
pub fn causes(posts: &[Facts], scale: f64, most: usize) -> Causes {
    let mut left = Counts::default();
    posts.iter().for_each(|post| left.add(post.is_inside));
    let total = left;
    let excess = total.inside as f64 - scale * total.before as f64;
    let mut found = Causes { excess, causes: Vec::new(), rest: 1.0 };
    if excess <= 0.0 {
        return found;
    }
    let mut counts: HashMap<u32, Counts> = HashMap::new();
    let mut posts_of: HashMap<u32, Vec<usize>> = HashMap::new();
    for (at, post) in posts.iter().enumerate() {
        for fact in distinct(&post.facts) {
            counts.entry(fact).or_default().add(post.is_inside);
            posts_of.entry(fact).or_default().push(at);
        }
    }
    let mut is_explained = vec![false; posts.len()];
    while found.causes.len() < most {
        let ratios = counts.iter().map(|(fact, counts)| (ratio(*counts, left), *fact));
        let strongest = ratios.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((ratio, fact)) = strongest.filter(|(ratio, _)| *ratio >= LEAST_RATIO) else {
            break;
        };
        let own = counts[&fact];
        let expected = scale * own.before as f64;
        let share = (own.inside as f64 - expected) / excess;
        if share < LEAST_SHARE {
            counts.remove(&fact);
            continue;
        }
        let cause = Cause { fact, posts: own.inside, expected, share, log_likelihood_ratio: ratio };
        found.causes.push(cause);
        found.rest -= share;
        for at in &posts_of[&fact] {
            if std::mem::replace(&mut is_explained[*at], true) {
                continue;
            }
            let post = &posts[*at];
            left.remove(post.is_inside);
            for fact in distinct(&post.facts) {
                if let Some(counts) = counts.get_mut(&fact) {
                    counts.remove(post.is_inside);
                }
            }
        }
        counts.remove(&fact);
    }
    found
}

fn distinct(facts: &[u32]) -> Vec<u32> {
    let mut facts = facts.to_vec();
    facts.sort_unstable();
    facts.dedup();
    facts
}

/// Gives the log-likelihood ratio of a fact against equal frequency in both times; 0 where it became less frequent (Dunning 1993, "Accurate
/// methods for the statistics of surprise and coincidence").
fn ratio(counts: Counts, total: Counts) -> f64 {
    let (inside, before) = (counts.inside as f64, counts.before as f64);
    let (all_inside, all_before) = (total.inside as f64, total.before as f64);
    if inside * all_before <= before * all_inside && before > 0.0 || inside == 0.0 {
        return 0.0;
    }
    let share = (inside + before) / (all_inside + all_before);
    let term = |observed: f64, expected: f64| match observed > 0.0 {
        true => observed * (observed / expected).ln(),
        false => 0.0,
    };
    2.0 * (term(inside, all_inside * share)
        + term(before, all_before * share)
        + term(all_inside - inside, all_inside * (1.0 - share))
        + term(all_before - before, all_before * (1.0 - share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts(groups: &[(usize, bool, &[u32])]) -> Vec<Facts> {
        let group = |(posts, is_inside, facts): &(usize, bool, &[u32])| {
            vec![Facts { is_inside: *is_inside, facts: facts.to_vec() }; *posts]
        };
        groups.iter().flat_map(group).collect()
    }

    #[test]
    fn shares_add_up_and_a_post_counts_for_one_cause() {
        // As long as the time before; 1 and 2 always go together, 9 is everywhere.
        let posts = posts(&[
            (60, true, &[1, 2, 9]),
            (50, true, &[3, 9]),
            (20, true, &[9, 9]),
            (5, false, &[3, 9]),
            (15, false, &[9]),
        ]);
        let found = causes(&posts, 1.0, 5);
        assert_eq!(found.excess, 110.0);
        let [first, second] = found.causes[..] else { panic!("{found:?}") };
        assert_eq!((first.fact, first.posts, first.expected), (1, 60, 0.0));
        assert_eq!((second.fact, second.posts, second.expected), (3, 50, 5.0));
        let shares: f64 = found.causes.iter().map(|cause| cause.share).sum();
        assert!((shares + found.rest - 1.0).abs() < 1e-12, "{found:?}");
        assert!(first.log_likelihood_ratio > second.log_likelihood_ratio);
    }

    #[test]
    fn a_time_before_that_is_longer_expects_less() {
        let posts = posts(&[(20, true, &[1]), (20, true, &[2]), (200, false, &[2])]);
        let found = causes(&posts, 0.1, 5);
        assert_eq!(found.excess, 20.0);
        assert_eq!(found.causes.len(), 1);
        assert_eq!((found.causes[0].fact, found.causes[0].share, found.rest), (1, 1.0, 0.0));
    }

    #[test]
    fn without_an_excess_nothing_is_explained() {
        let less = posts(&[(5, true, &[1]), (50, false, &[2])]);
        assert_eq!(causes(&less, 1.0, 5), Causes { excess: -45.0, causes: vec![], rest: 1.0 });
        assert!(causes(&[], 1.0, 5).causes.is_empty());
        // Twice as much of everything.
        let more =
            posts(&[(40, true, &[1]), (40, true, &[2]), (20, false, &[1]), (20, false, &[2])]);
        let found = causes(&more, 1.0, 5);
        assert_eq!((found.causes.len(), found.rest), (0, 1.0));
    }

    #[test]
    fn the_ratio_is_the_published_one() {
        // The first row of Dunning's table of bigrams, "the swiss": 110, 2,442, 111 and 29,114 give 270.72.
        let counts = Counts { inside: 110, before: 111 };
        let total = Counts { inside: 2_552, before: 29_225 };
        assert!((ratio(counts, total) - 270.72).abs() < 0.005, "{}", ratio(counts, total));
    }
}
