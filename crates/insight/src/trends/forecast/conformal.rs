//! Intervals from the errors of the past.

use super::ensemble::{Past, combined, weights};

/// How far the error of a lead is smoothed, in parts of the horizon.
const SMOOTHING: usize = 6;

/// As how many independent errors those of one moment count.
const ALIKE: f64 = 10.0;

/// The errors of the combined forecasts, lead by lead, in units of what is usual for a lead.
pub(super) struct Errors {
    /// What is usual, of every lead.
    usual: Vec<f64>,
    /// All errors without their sign, in these units, the least first.
    sorted: Vec<f64>,
    /// At how many moments they were made.
    moments: usize,
}

impl Errors {
    /// Takes the errors at all moments of the past, those of each by the weights that all others give: what is weighed by its own errors errs
    /// too little.
    pub(super) fn of(
        past: &[Past],
        methods: usize,
        horizon: usize,
        bounded: impl Fn(f64) -> f64,
    ) -> Self {
        let errors: Vec<Vec<f64>> = past
            .iter()
            .enumerate()
            .map(|(at, one)| {
                let weights = weights(past, Some(at), methods);
                let said = combined(&one.said, &weights, one.came.len());
                said.iter()
                    .zip(&one.came)
                    .map(|(said, came)| (bounded(*said) - came).abs())
                    .collect()
            })
            .collect();
        let known = errors.first().map_or(0, Vec::len);
        let mut usual: Vec<f64> = (0..known)
            .map(|lead| {
                let reach = known / SMOOTHING;
                let near = lead.saturating_sub(reach)..(lead + reach + 1).min(known);
                let count = near.len() * errors.len();
                errors.iter().flat_map(|error| &error[near.clone()]).sum::<f64>() / count as f64
            })
            .collect();
        let least = usual.iter().copied().fold(0.0, f64::max) * 1e-6;
        usual.iter_mut().for_each(|usual| *usual = usual.max(least).max(1e-12));
        let mut sorted: Vec<f64> = errors
            .iter()
            .flat_map(|error| error.iter().zip(&usual).map(|(error, usual)| error / usual))
            .collect();
        sorted.sort_by(f64::total_cmp);
        // Beyond the leads that are known errors grow as those of a random walk.
        for lead in known..horizon {
            let last = usual.get(known.wrapping_sub(1)).copied().unwrap_or(0.0);
            usual.push(last * ((lead + 1) as f64 / known.max(1) as f64).sqrt());
        }
        Self { usual, sorted, moments: past.len() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Tells how far from the forecast the value of a lead lies at most, with a probability in percent.
    ///
    /// The rank is that of split conformal prediction, one more than the share of the errors, so that few errors make it wide. Errors at one
    /// moment are alike and count as [`ALIKE`]. Where even the greatest is not enough, it goes on as far again as the level asks.
    pub(super) fn reach(&self, lead: usize, level: f64) -> f64 {
        let count = self.sorted.len() as f64;
        let independent = count.min(self.moments as f64 * ALIKE);
        let rank = (level / 100.0 * (1.0 + 1.0 / independent) * count).ceil();
        let error = match rank <= count {
            true => self.sorted[(rank as usize).max(1) - 1],
            false => self.sorted[self.sorted.len() - 1] * rank / count,
        };
        error * self.usual[lead]
    }
}
