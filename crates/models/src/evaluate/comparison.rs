//! Whether one of two models is right more often than chance would have it.

use serde::Serialize;

use super::predictions::Predictions;
use crate::error::ModelError;

/// The number of texts on which the models disagree from which the approximation is used.
const EXACT_BELOW: usize = 25;

/// Holds McNemar's test of two models on the same texts (McNemar 1947, Psychometrika 12, 153; Dietterich 1998, Neural Comput. 10,
/// 1895). Only texts count that one model has right and the other wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// The number of texts that only the first model has right.
    pub only_first: usize,
    /// The number of texts that only the second model has right.
    pub only_second: usize,
    /// Chi-squared with one degree of freedom and the continuity correction of Edwards (1948); nothing below 25 such texts,
    /// where the binomial distribution is summed exactly instead.
    pub chi_squared: Option<f64>,
    /// The two-sided chance of a difference at least as large between models that are equally good, 0..1.
    pub p_value: f64,
}

impl McNemar {
    /// Tests two models.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] when the two were not asked about the same texts with the same labels.
    pub fn between(first: &Predictions, second: &Predictions) -> Result<Self, ModelError> {
        first.check_same_texts(second)?;
        let (mut only_first, mut only_second) = (0, 0);
        for (text, truth) in first.truth().iter().enumerate() {
            match (first.guesses()[text] == *truth, second.guesses()[text] == *truth) {
                (true, false) => only_first += 1,
                (false, true) => only_second += 1,
                _ => {}
            }
        }
        Ok(Self::of(only_first, only_second))
    }

    /// Tests the numbers of texts that only the first and only the second model has right.
    pub fn of(only_first: usize, only_second: usize) -> Self {
        let all = only_first + only_second;
        if all < EXACT_BELOW {
            let p_value = binomial(only_first.min(only_second), all);
            return Self { only_first, only_second, chi_squared: None, p_value };
        }
        let gap = only_first.abs_diff(only_second).saturating_sub(1) as f64;
        let chi_squared = gap * gap / all as f64;
        // One degree of freedom: the square of a normal variable.
        let p_value = complementary_error((chi_squared / 2.0).sqrt());
        Self { only_first, only_second, chi_squared: Some(chi_squared), p_value }
    }
}

/// Sums both tails of a fair coin: the chance of at most `few` or at least `all - few` heads in `all` throws.
fn binomial(few: usize, all: usize) -> f64 {
    let mut ways = 1.0;
    let mut tail = 0.0;
    for heads in 0..=few {
        tail += ways;
        ways = ways * (all - heads) as f64 / (heads + 1) as f64;
    }
    (2.0 * tail / 2.0_f64.powi(all as i32)).min(1.0)
}

/// Computes erfc(x) = 1 - erf(x) for x of 0 and above, with a relative error below 1e-12: below 2 by the series of erf whose terms
/// are all positive (Abramowitz and Stegun 7.1.6), from 2 on by the continued fraction (7.1.14), from its far end.
fn complementary_error(x: f64) -> f64 {
    let scale = (-x * x).exp() / std::f64::consts::PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        let mut odd = 1.0;
        while term > sum * f64::EPSILON {
            odd += 2.0;
            term *= 2.0 * x * x / odd;
            sum += term;
        }
        return 1.0 - 2.0 * scale * sum;
    }
    let mut rest = x;
    for numerator in (1..=100).rev() {
        rest = x + f64::from(numerator) / 2.0 / rest;
    }
    scale / rest
}

#[cfg(test)]
mod tests {
    use super::super::predictions::tests::sixty;
    use super::*;

    #[test]
    fn erfc_agrees_with_scipy() {
        // scipy 1.17.1, special.erfc.
        let expected = [
            (0.0, 1.0),
            (1e-3, 0.998_871_621_209_030_7),
            (0.1, 0.887_537_083_981_715_2),
            (0.5, 0.479_500_122_186_953_5),
            (1.0, 0.157_299_207_050_285_16),
            (1.5, 0.033_894_853_524_689_27),
            (1.99, 0.004_888_586_800_383_002),
            (2.0, 0.004_677_734_981_047_266),
            (2.01, 0.004_475_150_644_751_764),
            (3.0, 2.209_049_699_858_544_5e-5),
            (5.0, 1.537_459_794_428_034_7e-12),
            (10.0, 2.088_487_583_762_544_6e-45),
            (20.0, 5.395_865_611_607_901e-176),
            (26.0, 5.663_192_408_856_145e-296),
        ];
        for (x, value) in expected {
            let found = complementary_error(x);
            assert!((found / value - 1.0).abs() < 1e-12, "erfc({x}) = {found}");
        }
    }

    #[test]
    fn few_disagreements_are_counted_exactly() {
        // scipy 1.17.1, stats.binomtest(n, n + m, 0.5); statsmodels 0.15.0 has the same for 2 and 9.
        let expected = [(2, 9, 0.065_429_687_5), (0, 5, 0.0625), (12, 12, 1.0), (0, 0, 1.0)];
        for (first, second, p_value) in expected {
            let test = McNemar::of(first, second);
            assert_eq!(test.chi_squared, None);
            assert!((test.p_value - p_value).abs() < 1e-12, "{test:?}");
            assert_eq!(test.p_value, McNemar::of(second, first).p_value);
        }
    }

    #[test]
    fn many_disagreements_follow_chi_squared() {
        // statsmodels 0.15.0, mcnemar(exact=False, correction=True), and scipy 1.17.1, stats.chi2.sf.
        let expected = [
            (30, 15, 4.355_555_555_555_555, 0.036_888_425_707_049_914),
            (25, 20, 0.355_555_555_555_555_57, 0.550_984_987_585_093_5),
            (60, 20, 19.0125, 1.298_649_254_197_295_9e-5),
        ];
        for (first, second, chi_squared, p_value) in expected {
            let test = McNemar::of(first, second);
            assert!((test.chi_squared.unwrap() - chi_squared).abs() < 1e-12, "{test:?}");
            assert!((test.p_value / p_value - 1.0).abs() < 1e-9, "{test:?}");
        }
        let equal = McNemar::of(20, 20);
        assert_eq!((equal.chi_squared, equal.p_value), (Some(0.0), 1.0));
    }

    #[test]
    fn models_are_compared_text_by_text() {
        let test = McNemar::between(&sixty(0), &sixty(5)).unwrap();
        assert_eq!((test.only_first, test.only_second), (15, 23));
        let same = McNemar::between(&sixty(0), &sixty(0)).unwrap();
        assert_eq!((same.only_first, same.only_second, same.p_value), (0, 0, 1.0));
    }
}
