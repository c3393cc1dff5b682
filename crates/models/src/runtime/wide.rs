//! The wide parts of all heads, side by side.

use std::ops::Range;

use crate::architectures::{run_rows, run_weight};
use crate::error::ModelError;
use crate::onnx::HeadParameters;

/// Holds the tables of all heads, so that a run of pieces touches memory once; it does not change and is shared by threads.
#[derive(Debug, Default)]
pub(crate) struct Wide {
    /// `[rows, columns]`: a column per label of every head with a table.
    bytes: Vec<i8>,
    /// The scale of every column.
    scales: Vec<f32>,
    /// The columns of every head; none of one without a table.
    columns: Vec<Range<usize>>,
}

impl Wide {
    /// Moves the tables out of the heads.
    ///
    /// # Errors
    /// Fails if the tables have different numbers of rows.
    pub(crate) fn take_from(heads: &mut [HeadParameters]) -> Result<Self, ModelError> {
        let mut wide = Self::default();
        let mut tables = Vec::new();
        for head in heads.iter_mut() {
            let start = wide.scales.len();
            if let Some(table) = head.wide.take() {
                wide.scales.extend(&table.scales);
                tables.push((head.task.as_str(), table));
            }
            wide.columns.push(start..wide.scales.len());
        }
        let Some((_, first)) = tables.first() else { return Ok(wide) };
        if let Some((task, table)) = tables.iter().find(|(_, table)| table.rows != first.rows) {
            return Err(ModelError::Invalid(format!(
                "the wide part of `{task}` has `{}` rows, that of another task `{}`; learn them with one number of rows",
                table.rows, first.rows
            )));
        }
        wide.bytes.reserve(first.rows * wide.scales.len());
        for row in 0..first.rows {
            for (_, table) in &tables {
                let labels = table.scales.len();
                wide.bytes.extend_from_slice(&table.values[row * labels..][..labels]);
            }
        }
        Ok(wide)
    }

    /// Appends to the vector of a text the scores of all columns, given the ids of its pieces. Sums of bytes are exact.
    pub(crate) fn append_scores(&self, ids: &[u32], vector: &mut Vec<f32>) {
        let columns = self.scales.len();
        if columns == 0 {
            return;
        }
        let mut sums = vec![0i32; columns];
        for row in run_rows(ids, self.bytes.len() / columns) {
            for (sum, byte) in sums.iter_mut().zip(&self.bytes[row * columns..]) {
                *sum += i32::from(*byte);
            }
        }
        let weight = run_weight(ids.len());
        vector
            .extend(sums.iter().zip(&self.scales).map(|(sum, scale)| *sum as f32 * scale * weight));
    }

    /// Gives those of the appended scores that belong to a head.
    pub(crate) fn of_head<'a>(&self, head: usize, appended: &'a [f32]) -> &'a [f32] {
        &appended[self.columns[head].clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::LabelKind;
    use crate::onnx::WideParameters;

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
        let tables = [table(7, 2), table(7, 3)];
        let [first, second] = tables.clone();
        let mut heads = [head("a", Some(first)), head("b", None), head("c", Some(second))];
        let wide = Wide::take_from(&mut heads).unwrap();
        let mut vector = vec![9.0];
        wide.append_scores(&[4, 0, 6], &mut vector);
        assert_eq!(vector.len(), 1 + 5);
        for (number, table) in [(0, &tables[0]), (2, &tables[1])] {
            let labels = table.scales.len();
            for (label, score) in wide.of_head(number, &vector[1..]).iter().enumerate() {
                let values = run_rows(&[4, 0, 6], 7).map(|row| table.values[row * labels + label]);
                let sum: i32 = values.map(i32::from).sum();
                assert_eq!(*score, sum as f32 * table.scales[label] * run_weight(3));
            }
        }
        assert!(wide.of_head(1, &vector[1..]).is_empty());
    }

    #[test]
    fn tables_of_different_sizes_are_refused() {
        let mut heads = [head("a", Some(table(7, 2))), head("b", Some(table(11, 2)))];
        let error = Wide::take_from(&mut heads).unwrap_err().to_string();
        assert!(error.contains("`b` has `11` rows") && error.contains("`7`"), "{error}");
    }
}
