//! The scenarios: what happens to whom, and when.

use super::world::{Bilingual, Product};
use crate::did_you_mean;

/// Microseconds in an hour.
pub(super) const HOUR: i64 = 3_600_000_000;

/// Describes what happens in a simulated stretch of time.
#[derive(Debug)]
pub struct Scenario {
    /// Name on the command line.
    pub name: &'static str,
    /// One sentence for `--help`.
    pub description: &'static str,
    /// First microsecond after it (UTC).
    pub end: i64,
    /// Its length in days.
    pub days: i64,
    /// A brand in trouble.
    pub crisis: Option<Crisis>,
    /// A product that comes out.
    pub launch: Option<Launch>,
    /// A topic that begins to spread.
    pub emerging: Option<Emerging>,
    /// Groups of accounts that promote something.
    pub campaigns: &'static [Campaign],
    /// Part of all posts that are copies of news.
    pub news_share: f64,
    /// Part of all posts that are unwanted advertising.
    pub spam_share: f64,
}

/// A product overheats: weak signals, an outbreak, a ban by airlines, an apology, decay. Times are hours from the start.
#[derive(Debug)]
pub struct Crisis {
    /// Latin name of the brand.
    pub brand: &'static str,
    /// Kind of product concerned.
    pub product: &'static str,
    /// English hashtag without `#`, once it has broken out.
    pub english_tag: &'static str,
    /// Chinese hashtag without `#`, once it has broken out.
    pub chinese_tag: &'static str,
    /// First posts of people who notice something.
    pub signals_at: i64,
    /// A film of a burning phone spreads.
    pub outbreak_at: i64,
    /// Airlines ban the product from their cabins.
    pub ban_at: i64,
    /// The brand apologises and calls the product back.
    pub apology_at: i64,
    /// Part of all posts.
    pub share: f64,
}

/// A product comes out. Times are hours from the start.
#[derive(Debug)]
pub struct Launch {
    /// Latin name of the brand.
    pub brand: &'static str,
    /// The new product.
    pub product: &'static Product,
    /// When it is shown.
    pub at: i64,
    /// Part of all posts.
    pub share: f64,
}

/// A hashtag that grows exponentially until the end. Times are hours from the start.
#[derive(Debug)]
pub struct Emerging {
    /// English hashtag without `#`.
    pub english_tag: &'static str,
    /// Chinese hashtag without `#`.
    pub chinese_tag: &'static str,
    /// First post.
    pub at: i64,
    /// Hours in which it doubles.
    pub doubling_hours: f64,
    /// Part of all posts.
    pub share: f64,
}

/// Young accounts post nearly the same text in bursts. Times are hours from the start.
#[derive(Debug)]
pub struct Campaign {
    /// The `about` of its phrase families.
    pub name: &'static str,
    /// Latin name of the brand it promotes.
    pub brand: &'static str,
    /// Kind of product it promotes.
    pub product: &'static str,
    /// Beginnings of its bursts.
    pub bursts_at: &'static [i64],
    /// Part of all posts.
    pub share: f64,
}

/// 2026-11-23T00:00:00Z.
const END: i64 = 1_795_392_000_000_000;

const POCKET_BREW: Emerging = Emerging {
    english_tag: "PocketBrew",
    chinese_tag: "口袋手冲",
    at: 528,
    doubling_hours: 22.0,
    share: 0.025,
};

static ARC_6: Product = Product {
    kind: "phone",
    names: Bilingual {
        english: &["Arc 6", "Ondira Arc 6", "Arc 6"],
        chinese: &["Arc 6", "昂迪拉Arc 6", "Arc6"],
    },
    share: 1.0,
};

const ARC_6_LAUNCH: Launch = Launch { brand: "Ondira", product: &ARC_6, at: 230, share: 0.03 };

/// Every scenario, the default first.
pub static SCENARIOS: [Scenario; 2] = [
    Scenario {
        name: "brands",
        description: "six brands over four weeks: a battery crisis, a launch, two bot campaigns, a topic that emerges",
        end: END,
        days: 28,
        crisis: Some(Crisis {
            brand: "Zorvik",
            product: "phone",
            english_tag: "ZorvikHeat",
            chinese_tag: "卓芮克手机发烫",
            signals_at: 336,
            outbreak_at: 442,
            ban_at: 482,
            apology_at: 513,
            share: 0.09,
        }),
        launch: Some(ARC_6_LAUNCH),
        emerging: Some(POCKET_BREW),
        campaigns: &[
            Campaign {
                name: "giveaway",
                brand: "Qilane",
                product: "vehicle",
                bursts_at: &[195, 270, 365, 556],
                share: 0.018,
            },
            Campaign {
                name: "defence",
                brand: "Zorvik",
                product: "phone",
                bursts_at: &[460, 487, 520],
                share: 0.008,
            },
        ],
        news_share: 0.045,
        spam_share: 0.012,
    },
    Scenario {
        name: "quiet",
        description: "the same brands over four weeks without crisis, campaigns and spam",
        end: END,
        days: 28,
        crisis: None,
        launch: Some(ARC_6_LAUNCH),
        emerging: Some(POCKET_BREW),
        campaigns: &[],
        news_share: 0.045,
        spam_share: 0.0,
    },
];

