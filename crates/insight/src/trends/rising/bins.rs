//! Bins of a feature, with about as many rows in each.

use serde::{Deserialize, Serialize};

/// Cuts numbers into bins. Bin 0 is for what is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bins {
    /// A bin ends before the cut, the next begins with it.
    cuts: Vec<f64>,
}

impl Bins {
    /// Cuts `values` into bins of at most a `most`-th of those known, but that equal ones are never parted: a frequent one has its own bin.
    pub(super) fn of(values: impl Iterator<Item = f64>, most: usize) -> Self {
        let mut known: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        known.sort_by(f64::total_cmp);
        let full = known.len().div_ceil(most.max(1));
        let (mut cuts, mut held) = (Vec::new(), 0);
        for equal in known.chunk_by(|one, other| one == other) {
            if held > 0 && held + equal.len() > full {
                cuts.push(equal[0]);
                held = 0;
            }
            held += equal.len();
        }
        Self { cuts }
    }

    /// The bin of a number.
    pub(super) fn bin(&self, value: f64) -> usize {
        match value.is_finite() {
            true => 1 + self.cuts.partition_point(|cut| *cut <= value),
            false => 0,
        }
    }

    /// How many bins there are.
    pub(super) fn len(&self) -> usize {
        self.cuts.len() + 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each() {
        let bins = Bins::of([3.0, 1.0, 2.0, 3.0, f64::NAN].into_iter(), 8);
        assert_eq!([0.0, 1.0, 2.0, 2.5, 3.0, 9.0].map(|value| bins.bin(value)), [1, 1, 2, 2, 3, 3]);
        assert_eq!((bins.bin(f64::NAN), bins.len()), (0, 4));
    }

    #[test]
    fn many_values_share_bins_evenly() {
        let bins = Bins::of((0..1000).map(f64::from), 4);
        assert_eq!(
            [0.0, 249.0, 250.0, 749.0, 750.0, 5000.0].map(|v| bins.bin(v)),
            [1, 1, 2, 3, 4, 4]
        );
        assert_eq!(bins.len(), 5);
        // Half of the values are one: it has a bin, the others have two.
        let heavy = Bins::of((0..1000).map(|at| f64::from((at - 500).max(0))), 4);
        assert_eq!(heavy.len(), 4);
    }

    #[test]
    fn nothing_known_is_one_bin() {
        let bins = Bins::of(std::iter::empty(), 4);
        assert_eq!((bins.bin(1.0), bins.bin(f64::NAN), bins.len()), (1, 0, 2));
    }
}
