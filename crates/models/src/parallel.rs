//! Spreads work over all cores, for whoever is no query: a query has threads of its own.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

/// How many items a part has, at most.
const MOST: usize = 512;

/// Works on parts of some hundred items, on a thread per core, and gives the results in the order of the items.
///
/// # Errors
/// Fails with the error of the first part, in their order, that `work` fails on.
pub fn on_all_cores<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&[T]) -> Result<Vec<R>, E> + Sync,
) -> Result<Vec<R>, E> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    // Few items are shared out evenly, too.
    let size = items.len().div_ceil(cores).clamp(1, MOST);
    let parts: Vec<&[T]> = items.chunks(size).collect();
    let (next, parts, work) = (AtomicUsize::new(0), &parts, &work);
    let take = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(index) else { return done };
            done.push((index, work(part)));
        }
    };
    let mut done: Vec<(usize, Result<Vec<R>, E>)> = scope(|scope| {
        let threads: Vec<_> = (0..cores.min(parts.len())).map(|_| scope.spawn(take)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    let mut results = Vec::with_capacity(items.len());
    for (_, part) in done {
        results.extend(part?);
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        let doubled = |part: &[usize]| Ok::<_, ()>(part.iter().map(|item| 2 * item).collect());
        for count in [0, 1, 7, 9000] {
            let items: Vec<usize> = (0..count).collect();
            let found: Vec<usize> = on_all_cores(&items, doubled).unwrap();
            assert_eq!(found, items.iter().map(|item| 2 * item).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_is_told() {
        let items: Vec<usize> = (0..9000).collect();
        let high = |part: &[usize]| match part.iter().find(|item| **item > 5000) {
            Some(item) => Err(*item),
            None => Ok(part.to_vec()),
        };
        assert_eq!(on_all_cores(&items, high), Err(5001));
    }
}
