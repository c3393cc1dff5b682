//! The comparison with another model.

use super::curves::whole;
use super::input::CardComparison;
use super::measures::{decimal, ends, title};
use super::page::Grid;

/// Holds the comparison as it is shown.
pub(super) struct Comparison {
    /// Name of the other model.
    pub model: String,
    /// What McNemar's test says, in a sentence.
    pub test: String,
    /// Measures of both.
    pub grid: Grid,
}

/// Lays out a comparison.
pub(super) fn comparison(found: &CardComparison) -> Comparison {
    let mut rows = Vec::with_capacity(found.differences.len());
    for (name, difference) in &found.differences {
        rows.push(vec![
            title(name).to_owned(),
            decimal(difference.first),
            decimal(difference.second),
            ends(difference.interval),
        ]);
    }
    let heads = ["measure", "this model", "the other", "difference"];
    let test = &found.mcnemar;
    Comparison {
        model: found.model.clone(),
        test: format!(
            "On {} texts only one of the two is right: this model on {}, the other on {}. Between models that are equally good, a \
             difference at least as large has a probability of {} (McNemar). The last column holds the 95 % interval of the difference.",
            whole(test.only_first.saturating_add(test.only_second)),
            whole(test.only_first),
            whole(test.only_second),
            decimal(Some(test.p_value)),
        ),
        grid: Grid { heads: heads.map(str::to_owned).into(), rows },
    }
}

#[cfg(test)]
mod tests {
    use super::super::input::{CardDifference, CardInterval, CardMcNemar};
    use super::*;

    #[test]
    fn both_models_are_named_with_their_numbers() {
        let mut found = CardComparison {
            model: "old".to_owned(),
            mcnemar: CardMcNemar { only_first: 1500, only_second: 20, p_value: 0.0004 },
            ..CardComparison::default()
        };
        let interval = Some(CardInterval { low: -0.01, high: 0.2 });
        let difference = CardDifference { first: Some(0.75), second: None, interval };
        found.differences.insert("macro_f1".to_owned(), difference);
        let shown = comparison(&found);
        assert_eq!(shown.grid.rows, [["macro F1", "0.750", "–", "−0.010 to 0.200"]]);
        for part in ["1,520 texts", "this model on 1,500", "the other on 20", "0.000"] {
            assert!(shown.test.contains(part), "{part}: {}", shown.test);
        }
    }
}
