//! What is scored: the true labels of texts and the probabilities a model gave them.

use crate::error::ModelError;

/// How far the probabilities of a text may sum from 1.
const TOLERANCE: f64 = 1e-3;

/// Holds checked predictions of a single-label task, with all that does not depend on which texts are looked at. Scores of a
/// part of the texts, or of texts drawn repeatedly, then cost one pass without sorting.
#[derive(Clone, Debug)]
pub struct Predictions {
    labels: Vec<String>,
    truth: Vec<usize>,
    guesses: Vec<usize>,
    confidences: Vec<f64>,
    losses: Vec<f64>,
    squares: Vec<f64>,
    rankings: Vec<Ranking>,
}

/// Holds the texts in the order of the probability of one label, lowest first.
#[derive(Clone, Debug)]
pub(super) struct Ranking {
    /// Indexes of the texts.
    pub(super) texts: Vec<usize>,
    /// Where each run of equal probabilities ends (exclusive), as positions in `texts`.
    pub(super) ends: Vec<usize>,
}

impl Predictions {
    /// Checks true classes (one index per text) and probabilities (one row per text, one column per label).
    ///
    /// The predicted label is the one with the largest probability, of equal ones the first.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when there are no texts, fewer than two labels or one of them twice, when the lengths differ, when
    /// a true class is no index of a label, or when a row is no distribution: a value that is not finite or not within 0..1, or
    /// a sum further than 0.001 from 1.
    pub fn new(
        truth: &[usize],
        probabilities: &[Vec<f32>],
        labels: &[String],
    ) -> Result<Self, ModelError> {
        check_labels(labels)?;
        check_lengths(truth.len(), probabilities.len())?;
        let mut guesses = Vec::with_capacity(truth.len());
        let mut confidences = Vec::with_capacity(truth.len());
        let mut losses = Vec::with_capacity(truth.len());
        let mut squares = Vec::with_capacity(truth.len());
        for (text, (class, row)) in truth.iter().zip(probabilities).enumerate() {
            check_row(text, row, labels.len())?;
            if *class >= labels.len() {
                return Err(ModelError::Invalid(format!(
                    "truth `{class}` of text `{text}` names no label; use an index below `{}`",
                    labels.len()
                )));
            }
            let guess = largest(row);
            guesses.push(guess);
            confidences.push(f64::from(row[guess]));
            // A probability of 0 counts as the smallest step of its type, so that one text cannot make the mean infinite.
            losses.push(-f64::from(row[*class].max(f32::EPSILON)).ln());
            squares.push(squared_distance(row, *class));
        }
        let mut rankings = Vec::with_capacity(labels.len());
        for label in 0..labels.len() {
            let column: Vec<f32> = probabilities.iter().map(|row| row[label]).collect();
            rankings.push(Ranking::of(&column));
        }
        Ok(Self {
            labels: labels.to_vec(),
            truth: truth.to_vec(),
            guesses,
            confidences,
            losses,
            squares,
            rankings,
        })
    }

    /// Returns the number of texts.
    pub fn texts(&self) -> usize {
        self.truth.len()
    }

    /// Returns the names of the labels.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns the true class of each text.
    pub fn truth(&self) -> &[usize] {
        &self.truth
    }

    /// Returns the predicted class of each text.
    pub fn guesses(&self) -> &[usize] {
        &self.guesses
    }

    /// Returns the probability of the predicted class of each text.
    pub fn confidences(&self) -> &[f64] {
        &self.confidences
    }

    /// Checks that another model was asked about the same texts.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when labels or truths differ.
    pub(super) fn check_same_texts(&self, other: &Self) -> Result<(), ModelError> {
        if self.labels != other.labels {
            return Err(ModelError::Invalid(format!(
                "two models are compared on the same labels, found `{}` and `{}`; bring both into one order",
                self.labels.join(", "),
                other.labels.join(", "),
            )));
        }
        check_lengths(self.texts(), other.texts())?;
        for (text, (first, second)) in self.truth.iter().zip(&other.truth).enumerate() {
            if first != second {
                return Err(ModelError::Invalid(format!(
                    "two models are compared on the same texts, but the truth of text `{text}` differs; use one order"
                )));
            }
        }
        Ok(())
    }

