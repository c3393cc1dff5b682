//! The stage of an item's life on a board.

use super::situation::Situation;

/// How many ranks in 3 hours are a rise or a fall, as a part of the board: 5 of 50.
const STEEP: f64 = 0.1;
/// For how many hours an item that came to the board is new.
const NEW: f64 = 1.5;
/// How far below its best rank an item is past its peak, as a part of the board: 10 of 50.
const PAST: f64 = 0.2;

/// Is a stage of life. An item rises or falls if it climbed or lost a tenth of the board's ranks in 3 hours, or since it came if that is later;
/// it is past its peak if it lies more than a fifth of them below its best. From the top, the first rule that fits decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// At the top, and not falling.
    Outbreak,
    /// Falling.
    Declining,
    /// Not rising, and past its peak or off the top after it was there.
    Residual,
    /// Rising, or new on the board since an hour and a half at most and in its upper half.
    Growing,
    /// None of these: on the board, and nothing happens yet.
    Latent,
}

impl Stage {
    /// Gives the stage of an item.
    pub fn of(now: &Situation) -> Self {
        let climbed = climbed(now) / now.size;
        let (is_rising, is_falling) = (climbed >= STEEP, climbed <= -STEEP);
        let is_past = now.rank - now.best > PAST * now.size || now.boards_at_top > 0.0;
        let is_strong_start = now.stay < NEW && now.rank <= now.size / 2.0;
        match () {
            () if now.rank <= now.top && !is_falling => Self::Outbreak,
            () if is_falling => Self::Declining,
            () if is_past && !is_rising => Self::Residual,
            () if is_rising || is_strong_start => Self::Growing,
            () => Self::Latent,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latent => "latent",
            Self::Growing => "growing",
            Self::Outbreak => "outbreak",
            Self::Declining => "declining",
            Self::Residual => "residual",
        }
    }
}

/// The ranks climbed in up to 3 hours on the board: an item that came later has climbed since then.
fn climbed(now: &Situation) -> f64 {
    let known = |rank: &f64| *rank <= now.size;
    let [one, two, three, ..] = now.ago;
    [three, two, one].iter().find(|rank| known(rank)).map_or(0.0, |rank| rank - now.rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trends::rising::{HOUR, History, Observation, Situations};

    /// The stages of an item that has these ranks hour after hour, on a board of 50 with a top of 10.
    fn stages(ranks: &[usize]) -> Vec<&'static str> {
        let mut seen = Vec::new();
        for (hour, rank) in ranks.iter().enumerate() {
            let mut others = 1..;
            for at in 1..=50 {
                let item = if at == *rank { 0 } else { others.next().unwrap() };
                seen.push(Observation { time: hour as i64 * HOUR, item, value: -(at as f64) });
            }
        }
        let history = History::new(seen).unwrap();
        let of = |all: Vec<Situation>| all.iter().find(|now| now.item == 0).map(Stage::of);
        Situations::new(&history, 10).filter_map(of).map(Stage::name).collect()
    }

    #[test]
    fn a_life_has_its_stages() {
        assert_eq!(
            stages(&[45, 44, 30, 9, 4, 5, 20, 35, 37, 38, 39]),
            [
                "latent",
                "latent",
                "growing",
                "outbreak",
                "outbreak",
                "outbreak",
                "declining",
                "declining",
                "declining",
                "declining",
                "residual"
            ]
        );
    }

    #[test]
    fn not_every_life_has_all() {
        assert_eq!(stages(&[20, 22, 28]), ["growing", "growing", "declining"]);
        assert_eq!(stages(&[40, 41, 40]), ["latent"; 3]);
        // It comes back: 60 is off the board.
        assert_eq!(
            stages(&[5, 30, 60, 60, 60, 29, 12]),
            ["outbreak", "declining", "residual", "growing"]
        );
    }
}
