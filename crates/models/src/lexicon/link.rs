//! Turns what a text says for and against into a valence and probabilities: a multinomial logistic link.

use crate::lexicon::rules::Evidence;

/// How much evidence makes half of the largest strength.
const HALF_STRENGTH: f32 = 5.0;
/// What keeps the valence of a text with little evidence small, as the square of an amount of evidence.
const VALENCE_SCALE: f32 = 30.0;

/// How many inputs the link has.
const INPUTS: usize = 5;

/// The weights of the inputs for negative and for positive, both against neutral; English first, then Chinese.
///
/// Fitted on the validation texts of SemEval-2017 task 4 and of SMP2020-EWECT by weighted maximum likelihood, each label
/// with the same total weight, so that a text without evidence is neutral whatever the labels' shares.
const WEIGHTS: [[[f32; INPUTS]; 2]; 2] = [
    [[-0.75, -1.64, 4.2, 0.98, -0.04], [-0.74, 2.05, -0.47, 2.16, -0.82]],
    [[-1.08, -0.56, 5.55, 0.05, 1.02], [-1.5, 1.34, 0.86, 3.53, 0.29]],
];

/// Gives how good or bad the evidence is together, from -1 to 1.
pub(crate) fn valence(evidence: &Evidence) -> f32 {
    let sum = evidence.good - evidence.bad;
    sum / (sum * sum + VALENCE_SCALE).sqrt()
}

/// Gives the inputs of the link: a constant, the valence, the strength of either side, and whether the text asks.
fn inputs(evidence: &Evidence) -> [f32; INPUTS] {
    let strength = |amount: f32| amount / (amount + HALF_STRENGTH);
    let asks = if evidence.asks { 1.0 } else { 0.0 };
    [1.0, valence(evidence), strength(evidence.bad), strength(evidence.good), asks]
}

/// Gives the probabilities of negative, neutral and positive.
pub(crate) fn probabilities(evidence: &Evidence) -> [f32; 3] {
    let inputs = inputs(evidence);
    let [negative, positive] = WEIGHTS[usize::from(evidence.is_chinese)];
    let odds = |weights: [f32; INPUTS]| -> f32 {
        weights.iter().zip(inputs).map(|(weight, input)| weight * input).sum::<f32>().exp()
    };
    let (negative, positive) = (odds(negative), odds(positive));
    let total = negative + 1.0 + positive;
    [negative / total, 1.0 / total, positive / total]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(good: f32, bad: f32, is_chinese: bool) -> Evidence {
        Evidence { good, bad, asks: false, is_chinese }
    }

    #[test]
    fn valence_follows_the_stronger_side() {
        assert_eq!(valence(&evidence(0.0, 0.0, false)), 0.0);
        assert_eq!(valence(&evidence(2.0, 2.0, false)), 0.0);
        assert!(valence(&evidence(1e6, 0.0, false)) <= 1.0);
        assert!(valence(&evidence(3.0, 1.0, false)) > 0.3);
        let mirrored = valence(&evidence(1.0, 3.0, true));
        assert_eq!(mirrored, -valence(&evidence(3.0, 1.0, true)));
    }

    #[test]
    fn probabilities_add_up_and_move_with_the_evidence() {
        for is_chinese in [false, true] {
            let mut last = [0.0; 3];
            for amount in [0.0, 1.0, 2.0, 4.0, 8.0, 100.0] {
                let good = probabilities(&evidence(amount, 0.0, is_chinese));
                let bad = probabilities(&evidence(0.0, amount, is_chinese));
                assert!((good.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                assert!(good[2] > last[2] && bad[0] > last[0], "{good:?} {bad:?} {last:?}");
                last = [bad[0], 0.0, good[2]];
            }
            let nothing = probabilities(&evidence(0.0, 0.0, is_chinese));
            assert!(nothing[1] > nothing[0] && nothing[1] > nothing[2], "{nothing:?}");
        }
    }
}