    /// Returns the negative log-likelihood of the true class of each text, in nats.
    pub(super) fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Returns the squared distance between the probabilities and the truth of each text, 0..2.
    pub(super) fn squares(&self) -> &[f64] {
        &self.squares
    }

    /// Returns the texts in the order of their probability, for each label.
    pub(super) fn rankings(&self) -> &[Ranking] {
        &self.rankings
    }
}

impl Ranking {
    /// Orders texts by the probability of one label.
    pub(super) fn of(column: &[f32]) -> Self {
        let mut texts: Vec<usize> = (0..column.len()).collect();
        texts.sort_by(|a, b| column[*a].total_cmp(&column[*b]));
        let mut ends = Vec::new();
        for position in 1..=texts.len() {
            let ends_here =
                position == texts.len() || column[texts[position - 1]] < column[texts[position]];
            if ends_here {
                ends.push(position);
            }
        }
        Self { texts, ends }
    }
}

/// Gives every class the sum of the probabilities of the labels it means, by their indexes, scaled so that the classes add up to 1.
/// Labels that no class means are left out.
pub fn merge_labels(probabilities: &[f32], classes: &[impl AsRef<[usize]>]) -> Vec<f32> {
    let sum = |class: &[usize]| class.iter().map(|index| probabilities[*index]).sum::<f32>();
    let sums: Vec<f32> = classes.iter().map(|class| sum(class.as_ref())).collect();
    let total = sums.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    sums.into_iter().map(|sum| sum / total).collect()
}

fn check_labels(labels: &[String]) -> Result<(), ModelError> {
    if labels.len() < 2 {
        return Err(ModelError::Invalid(format!(
            "a classification tells at least two labels apart, found `{}`; name them all",
            labels.len()
        )));
    }
    for (index, label) in labels.iter().enumerate() {
        if labels[..index].contains(label) {
            return Err(ModelError::Invalid(format!(
                "label `{label}` is named twice; name every label once"
            )));
        }
    }
    Ok(())
}

/// Checks that there are texts and as many predictions as truths.
pub(super) fn check_lengths(truths: usize, predictions: usize) -> Result<(), ModelError> {
    if truths != predictions {
        return Err(ModelError::Invalid(format!(
            "every text needs one truth and one prediction, found `{truths}` and `{predictions}`; pass as many of both"
        )));
    }
    if truths == 0 {
        return Err(ModelError::Invalid(
            "nothing can be scored on `0` texts; pass at least one".to_owned(),
        ));
    }
    Ok(())
}

fn check_row(text: usize, row: &[f32], labels: usize) -> Result<(), ModelError> {
    if row.len() != labels {
        return Err(ModelError::Invalid(format!(
            "text `{text}` has `{}` probabilities for `{labels}` labels; pass one for each label",
            row.len()
        )));
    }
    let mut sum = 0.0;
    for probability in row {
        let probability = f64::from(*probability);
        if !(0.0..=1.0 + TOLERANCE).contains(&probability) {
            return Err(ModelError::Invalid(format!(
                "probability `{probability}` of text `{text}` does not lie between 0 and 1; pass the softmax of the logits"
            )));
        }
        sum += probability;
    }
    if (sum - 1.0).abs() > TOLERANCE {
        return Err(ModelError::Invalid(format!(
            "the probabilities of text `{text}` sum to `{sum}`, not to 1; pass the softmax of the logits"
        )));
    }
    Ok(())
}

/// Finds the first of the largest values.
fn largest(row: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = index;
        }
    }
    best
}

