//! The loss of classification, on shares instead of texts.

use crate::error::ModelError;

/// How far shares may sum from 1.
const TOLERANCE: f64 = 1e-3;

/// Computes the cross-entropy -Σ p ln q of predicted shares q under true shares p, in nats (Shannon 1948, with q for p inside the
/// logarithm). `cross_entropy(p, p)` is the entropy of p; the difference of both is the Kullback-Leibler divergence.
///
/// A class whose true share is 0 adds nothing. The result is infinite when a class of the truth has a predicted share of 0.
///
/// # Errors
/// [`ModelError::Invalid`] when both lists differ in length or one of them is not a distribution.
pub fn cross_entropy(truth_shares: &[f64], predicted_shares: &[f64]) -> Result<f64, ModelError> {
    if truth_shares.len() != predicted_shares.len() {
        return Err(ModelError::Invalid(format!(
            "true and predicted shares need the same classes, found `{}` and `{}`; pass one share per class in both",
            truth_shares.len(),
            predicted_shares.len(),
        )));
    }
    check(truth_shares, "true")?;
    check(predicted_shares, "predicted")?;
    let mut nats = 0.0;
    for (truth, predicted) in truth_shares.iter().zip(predicted_shares) {
        if *truth > 0.0 {
            nats -= truth * predicted.ln();
        }
    }
    Ok(nats)
}

fn check(shares: &[f64], name: &str) -> Result<(), ModelError> {
    for share in shares {
        if !(0.0..=1.0).contains(share) {
            return Err(ModelError::Invalid(format!(
                "a {name} share lies between 0 and 1, found `{share}`; divide counts by their sum"
            )));
        }
    }
    let sum: f64 = shares.iter().sum();
    if (sum - 1.0).abs() > TOLERANCE {
        return Err(ModelError::Invalid(format!(
            "the {name} shares sum to 1, found `{sum}`; divide counts by their sum"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_480_and_520_lose_eight_ten_thousandths() {
        let (truth, predicted) = ([0.5, 0.5], [0.48, 0.52]);
        let loss = cross_entropy(&truth, &predicted).unwrap();
        let entropy = cross_entropy(&truth, &truth).unwrap();
        assert!((loss - 0.693_947_5).abs() < 1e-6, "{loss}");
        assert!((entropy - std::f64::consts::LN_2).abs() < 1e-15);
        assert!(loss > entropy);
    }

    #[test]
    fn impossible_classes_cost_everything_only_if_they_happen() {
        assert_eq!(cross_entropy(&[1.0, 0.0], &[1.0, 0.0]).unwrap(), 0.0);
        assert_eq!(cross_entropy(&[0.5, 0.5], &[1.0, 0.0]).unwrap(), f64::INFINITY);
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        let cases: [(&[f64], &[f64], &str); 4] = [
            (&[1.0], &[0.5, 0.5], "`1` and `2`"),
            (&[500.0, 500.0], &[0.5, 0.5], "true share"),
            (&[0.5, 0.5], &[0.5, 0.6], "predicted shares sum to 1"),
            (&[0.5, 0.5], &[f64::NAN, 0.5], "`NaN`"),
        ];
        for (truth, predicted, part) in cases {
            let error = cross_entropy(truth, predicted).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
