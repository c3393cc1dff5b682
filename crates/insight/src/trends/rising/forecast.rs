//! The forecast of what rises: learned from a history, told with its reasons.

use super::additive::{Additive, probability};
use super::board::History;
use super::boost::{Fit, Rows, boost};
use super::features::{FEATURES, PAIRS, features};
use super::question::Question;
use super::situation::{Situation, Situations};
use crate::InsightError;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Forecasts the answer to a question. It can be kept and used later, by a build with the same features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rising {
    question: Question,
    model: Additive,
}

/// Says what to learn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// The times of the boards to learn from.
    pub train: Range<i64>,
    /// The times of the boards that tell when to end.
    pub held_out: Range<i64>,
    /// Learns from every so many boards, 1 and more.
    pub every: usize,
}

/// Is a probability and what makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chance {
    /// The probability that the answer is yes, 0 to 1.
    pub probability: f64,
    /// The log-odds of the mean situation; with all reasons added they are those of the probability.
    pub base: f64,
    /// What each feature and each pair of them adds, the most first.
    pub reasons: Vec<Reason>,
}

/// Is what a feature, or a pair of them, adds to the log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The names of the features with their values; what is not known is not a number.
    pub features: Vec<(&'static str, f64)>,
    /// What they add.
    pub adds: f64,
}

impl Rising {
    /// Learns from a history. Boards whose future was not observed, or would reach beyond their time, are left out.
    ///
    /// # Errors
    /// Fails if the answer to the question was not both yes and no, in the times to learn from and in those held out.
    pub fn fit(
        history: &History,
        question: Question,
        times: &Times,
        fit: &Fit,
    ) -> Result<Self, InsightError> {
        let (mut train, mut held_out) = (Rows::default(), Rows::default());
        for (at, situations) in Situations::new(history, question.top).enumerate() {
            let time = history.boards()[at].time;
            let is_in =
                |times: &Range<i64>| times.contains(&time) && question.known_by(time) < times.end;
            let rows = match (is_in(&times.train), is_in(&times.held_out)) {
                (true, _) if at % times.every.max(1) == 0 => &mut train,
                (false, true) => &mut held_out,
                _ => continue,
            };
            let Some(answers) = question.answers(history, at) else { continue };
            for situation in situations.iter().filter(|situation| question.is_asked(situation)) {
                rows.push(features(situation), answers.contains(&situation.item));
            }
        }
        for rows in [&train, &held_out] {
            let (yes, all) = (rows.yes(), rows.answers.len());
            if yes == 0 || yes == all {
                return Err(InsightError::OneAnswer { yes, all });
            }
        }
        let place = |name: &str| FEATURES.iter().position(|feature| feature.name == name);
        let pairs: Vec<[usize; 2]> =
            PAIRS.iter().filter_map(|[one, other]| Some([place(one)?, place(other)?])).collect();
        Ok(Self { question, model: boost(&train, &held_out, &pairs, fit) })
    }

    /// The question it answers.
    pub fn question(&self) -> Question {
        self.question
    }

    /// Gives the probability that the answer is yes for an item in such a situation, with reasons; none if the question is not asked of it.
    pub fn chance(&self, situation: &Situation) -> Option<Chance> {
        if !self.question.is_asked(situation) {
            return None;
        }
        let row = features(situation);
        let adds = self.model.adds(&row);
        let log_odds = self.model.base + adds.iter().sum::<f64>();
        let mut reasons: Vec<Reason> = (self.model.parts.iter().zip(adds))
            .map(|(part, adds)| {
                let named = |at: &usize| (FEATURES[*at].name, row[*at]);
                Reason { features: part.features.iter().map(named).collect(), adds }
            })
            .collect();
        reasons.sort_by(|one, other| other.adds.abs().total_cmp(&one.adds.abs()));
        Some(Chance { probability: probability(log_odds), base: self.model.base, reasons })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trends::rising::{HOUR, Observation, When};

    /// Every three hours an item comes to rank 6 and, if it is even, climbs two ranks an hour, else stays; all are gone after six hours.
    fn history(hours: i64) -> History {
        let mut seen = Vec::new();
        for hour in 0..hours {
            for item in (0..=hour / 3).filter(|item| hour - item * 3 < 6) {
                let since = (hour - item * 3) as f64;
                let value = if item % 2 == 0 { since * 2.0 } else { since * 0.01 };
                seen.push(Observation { time: hour * HOUR, item: item as u64, value });
            }
            seen.extend((0..4).map(|other| Observation {
                time: hour * HOUR,
                item: 1_000_000 + other,
                value: other as f64 + 1.5,
            }));
        }
        History::new(seen).unwrap()
    }

    fn fitted(when: When) -> (History, Rising) {
        let history = history(1_200);
        let question = Question { top: 1, hours: 2, when };
        let times = Times { train: 0..800 * HOUR, held_out: 800 * HOUR..1_200 * HOUR, every: 1 };
        let rising = Rising::fit(&history, question, &times, &Fit::default()).unwrap();
        (history, rising)
    }

    #[test]
    fn what_climbs_is_seen_to_reach_the_top() {
        let (history, rising) = fitted(When::Within);
        let mut told = 0;
        for (at, situations) in Situations::new(&history, 1).enumerate().skip(1_000).take(100) {
            let answers = rising.question().answers(&history, at).unwrap();
            for situation in situations {
                let Some(chance) = rising.chance(&situation) else {
                    assert_eq!(situation.rank, 1.0);
                    continue;
                };
                let answer = answers.contains(&situation.item);
                assert_eq!(chance.probability > 0.5, answer, "{situation:?} {chance:?}");
                told += usize::from(answer);
            }
        }
        assert!(told > 20, "{told}");
    }

    #[test]
    fn reasons_explain_a_probability_exactly() {
        let (history, rising) = fitted(When::At);
        let situations = Situations::new(&history, 1).nth(500).unwrap();
        for situation in situations {
            let chance = rising.chance(&situation).unwrap();
            let sum: f64 = chance.base + chance.reasons.iter().map(|why| why.adds).sum::<f64>();
            assert!((probability(sum) - chance.probability).abs() < 1e-9);
            assert_eq!(chance.reasons.len(), FEATURES.len() + PAIRS.len());
        }
    }

    #[test]
    fn one_answer_teaches_nothing() {
        let question = Question { top: 1, hours: 2, when: When::At };
        let times = Times { train: 0..HOUR, held_out: HOUR..2 * HOUR, every: 1 };
        let refused = Rising::fit(&history(9), question, &times, &Fit::default());
        assert_eq!(refused, Err(InsightError::OneAnswer { yes: 0, all: 0 }));
    }
}