impl Scenario {
    /// Finds a scenario by its name.
    ///
    /// # Errors
    /// [`ScenarioError`] with the nearest name.
    pub fn find(name: &str) -> Result<&'static Self, ScenarioError> {
        SCENARIOS.iter().find(|scenario| scenario.name == name).ok_or_else(|| {
            let valid: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            ScenarioError { name: name.to_owned(), remedy: did_you_mean(name, &valid) }
        })
    }

    /// Returns its first microsecond (UTC).
    pub fn start(&self) -> i64 {
        self.end - self.days * 24 * HOUR
    }

    /// Returns the time (microseconds UTC) of an hour of the scenario.
    pub fn time_of(&self, hour: i64) -> i64 {
        self.start() + hour * HOUR
    }
}

/// Says that no scenario has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scenario `{name}`; {remedy}")]
pub struct ScenarioError {
    /// Name that was asked for.
    pub name: String,
    /// Nearest name, or all of them.
    pub remedy: String,
}

impl Crisis {
    /// Returns how much it is talked of at an hour of the scenario; about 1 at the outbreak's height.
    pub(super) fn loudness(&self, hour: f64) -> f64 {
        let [signals, outbreak] = [self.signals_at, self.outbreak_at].map(|h| h as f64);
        let murmur = if (signals..outbreak).contains(&hour) {
            0.008 + 0.05 * ((hour - signals) / (outbreak - signals)).powi(2)
        } else {
            0.0
        };
        let ban = wave(hour - self.ban_at as f64, 3.0, 10.0);
        let apology = wave(hour - self.apology_at as f64, 2.0, 18.0);
        let afterwards = wave(hour - self.apology_at as f64, 12.0, 120.0);
        murmur
            + 1.5 * wave(hour - outbreak, 3.0, 13.0)
            + 0.4 * ban
            + 0.35 * apology
            + 0.05 * afterwards
    }
}

impl Launch {
    /// Returns how much it is talked of at an hour of the scenario.
    pub(super) fn loudness(&self, hour: f64) -> f64 {
        let since = hour - self.at as f64;
        let rumours = if (-72.0..0.0).contains(&since) { 0.08 } else { 0.0 };
        rumours + wave(since, 1.5, 22.0) + 0.1 * wave(since, 10.0, 160.0)
    }
}

impl Emerging {
    /// Returns how much it is talked of at an hour of the scenario.
    pub(super) fn loudness(&self, hour: f64) -> f64 {
        let since = hour - self.at as f64;
        if since < 0.0 { 0.0 } else { (since / self.doubling_hours).exp2() }
    }
}

impl Campaign {
    /// Returns how much its accounts post at an hour of the scenario: bursts of half an hour, and a trickle after each.
    pub(super) fn loudness(&self, hour: f64) -> f64 {
        let burst = |&at: &i64| match hour - at as f64 {
            since if (0.0..0.5).contains(&since) => 1.0,
            since if (0.5..6.0).contains(&since) => 0.02,
            _ => 0.0,
        };
        self.bursts_at.iter().map(burst).sum()
    }
}

/// Rises within about `rise` hours after 0 and halves after about `decay` hours.
pub(super) fn wave(since: f64, rise: f64, decay: f64) -> f64 {
    if since < 0.0 { 0.0 } else { (1.0 - (-since / rise).exp()) * (-since / decay * 0.693).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scenarios_name_the_nearest() {
        let message = Scenario::find("brand").unwrap_err().to_string();
        assert!(
            message.starts_with("unknown scenario `brand`; did you mean `brands`?"),
            "{message}"
        );
        assert_eq!(Scenario::find("quiet").unwrap().name, "quiet");
    }

    #[test]
    fn the_crisis_is_loudest_after_its_outbreak() {
        let crisis = SCENARIOS[0].crisis.as_ref().unwrap();
        let loudest = (0..672).max_by_key(|&h| (crisis.loudness(h as f64) * 1e6) as i64).unwrap();
        assert!((crisis.outbreak_at..crisis.ban_at).contains(&loudest), "{loudest}");
        assert!(crisis.loudness(400.0) < 0.05 && crisis.loudness(100.0) == 0.0);
    }

    #[test]
    fn the_end_is_a_monday_midnight() {
        let day = END / (24 * HOUR);
        assert_eq!((END % (24 * HOUR), (day + 3) % 7), (0, 0));
    }
}
