//! Sums over slices in lanes: the loops vectorise, and the order of the additions does not depend on the machine.

/// How many partial sums a dot product keeps.
const LANES: usize = 16;

/// Gives the dot product of two slices of one length.
#[inline]
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let (left_whole, left_rest) = left.as_chunks::<LANES>();
    let (right_whole, right_rest) = right.as_chunks::<LANES>();
    let mut lanes = [0.0f32; LANES];
    for (left, right) in left_whole.iter().zip(right_whole) {
        for lane in 0..LANES {
            lanes[lane] += left[lane] * right[lane];
        }
    }
    let mut total: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    total += lanes[0];
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_whole_lanes_and_the_rest() {
        for length in [0, 1, 7, 16, 33, 100] {
            let left: Vec<f32> = (0..length).map(|index| index as f32).collect();
            let expected: f32 = left.iter().map(|value| value * 2.0).sum();
            assert_eq!(dot(&left, &vec![2.0; length]), expected);
        }
    }
}
