//! The wide parts of all heads, side by side.

use std::ops::Range;

use crate::architectures::{run_rows, run_weight};
use crate::onnx::{HeadParameters, WideParameters};

/// Holds the tables of all heads; it does not change and is shared by threads.
#[derive(Debug, Default)]
pub(crate) struct Wide {
    tables: Vec<SideBySide>,
    /// The scores of every head among those of all tables; none of one without a table.
    scores: Vec<Range<usize>>,
}

/// Holds the tables of one number of rows, so that a run of pieces touches memory once.
#[derive(Debug)]
struct SideBySide {
    rows: usize,
    /// `[rows, columns]`: a column per label of every head.
    bytes: Vec<i8>,
    /// The scale of every column.
    scales: Vec<f32>,
}

impl Wide {
    /// Moves the tables out of the heads.
    pub(crate) fn take_from(heads: &mut [HeadParameters]) -> Self {
        let mut left: Vec<(usize, WideParameters)> = Vec::new();
        for (number, head) in heads.iter_mut().enumerate() {
            left.extend(head.wide.take().map(|table| (number, table)));
        }
        let mut wide = Self { tables: Vec::new(), scores: vec![0..0; heads.len()] };
        let mut end = 0;
        while let Some(rows) = left.first().map(|(_, table)| table.rows) {
            let (of_size, others) = left.into_iter().partition(|(_, table)| table.rows == rows);
            left = others;
            for (number, table) in &of_size {
                wide.scores[*number] = end..end + table.scales.len();
                end += table.scales.len();
            }
            wide.tables.push(SideBySide::of(rows, &of_size));
        }
        wide
    }

    /// Appends to the vector of a text the scores of all tables, given the ids of its pieces. Sums of bytes are exact.
    pub(crate) fn append_scores(&self, ids: &[u32], vector: &mut Vec<f32>) {
        let weight = run_weight(ids.len());
        for table in &self.tables {
            let columns = table.scales.len();
            let mut sums = vec![0i32; columns];
            for row in run_rows(ids, table.rows) {
                for (sum, byte) in sums.iter_mut().zip(&table.bytes[row * columns..]) {
                    *sum += i32::from(*byte);
                }
            }
            let scores = sums.iter().zip(&table.scales);
            vector.extend(scores.map(|(sum, scale)| *sum as f32 * scale * weight));
        }
    }

    /// Gives those of the appended scores that belong to a head.
    pub(crate) fn of_head<'a>(&self, head: usize, appended: &'a [f32]) -> &'a [f32] {
        &appended[self.scores[head].clone()]
    }
}

impl SideBySide {
    fn of(rows: usize, tables: &[(usize, WideParameters)]) -> Self {
        let scales: Vec<f32> =
            tables.iter().flat_map(|(_, table)| &table.scales).copied().collect();
        let mut bytes = Vec::with_capacity(rows * scales.len());
        for row in 0..rows {
            for (_, table) in tables {
                let labels = table.scales.len();
                bytes.extend_from_slice(&table.values[row * labels..][..labels]);
            }
        }
        Self { rows, bytes, scales }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::LabelKind;

    fn head(task: &str, wide: Option<WideParameters>) -> HeadParameters {
        HeadParameters {
            task: task.to_owned(),
            labels: Vec::new(),
            kind: LabelKind::Single,
            dense: Vec::new(),
            dense_bias: Vec::new(),
            out: Vec::new(),
            out_bias: Vec::new(),
            wide,
        }
    }

    fn table(rows: usize, labels: usize) -> WideParameters {
        let values = (0..rows * labels).map(|value| (value * 37 % 255) as u8 as i8);
        WideParameters {
            rows,
            values: values.collect(),
            scales: vec![0.5, 0.25, 2.0][..labels].to_vec(),
        }
    }

    #[test]
    fn every_head_gets_the_sum_of_its_own_rows() {
        let tables = [table(7, 2), table(11, 1), table(7, 3)];
        let [first, second, third] = tables.clone();
        let mut heads = [
            head("a", Some(first)),
            head("b", None),
            head("c", Some(second)),
            head("d", Some(third)),
        ];
        let wide = Wide::take_from(&mut heads);
        let mut vector = vec![9.0];
        wide.append_scores(&[4, 0, 6], &mut vector);
        assert_eq!(vector.len(), 1 + 6);
        for (number, table) in [(0, &tables[0]), (2, &tables[1]), (3, &tables[2])] {
            let labels = table.scales.len();
            let scores = wide.of_head(number, &vector[1..]);
            assert_eq!(scores.len(), labels);
            for (label, score) in scores.iter().enumerate() {
                let rows = run_rows(&[4, 0, 6], table.rows);
                let values = rows.map(|row| table.values[row * labels + label]);
                let sum: i32 = values.map(i32::from).sum();
                assert_eq!(*score, sum as f32 * table.scales[label] * run_weight(3));
            }
        }
        assert!(wide.of_head(1, &vector[1..]).is_empty());
    }
}
