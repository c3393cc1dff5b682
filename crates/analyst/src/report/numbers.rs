//! Numbers as people write them.

use super::Language;

/// Writes a whole number with thousands separators: `12,345`.
pub(crate) fn whole(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a count shortly: `1.2k`, `3M` in English, `1.2万`, `3亿` in Chinese.
pub(crate) fn short(value: i64, language: Language) -> String {
    let units: &[(i64, &str)] = match language {
        Language::English => &[(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")],
        Language::Chinese => &[(100_000_000, "亿"), (10_000, "万")],
    };
    for (size, name) in units {
        if value >= *size {
            let tenths = (value as f64 / *size as f64 * 10.0).round() / 10.0;
            return format!("{tenths}{name}");
        }
    }
    whole(value)
}

/// Returns `part / all`, or nothing when there is nothing to share.
pub(super) fn share(part: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// Writes a share as a percentage with one decimal; `–` when there is none.
pub(crate) fn percent(share: Option<f64>) -> String {
    match share {
        None => "–".to_owned(),
        Some(share) if share > 0.0 && share < 0.0005 => "<0.1%".to_owned(),
        Some(share) => format!("{:.1}%", share * 100.0),
    }
}

/// Writes net sentiment with its sign and two decimals: `+0.12`, `−0.30`; `–` when there is none.
pub(super) fn signed(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) => match (value * 100.0).round() / 100.0 {
            rounded if rounded > 0.0 => format!("+{rounded:.2}"),
            rounded if rounded < 0.0 => format!("−{:.2}", -rounded),
            _ => "0.00".to_owned(),
        },
    }
}

/// Chooses the top of an axis over counts and the step of its marks: 1, 2 or 5 times a power of ten, at most five steps.
pub(crate) fn axis(largest: i64) -> (i64, i64) {
    let largest = largest.max(1);
    let mut power = 1_i64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            let steps = (largest as u64).div_ceil(step as u64) as i64;
            if steps <= 5 {
                return (step.saturating_mul(steps), step);
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(whole(0), "0");
        assert_eq!(whole(999), "999");
        assert_eq!(whole(1_275_180), "1,275,180");
        assert_eq!(whole(-1_000), "−1,000");
    }

    #[test]
    fn short_forms_follow_the_language() {
        assert_eq!(short(950, Language::English), "950");
        assert_eq!(short(12_000, Language::English), "12k");
        assert_eq!(short(2_500_000, Language::English), "2.5M");
        assert_eq!(short(9_000, Language::Chinese), "9,000");
        assert_eq!(short(12_000, Language::Chinese), "1.2万");
        assert_eq!(short(300_000_000, Language::Chinese), "3亿");
    }

    #[test]
    fn shares_of_nothing_are_a_dash() {
        assert_eq!(percent(share(1, 0)), "–");
        assert_eq!(percent(share(1, 3)), "33.3%");
        assert_eq!(percent(share(1, 100_000)), "<0.1%");
        assert_eq!(percent(share(0, 5)), "0.0%");
    }

    #[test]
    fn signs_are_shown() {
        assert_eq!(signed(Some(0.25)), "+0.25");
        assert_eq!(signed(Some(-0.304)), "−0.30");
        assert_eq!(signed(Some(-0.001)), "0.00");
        assert_eq!(signed(None), "–");
    }

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!(axis(0), (1, 1));
        assert_eq!(axis(4), (4, 1));
        assert_eq!(axis(7), (8, 2));
        assert_eq!(axis(21_000), (25_000, 5_000));
        assert_eq!(axis(999), (1_000, 200));
        assert!(axis(i64::MAX).0 > 0);
    }
}
