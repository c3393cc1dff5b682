//! Bursts of a whole stream, by the automata of Kleinberg 2002, "Bursty and Hierarchical Structure in Streams".

use crate::InsightError;

/// Says how the automaton is built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurstOptions {
    /// By which factor rates grow from state to state, over 1.
    pub factor: f64,
    /// What it costs to climb.
    pub gamma: f64,
    /// The number of states at most.
    pub states: usize,
}

impl Default for BurstOptions {
    fn default() -> Self {
        Self { factor: 2.0, gamma: 1.0, states: 25 }
    }
}

/// Is a time spent in a state or a higher one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    /// The state, 1 and more.
    pub level: usize,
    /// The first of its gaps or batches.
    pub start: usize,
    /// The last of them.
    pub end: usize,
    /// How much cheaper, in nats, its state explains them than the one below.
    pub weight: f64,
}

/// Finds bursts among the gaps between events: the more frequent the events, the higher the state. Gap i lies between the events i and i + 1.
///
/// # Errors
/// Fails if times are not in order, if two are equal, and if an option is out of bounds.
pub fn continuous(times: &[f64], options: &BurstOptions) -> Result<Vec<Burst>, InsightError> {
    checked(options)?;
    let gaps: Vec<f64> = times.windows(2).map(|two| two[1] - two[0]).collect();
    if let Some(at) = gaps.iter().position(|gap| gap.is_nan() || *gap <= 0.0) {
        return Err(InsightError::EventsNotInOrder { event: at + 1 });
    }
    if gaps.is_empty() {
        return Ok(Vec::new());
    }
    let n = gaps.len() as f64;
    let total: f64 = gaps.iter().sum();
    let shortest = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    // No gap can ask for a higher state than this.
    let needed =
        1.0 + (total.ln() / options.factor.ln() - shortest.ln() / options.factor.ln()).ceil();
    let states = (needed.max(1.0) as usize).min(options.states);
    let rate = |state: usize| options.factor.powi(state as i32) * n / total;
    let cost = |at: usize, state: usize| rate(state) * gaps[at] - rate(state).ln();
    Ok(found(gaps.len(), states, options.gamma * n.ln(), cost))
}

/// Finds bursts among batches, of each of which so many of so many events are relevant.
///
/// # Errors
/// Fails if a batch has more relevant events than events, and if an option is out of bounds.
pub fn batched(batches: &[(u64, u64)], options: &BurstOptions) -> Result<Vec<Burst>, InsightError> {
    checked(options)?;
    if let Some(batch) = batches.iter().position(|(relevant, all)| relevant > all) {
        let (relevant, all) = batches[batch];
        return Err(InsightError::MoreRelevantThanAll { batch, relevant, all });
    }
    let [relevant, all] =
        batches.iter().fold([0, 0], |sum, (relevant, all)| [sum[0] + relevant, sum[1] + all]);
    if relevant == 0 {
        return Ok(Vec::new());
    }
    let share = |state: usize| relevant as f64 / all as f64 * options.factor.powi(state as i32);
    // A state whose share is 1 and more cannot be.
    let states = (1..options.states).take_while(|state| share(*state) < 1.0).count() + 1;
    // The number of ways to choose the relevant ones is the same in every state.
    let cost = |at: usize, state: usize| {
        let (relevant, all) = (batches[at].0 as f64, batches[at].1 as f64);
        let share = share(state);
        let rest = if all > relevant { (all - relevant) * (1.0 - share).ln() } else { 0.0 };
        -(relevant * share.ln() + rest)
    };
    Ok(found(batches.len(), states, options.gamma * (batches.len() as f64).ln(), cost))
}

fn checked(options: &BurstOptions) -> Result<(), InsightError> {
    let are_numbers = options.factor.is_finite() && options.gamma.is_finite();
    match are_numbers && options.factor > 1.0 && options.gamma >= 0.0 && options.states > 0 {
        true => Ok(()),
        false => Err(InsightError::BurstOptions { factor: options.factor, gamma: options.gamma }),
    }
}

