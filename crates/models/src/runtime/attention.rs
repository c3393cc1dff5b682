//! Attention of the tokens of one text to each other (Vaswani et al. 2017, arXiv:1706.03762).

use crate::runtime::arithmetic::{exp_of_negative, largest, sum};

/// The width of a head. The loops below are written for it.
pub(crate) const HEAD_WIDTH: usize = 32;
/// The number of queries computed together.
const QUERIES: usize = 4;
/// The number of keys computed together.
const KEYS: usize = 16;

/// Holds the buffers of attention between calls.
#[derive(Debug, Default)]
pub(crate) struct AttentionBuffers {
    /// The keys of a head, transposed: `[head width, keys]`.
    keys: Vec<f32>,
    /// The scores of some queries: `[queries, keys]`.
    scores: Vec<f32>,
}

/// Mixes the values of a text: query, key and value side by side, `[tokens, 3 · width]`, to `[tokens, width]`.
///
/// The query is already divided by the root of the width of a head.
#[inline(always)]
pub(crate) fn attend(
    joined: &[f32],
    mixed: &mut [f32],
    width: usize,
    buffers: &mut AttentionBuffers,
) {
    let tokens = mixed.len() / width;
    let padded = tokens.next_multiple_of(KEYS);
    buffers.keys.clear();
    buffers.keys.resize(HEAD_WIDTH * padded, 0.0);
    buffers.scores.clear();
    buffers.scores.resize(QUERIES * padded, 0.0);
    for head in 0..width / HEAD_WIDTH {
        let at = head * HEAD_WIDTH;
        for token in 0..tokens {
            let start = token * 3 * width + width + at;
            for (index, value) in joined[start..start + HEAD_WIDTH].iter().enumerate() {
                buffers.keys[index * padded + token] = *value;
            }
        }
        let mut first = 0;
        while first < tokens {
            let count = QUERIES.min(tokens - first);
            score_queries(joined, width, at, first, count, buffers, padded);
            for query in 0..count {
                let scores = &mut buffers.scores[query * padded..query * padded + tokens];
                let start = (first + query) * width + at;
                if let Some(output) = mixed[start..].first_chunk_mut::<HEAD_WIDTH>() {
                    mix_values(scores, joined, width, at, output);
                }
            }
            first += count;
        }
    }
}

/// Multiplies queries by all keys of a head. A missing query repeats the last one.
#[inline(always)]
fn score_queries(
    joined: &[f32],
    width: usize,
    at: usize,
    first: usize,
    count: usize,
    buffers: &mut AttentionBuffers,
    padded: usize,
) {
    let queries: [&[f32]; QUERIES] = std::array::from_fn(|query| {
        let start = (first + query.min(count - 1)) * 3 * width + at;
        &joined[start..start + HEAD_WIDTH]
    });
    for block in (0..padded).step_by(KEYS) {
        let mut sums = [[0.0f32; KEYS]; QUERIES];
        for (index, keys) in buffers.keys.chunks_exact(padded).enumerate() {
            let Some(keys) = keys[block..].first_chunk::<KEYS>() else { continue };
            for query in 0..QUERIES {
                let value = queries[query][index];
                for key in 0..KEYS {
                    sums[query][key] += value * keys[key];
                }
            }
        }
        for (query, sums) in sums.iter().enumerate() {
            buffers.scores[query * padded + block..query * padded + block + KEYS]
                .copy_from_slice(sums);
        }
    }
}

/// Turns the scores of a query into shares and mixes the values by them.
#[inline(always)]
fn mix_values(
    scores: &mut [f32],
    joined: &[f32],
    width: usize,
    at: usize,
    output: &mut [f32; HEAD_WIDTH],
) {
    let most = largest(scores);
    for score in scores.iter_mut() {
        *score = exp_of_negative(*score - most);
    }
    let inverse = 1.0 / sum(scores);
    let mut mixed = [0.0f32; HEAD_WIDTH];
    for (token, score) in scores.iter().enumerate() {
        let start = token * 3 * width + 2 * width + at;
        let Some(values) = joined[start..].first_chunk::<HEAD_WIDTH>() else { continue };
        for index in 0..HEAD_WIDTH {
            mixed[index] += score * values[index];
        }
    }
    for (value, mixed) in output.iter_mut().zip(mixed) {
        *value = mixed * inverse;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computes attention by its definition in double precision.
    fn reference(joined: &[f32], tokens: usize, width: usize) -> Vec<f64> {
        let mut mixed = vec![0.0; tokens * width];
        for head in 0..width / HEAD_WIDTH {
            for query in 0..tokens {
                let at = |token: usize, part: usize, index: usize| {
                    f64::from(joined[token * 3 * width + part * width + head * HEAD_WIDTH + index])
                };
                let scores: Vec<f64> = (0..tokens)
                    .map(|key| {
                        (0..HEAD_WIDTH).map(|i| at(query, 0, i) * at(key, 1, i)).sum::<f64>().exp()
                    })
                    .collect();
                let total: f64 = scores.iter().sum();
                for index in 0..HEAD_WIDTH {
                    mixed[query * width + head * HEAD_WIDTH + index] =
                        (0..tokens).map(|key| scores[key] / total * at(key, 2, index)).sum();
                }
            }
        }
        mixed
    }

    #[test]
    fn agrees_with_the_definition_for_every_remainder() {
        let width = 2 * HEAD_WIDTH;
        let mut buffers = AttentionBuffers::default();
        for tokens in [1, 2, 5, 16, 19, 33] {
            let joined: Vec<f32> = (0..tokens * 3 * width)
                .map(|i| ((i * 7919 + tokens) % 199) as f32 / 100.0 - 1.0)
                .collect();
            let mut mixed = vec![0.0; tokens * width];
            attend(&joined, &mut mixed, width, &mut buffers);
            for (value, exact) in mixed.iter().zip(reference(&joined, tokens, width)) {
                assert!((f64::from(*value) - exact).abs() < 1e-5, "{tokens}: {value} {exact}");
            }
        }
    }
}
