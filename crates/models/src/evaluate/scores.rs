//! The numbers of a single-label classification.

use serde::Serialize;

use super::calibration::{RELIABILITY_BINS, Reliability};
use super::predictions::{Predictions, Ranking};

/// Holds the scores of one label, 0..1. Precision, recall and F1 are 0 where nothing was there to be found or nothing was
/// predicted, as scikit-learn's `zero_division=0` and the scripts of the public benchmarks have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassScores {
    /// The name of the label.
    pub label: String,
    /// How many texts carry the label.
    pub support: usize,
    /// The share of predictions of the label that are right.
    pub precision: f64,
    /// The share of texts with the label that are found.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// The area under the ROC curve of this label against all others; nothing if all texts carry the label, or none.
    pub auroc: Option<f64>,
}

/// Holds precision, recall and F1 over all labels, 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Averages {
    /// The mean of the precisions.
    pub precision: f64,
    /// The mean of the recalls.
    pub recall: f64,
    /// The mean of the F1 scores; not the harmonic mean of the two above (Opitz and Burst 2019, arXiv:1911.03347).
    pub f1: f64,
}

/// Holds the scores of a classification. What is undefined on these texts is nothing; no number is NaN.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// The number of texts.
    pub texts: usize,
    /// The share of right predictions, 0..1.
    pub accuracy: f64,
    /// The averages in which every label counts the same that a text carries or was given, as scikit-learn has it.
    #[serde(rename = "macro")]
    pub macro_average: Averages,
    /// The averages over all decisions; with one label per text all three are the accuracy.
    #[serde(rename = "micro")]
    pub micro_average: Averages,
    /// The averages in which every label counts by its texts.
    #[serde(rename = "weighted")]
    pub weighted_average: Averages,
    /// The Matthews correlation for many classes, R_K, -1..1 (Gorodkin 2004, Comput. Biol. Chem. 28, 367); nothing if all texts
    /// carry one label or all predictions are one label.
    pub mcc: Option<f64>,
    /// Cohen's kappa, -1..1: agreement beyond chance (Cohen 1960, Educ. Psychol. Meas. 20, 37); nothing if chance agrees always.
    pub cohen_kappa: Option<f64>,
    /// The mean of the areas under the ROC curves of the labels that have one, one against the rest; nothing if none has.
    pub auroc: Option<f64>,
    /// The mean negative log-likelihood of the true label, in nats; a probability below 2^-23 counts as that.
    pub log_loss: f64,
    /// The Brier score in its first form (Brier 1950, Mon. Weather Rev. 78, 1): the squared differences summed over all labels,
    /// averaged over texts, 0..2; for two labels twice the form that looks at one of them.
    pub brier: f64,
    /// The expected calibration error over 15 bins, 0..1; see [`Reliability`].
    pub ece: f64,
    /// The scores per label.
    pub classes: Vec<ClassScores>,
    /// The number of texts per true label (row) and predicted label (column), in the order of `classes`.
    pub confusion: Vec<Vec<usize>>,
}

impl Scores {
    /// Scores all texts once.
    pub fn of(predictions: &Predictions) -> Self {
        Self::repeated(predictions, &vec![1; predictions.texts()])
    }

    /// Scores texts of which each counts as often as `counts` says; at least one of them is not 0.
    pub(super) fn repeated(predictions: &Predictions, counts: &[usize]) -> Self {
        let (labels, truth) = (predictions.labels(), predictions.truth());
        let mut confusion = vec![vec![0; labels.len()]; labels.len()];
        let (mut log_loss, mut brier) = (0.0, 0.0);
        for (text, count) in counts.iter().enumerate() {
            confusion[truth[text]][predictions.guesses()[text]] += count;
            log_loss += *count as f64 * predictions.losses()[text];
            brier += *count as f64 * predictions.squares()[text];
        }
        let mut classes = Vec::with_capacity(labels.len());
        let mut is_used = Vec::with_capacity(labels.len());
        for (class, label) in labels.iter().enumerate() {
            let hits = confusion[class][class];
            let support: usize = confusion[class].iter().sum();
            let predicted: usize = confusion.iter().map(|row| row[class]).sum();
            is_used.push(f64::from(u8::from(support + predicted > 0)));
            classes.push(ClassScores {
                label: label.clone(),
                support,
                precision: ratio(hits, predicted),
                recall: ratio(hits, support),
                f1: ratio(2 * hits, support + predicted),
                auroc: auroc(&predictions.rankings()[class], |text| truth[text] == class, counts),
            });
        }
        let support: Vec<f64> = classes.iter().map(|class| class.support as f64).collect();
        let texts: usize = counts.iter().sum();
        let hits = (0..labels.len()).map(|class| confusion[class][class]).sum();
        let accuracy = ratio(hits, texts);
        let defined: Vec<f64> = classes.iter().filter_map(|class| class.auroc).collect();
        let auroc = (!defined.is_empty()).then(|| mean(&defined));
        Self {
            texts,
            accuracy,
            macro_average: averages(&classes, &is_used),
            micro_average: Averages { precision: accuracy, recall: accuracy, f1: accuracy },
            weighted_average: averages(&classes, &support),
            mcc: matthews(&confusion),
            cohen_kappa: kappa(&confusion),
            auroc,
            log_loss: log_loss / texts as f64,
            brier: brier / texts as f64,
            ece: Reliability::repeated(predictions, counts, RELIABILITY_BINS).ece,
            classes,
            confusion,
        }
    }
}

