//! Turns rows of `bucket, label, posts` into one series for each label.

use super::{Table, numbers};
use std::collections::BTreeMap;

/// Holds counts by bar and label.
pub(super) struct Pivot {
    /// Labels, in the order in which they are shown.
    pub labels: Vec<String>,
    /// Counts: one list for each label, one number for each bar.
    pub counts: Vec<Vec<i64>>,
}

impl Pivot {
    /// Reads rows of `bucket, <label>, posts` onto the bars that begin at `starts`.
    ///
    /// Labels of `first` come first, in its order; the others follow, most frequent first.
    pub(super) fn new(table: &Table, starts: &[i64], first: &[&str]) -> Self {
        let label_column = table.columns.get(1).map_or("", String::as_str);
        let mut by_label: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for row in 0..table.rows.len() {
            let (Some(start), Some(label)) =
                (table.time(row, "bucket"), table.text(row, label_column))
            else {
                continue;
            };
            let Ok(bar) = starts.binary_search(&start) else { continue };
            let counts = by_label.entry(label).or_insert_with(|| vec![0; starts.len()]);
            counts[bar] += table.count(row, "posts");
        }
        let mut series: Vec<(&str, Vec<i64>)> = by_label.into_iter().collect();
        let rank = |label: &str| first.iter().position(|f| *f == label).unwrap_or(first.len());
        // The sort is stable, so equal counts stay in the order of their names.
        series.sort_by_key(|(label, counts)| (rank(label), -counts.iter().sum::<i64>()));
        let labels = series.iter().map(|(label, _)| (*label).to_owned()).collect();
        Self { labels, counts: series.into_iter().map(|(_, counts)| counts).collect() }
    }

    /// Sums the counts of all labels in a bar.
    pub(super) fn bar_total(&self, bar: usize) -> i64 {
        self.counts.iter().filter_map(|counts| counts.get(bar)).sum()
    }

    /// Sums the counts of a label over all bars.
    pub(super) fn label_total(&self, label: usize) -> i64 {
        self.counts.get(label).map_or(0, |counts| counts.iter().sum())
    }

    /// Sums all counts.
    pub(super) fn total(&self) -> i64 {
        self.counts.iter().flatten().sum()
    }

    /// Returns the share of a label in each bar, 0 where a bar has no posts.
    pub(super) fn shares(&self, label: usize) -> Vec<f64> {
        let counts = self.counts.get(label).map_or(&[][..], Vec::as_slice);
        let share = |(bar, count): (usize, &i64)| numbers::share(*count, self.bar_total(bar));
        counts.iter().enumerate().map(|pair| share(pair).unwrap_or(0.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    #[test]
    fn labels_become_series_over_all_bars() {
        let row = |start, label: &str, posts| {
            vec![Cell::Time(start), Cell::Text(label.into()), Cell::Integer(posts)]
        };
        let table = Table {
            columns: ["bucket", "emotion", "posts"].map(String::from).to_vec(),
            rows: vec![
                row(0, "joy", 1),
                row(0, "anger", 3),
                row(20, "fear", 4),
                row(20, "neutral", 1),
            ],
        };
        let pivot = Pivot::new(&table, &[0, 10, 20], &["neutral"]);
        assert_eq!(pivot.labels, ["neutral", "fear", "anger", "joy"]);
        assert_eq!(pivot.counts[1], [0, 0, 4]);
        assert_eq!((pivot.bar_total(0), pivot.bar_total(1), pivot.total()), (4, 0, 9));
        assert_eq!(pivot.shares(2), [0.75, 0.0, 0.0]);
        assert_eq!(pivot.label_total(0), 1);
    }
}