/// Finds the cheapest path through the states (Viterbi 1967), and the bursts on it.
fn found(n: usize, states: usize, climb: f64, cost: impl Fn(usize, usize) -> f64) -> Vec<Burst> {
    let mut costs = vec![f64::INFINITY; states];
    costs[0] = 0.0;
    let mut from = vec![vec![0; states]; n];
    for (at, from) in from.iter_mut().enumerate() {
        let mut next = vec![f64::INFINITY; states];
        for to in 0..states {
            let through = |before: usize| costs[before] + to.saturating_sub(before) as f64 * climb;
            let best = (0..states).min_by(|a, b| through(*a).total_cmp(&through(*b))).unwrap_or(0);
            from[to] = best;
            next[to] = through(best) + cost(at, to);
        }
        costs = next;
    }
    let mut path = vec![0; n];
    let mut state = (0..states).min_by(|a, b| costs[*a].total_cmp(&costs[*b])).unwrap_or(0);
    for at in (0..n).rev() {
        path[at] = state;
        state = from[at][state];
    }
    let mut bursts: Vec<Burst> = Vec::new();
    for level in 1..states {
        let mut at = 0;
        while at < n {
            let length = path[at..].iter().take_while(|state| **state >= level).count();
            if length > 0 {
                let end = at + length - 1;
                let weight = (at..=end).map(|at| cost(at, level - 1) - cost(at, level)).sum();
                bursts.push(Burst { level, start: at, end, weight });
            }
            at += length + 1;
        }
    }
    bursts.sort_by_key(|burst| (burst.start, burst.level));
    bursts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_in_quick_succession_are_a_burst() {
        let mut times: Vec<f64> = (0..20).map(|at| at as f64 * 10.0).collect();
        times.extend((0..20).map(|at| 195.0 + at as f64 * 0.5));
        times.extend((0..20).map(|at| 215.0 + at as f64 * 10.0));
        let bursts = continuous(&times, &BurstOptions::default()).unwrap();
        let first = &bursts[0];
        assert_eq!((first.level, first.start, first.end), (1, 20, 38), "{bursts:?}");
        assert!(bursts.iter().all(|burst| burst.start >= 19 && burst.end <= 39));
        assert!(first.weight > 0.0);
    }

    #[test]
    fn a_share_that_rises_is_a_burst() {
        let batches: Vec<(u64, u64)> =
            (0..30).map(|at| (if (10..14).contains(&at) { 40 } else { 5 }, 100)).collect();
        let bursts = batched(&batches, &BurstOptions::default()).unwrap();
        assert_eq!((bursts[0].level, bursts[0].start, bursts[0].end), (1, 10, 13), "{bursts:?}");
        // Of 100 posts 5 or 40 are relevant, in all 290 of 3000: the state above is twice that.
        let share = [290.0 / 3000.0, 580.0 / 3000.0f64];
        let cost = |share: f64| -(40.0 * share.ln() + 60.0 * (1.0 - share).ln());
        assert!((bursts[0].weight - 4.0 * (cost(share[0]) - cost(share[1]))).abs() < 1e-9);
    }

    #[test]
    fn odd_streams_have_clear_ends() {
        let options = BurstOptions::default();
        assert_eq!(continuous(&[], &options).unwrap(), []);
        assert_eq!(continuous(&[1.0], &options).unwrap(), []);
        assert_eq!(batched(&[], &options).unwrap(), []);
        assert_eq!(batched(&[(0, 5), (0, 0)], &options).unwrap(), []);
        assert!(batched(&[(5, 5), (3, 3)], &options).unwrap().is_empty());
        let refused = continuous(&[1.0, 3.0, 2.0], &options).unwrap_err().to_string();
        assert!(refused.contains("event `2`"), "{refused}");
        let refused = batched(&[(1, 2), (3, 2)], &options).unwrap_err().to_string();
        assert!(refused.contains("batch `1`") && refused.contains("`3` of `2`"), "{refused}");
        let flat = BurstOptions { factor: 1.0, ..options };
        assert!(continuous(&[1.0, 2.0], &flat).is_err());
    }
}