/// Divides counts; a part of nothing is 0.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Averages values; there is at least one.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Averages the classes by weights, which do not sum to 0.
fn averages(classes: &[ClassScores], weights: &[f64]) -> Averages {
    let whole: f64 = weights.iter().sum();
    let average = |score: fn(&ClassScores) -> f64| {
        let weighed = classes.iter().zip(weights).map(|(class, weight)| weight * score(class));
        weighed.sum::<f64>() / whole
    };
    Averages {
        precision: average(|class| class.precision),
        recall: average(|class| class.recall),
        f1: average(|class| class.f1),
    }
}

/// Returns the sums of the rows, the sums of the columns, the sum of the diagonal and of all.
fn margins(confusion: &[Vec<usize>]) -> (Vec<f64>, Vec<f64>, f64, f64) {
    let rows: Vec<f64> = confusion.iter().map(|row| row.iter().sum::<usize>() as f64).collect();
    let mut columns = vec![0.0; confusion.len()];
    let mut hits = 0.0;
    for (class, row) in confusion.iter().enumerate() {
        hits += row[class] as f64;
        for (column, count) in columns.iter_mut().zip(row) {
            *column += *count as f64;
        }
    }
    let all = rows.iter().sum();
    (rows, columns, hits, all)
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Computes R_K from the counts: the covariance of truth and prediction by the roots of their variances.
fn matthews(confusion: &[Vec<usize>]) -> Option<f64> {
    let (rows, columns, hits, all) = margins(confusion);
    let truth = all * all - product(&rows, &rows);
    let predicted = all * all - product(&columns, &columns);
    let scale = truth.sqrt() * predicted.sqrt();
    (scale > 0.0).then(|| (hits * all - product(&rows, &columns)) / scale)
}

/// Computes kappa = (observed - expected) / (1 - expected) agreement.
fn kappa(confusion: &[Vec<usize>]) -> Option<f64> {
    let (rows, columns, hits, all) = margins(confusion);
    let expected = product(&rows, &columns);
    let room = all * all - expected;
    (room > 0.0).then(|| (hits * all - expected) / room)
}

/// Computes the chance that a text with the label gets a higher probability than one without; equal ones count half (Mann and
/// Whitney 1947; Hanley and McNeil 1982, Radiology 143, 29).
pub(super) fn auroc(
    ranking: &Ranking,
    has_label: impl Fn(usize) -> bool,
    counts: &[usize],
) -> Option<f64> {
    let (mut below, mut positives, mut area) = (0, 0, 0.0);
    let mut start = 0;
    for end in &ranking.ends {
        let (mut with, mut without) = (0, 0);
        for text in &ranking.texts[start..*end] {
            if has_label(*text) {
                with += counts[*text];
            } else {
                without += counts[*text];
            }
        }
        area += with as f64 * (below as f64 + without as f64 / 2.0);
        positives += with;
        below += without;
        start = *end;
    }
    (positives > 0 && below > 0).then(|| area / (positives as f64 * below as f64))
}

#[cfg(test)]
mod tests {
    use super::super::predictions::tests::{named, sixty};
    use super::*;

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} != {expected}");
    }

    #[test]
    fn agrees_with_scikit_learn() {
        // scikit-learn 1.9.1 on the same 60 predictions, `zero_division=0`, `brier_score_loss(scale_by_half=False)`.
        let scores = Scores::of(&sixty(0));
        assert_eq!(scores.confusion, [[7, 0, 17], [13, 11, 0], [0, 7, 5]]);
        assert_eq!(scores.texts, 60);
        assert_near(scores.accuracy, 0.383_333_333_333_333_36);
        let expected = [
            (
                scores.macro_average,
                [0.396_127_946_127_946_1, 0.388_888_888_888_888_9, 0.378_702_996_350_055_2],
            ),
            (scores.micro_average, [0.383_333_333_333_333_36; 3]),
            (
                scores.weighted_average,
                [0.429_898_989_898_989_9, 0.383_333_333_333_333_36, 0.395_620_066_208_301_54],
            ),
        ];
        for (averages, [precision, recall, f1]) in expected {
            assert_near(averages.precision, precision);
            assert_near(averages.recall, recall);
            assert_near(averages.f1, f1);
        }
        let expected = [
            [0.35, 0.291_666_666_666_666_7, 0.318_181_818_181_818_2, 0.724_537_037_037_037_1],
            [
                0.611_111_111_111_111_2,
                0.458_333_333_333_333_3,
                0.523_809_523_809_523_8,
                0.849_537_037_037_037,
            ],
            [
                0.227_272_727_272_727_27,
                0.416_666_666_666_666_7,
                0.294_117_647_058_823_54,
                0.756_944_444_444_444_4,
            ],
        ];
        for (class, [precision, recall, f1, auroc]) in scores.classes.iter().zip(expected) {
            assert_near(class.precision, precision);
            assert_near(class.recall, recall);
            assert_near(class.f1, f1);
            assert_near(class.auroc.unwrap(), auroc);
        }
        assert_near(scores.mcc.unwrap(), 0.086_897_712_136_637_63);
        assert_near(scores.cohen_kappa.unwrap(), 0.084_158_415_841_584_23);
        assert_near(scores.auroc.unwrap(), 0.777_006_172_839_506);
        assert_near(scores.log_loss, 0.852_468_276_329_747);
        assert_near(scores.brier, 0.509_831_291_926_350_3);
    }

    #[test]
    fn texts_that_count_twice_are_texts_given_twice() {
        let rows = [vec![0.7, 0.3], vec![0.4, 0.6], vec![0.4, 0.6], vec![0.9, 0.1]];
        let truth = [0, 1, 0, 1];
        let labels = named(&["a", "b"]);
        let once = Predictions::new(&truth, &rows, &labels).unwrap();
        let (mut all_truth, mut all_rows) = (Vec::new(), Vec::new());
        for (text, count) in [2, 0, 1, 3].into_iter().enumerate() {
            for _ in 0..count {
                all_truth.push(truth[text]);
                all_rows.push(rows[text].clone());
            }
        }
        let repeated = Scores::repeated(&once, &[2, 0, 1, 3]);
        let listed = Scores::of(&Predictions::new(&all_truth, &all_rows, &labels).unwrap());
        assert_eq!(repeated.confusion, listed.confusion);
        assert_eq!((repeated.auroc, repeated.mcc), (listed.auroc, listed.mcc));
        for (a, b) in [
            (repeated.log_loss, listed.log_loss),
            (repeated.brier, listed.brier),
            (repeated.ece, listed.ece),
        ] {
            assert_near(a, b);
        }
    }

    #[test]
    fn equal_probabilities_count_half() {
        let rows = vec![vec![0.5, 0.5]; 4];
        let predictions = Predictions::new(&[0, 1, 1, 0], &rows, &named(&["a", "b"])).unwrap();
        assert_eq!(Scores::of(&predictions).auroc, Some(0.5));
    }

    #[test]
    fn what_is_undefined_is_nothing() {
        let rows = vec![vec![0.8, 0.1, 0.1], vec![0.9, 0.05, 0.05]];
        let labels = named(&["a", "b", "c"]);
        let scores = Scores::of(&Predictions::new(&[0, 0], &rows, &labels).unwrap());
        assert_eq!((scores.mcc, scores.cohen_kappa, scores.auroc), (None, None, None));
        // Nobody carries or was given the other labels.
        assert_near(scores.macro_average.recall, 1.0);
        assert_eq!((scores.classes[1].precision, scores.classes[1].f1), (0.0, 0.0));
        let json = serde_json::to_value(&scores).unwrap();
        assert!(json["mcc"].is_null() && json["macro"]["f1"].is_f64());
    }
}