/// Sums the squared differences between probabilities and truth over all classes.
fn squared_distance(row: &[f32], class: usize) -> f64 {
    let mut sum = 0.0;
    for (index, probability) in row.iter().enumerate() {
        let truth = if index == class { 1.0 } else { 0.0 };
        sum += (f64::from(*probability) - truth).powi(2);
    }
    sum
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Names labels.
    pub(in crate::evaluate) fn named(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    /// Makes 60 predictions over three labels by whole-number arithmetic that any language repeats exactly: text i has the true
    /// class (7 i + i / 5) mod 3 and, for class c, the weight (37 i + 53 c + shift) mod 23 + 1, and 12 more for the true class;
    /// probabilities are weights by their sum, rounded to 32 bits.
    pub(in crate::evaluate) fn sixty(shift: usize) -> Predictions {
        let mut truth = Vec::new();
        let mut rows = Vec::new();
        for text in 0..60 {
            let class = (7 * text + text / 5) % 3;
            let weight = |label: usize| {
                let bonus = if label == class { 12 } else { 0 };
                (37 * text + 53 * label + shift) % 23 + 1 + bonus
            };
            let sum: usize = (0..3).map(weight).sum();
            truth.push(class);
            rows.push((0..3).map(|label| (weight(label) as f64 / sum as f64) as f32).collect());
        }
        Predictions::new(&truth, &rows, &named(&["negative", "neutral", "positive"])).unwrap()
    }

    fn refusal(truth: &[usize], rows: &[&[f32]], labels: &[&str]) -> String {
        let rows: Vec<Vec<f32>> = rows.iter().map(|row| row.to_vec()).collect();
        Predictions::new(truth, &rows, &named(labels)).unwrap_err().to_string()
    }

    #[test]
    fn every_fault_is_named_with_its_value() {
        let fine: &[f32] = &[0.25, 0.75];
        let cases = [
            (refusal(&[0, 1], &[fine], &["a", "b"]), "`2` and `1`"),
            (refusal(&[], &[], &["a", "b"]), "`0` texts"),
            (refusal(&[0], &[&[1.0]], &["a"]), "at least two labels apart, found `1`"),
            (refusal(&[0], &[fine], &["a", "a"]), "label `a` is named twice"),
            (refusal(&[1, 2], &[fine, fine], &["a", "b"]), "truth `2` of text `1`"),
            (refusal(&[0], &[&[0.5, 0.25, 0.25]], &["a", "b"]), "`3` probabilities for `2`"),
            (refusal(&[0], &[&[f32::NAN, 0.5]], &["a", "b"]), "probability `NaN` of text `0`"),
            (refusal(&[0], &[&[f32::INFINITY, 0.5]], &["a", "b"]), "probability `inf`"),
            (refusal(&[0], &[&[-0.5, 1.5]], &["a", "b"]), "probability `-0.5`"),
            (refusal(&[0], &[&[0.5, 0.502]], &["a", "b"]), "sum to `1.0"),
        ];
        for (error, part) in cases {
            assert!(error.contains(part), "{error}");
            assert!(error.starts_with(|c: char| c.is_lowercase()) && !error.ends_with('.'));
        }
    }

    #[test]
    fn labels_of_one_class_are_added() {
        let probabilities = [0.125, 0.25, 0.125, 0.5];
        assert_eq!(merge_labels(&probabilities, &[vec![3], vec![0, 2, 1]]), [0.5, 0.5]);
        assert_eq!(merge_labels(&probabilities, &[[2_usize], [0]]), [0.5, 0.5]);
        assert_eq!(merge_labels(&[0.0, 1.0], &[[0_usize]]), [0.0]);
    }

    #[test]
    fn rounding_is_tolerated() {
        let rows = [vec![0.3335, 0.3335, 0.3335]];
        assert!(Predictions::new(&[2], &rows, &named(&["a", "b", "c"])).is_ok());
    }

    #[test]
    fn equal_probabilities_give_the_first_label_and_one_run() {
        let rows = vec![vec![0.5, 0.5], vec![0.25, 0.75], vec![0.5, 0.5]];
        let predictions = Predictions::new(&[1, 1, 0], &rows, &named(&["a", "b"])).unwrap();
        assert_eq!(predictions.guesses(), [0, 1, 0]);
        let ranking = &predictions.rankings()[0];
        assert_eq!(
            (ranking.texts.as_slice(), ranking.ends.as_slice()),
            (&[1, 0, 2][..], &[1, 3][..])
        );
    }

    #[test]
    fn an_impossible_truth_has_a_finite_loss() {
        let predictions = Predictions::new(&[1], &[vec![1.0, 0.0]], &named(&["a", "b"])).unwrap();
        assert!((predictions.losses()[0] - 15.942_385).abs() < 1e-5);
        assert_eq!(predictions.squares(), [2.0]);
    }
}
