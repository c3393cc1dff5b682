//! The downhill simplex method: Nelder and Mead 1965.

/// Finds where a function of a few numbers within bounds is least, from a start.
pub(super) fn minimum<const N: usize>(
    start: [f64; N],
    least: [f64; N],
    most: [f64; N],
    function: impl Fn([f64; N]) -> f64,
) -> [f64; N] {
    const ROUNDS: usize = 60;
    let bounded = |mut at: [f64; N]| {
        for (value, (least, most)) in at.iter_mut().zip(least.iter().zip(&most)) {
            *value = value.clamp(*least, *most);
        }
        at
    };
    let valued = |at: [f64; N]| {
        let at = bounded(at);
        let value = function(at);
        (at, if value.is_finite() { value } else { f64::MAX })
    };
    let mut corners = vec![valued(start)];
    for axis in 0..N {
        let mut at = start;
        let step = 0.25 * (most[axis] - least[axis]);
        at[axis] += if at[axis] + step <= most[axis] { step } else { -step };
        corners.push(valued(at));
    }
    for _ in 0..ROUNDS * N {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let worst = corners[N];
        if worst.1 - corners[0].1 <= 1e-8 * corners[0].1.abs() {
            break;
        }
        let mut middle = [0.0; N];
        for corner in &corners[..N] {
            middle.iter_mut().zip(corner.0).for_each(|(sum, value)| *sum += value / N as f64);
        }
        // A way from the middle, away from the worst corner.
        let way = |part: f64| {
            valued(std::array::from_fn(|axis| middle[axis] + part * (middle[axis] - worst.0[axis])))
        };
        let reflected = way(1.0);
        let better = if reflected.1 < corners[0].1 {
            let expanded = way(2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < corners[N - 1].1 {
            reflected
        } else {
            way(if reflected.1 < worst.1 { 0.5 } else { -0.5 })
        };
        if better.1 < worst.1 {
            corners[N] = better;
            continue;
        }
        let best = corners[0].0;
        for corner in &mut corners[1..] {
            *corner = valued(std::array::from_fn(|axis| (best[axis] + corner.0[axis]) / 2.0));
        }
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners[0].0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_found_within_bounds() {
        let found = minimum([0.0, 0.0], [-5.0, -5.0], [5.0, 5.0], |[x, y]| {
            (1.0 - x).powi(2) + 10.0 * (y - x * x).powi(2)
        });
        assert!(found.iter().all(|value| (value - 1.0).abs() < 0.05), "{found:?}");
        let bound = minimum([0.5], [0.1], [0.9], |[x]| x);
        assert!((bound[0] - 0.1).abs() < 1e-3);
    }
}
