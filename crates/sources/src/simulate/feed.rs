//! What people saw lately, so that they can answer it or pass it on.

use super::chance::Chance;
use super::phrasebook::Meaning;
use super::scenario::HOUR;
use super::timeline::Occasion;
use super::world::{Brand, Language, Platform};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many posts of a platform and language stay in sight.
const IN_SIGHT: usize = 400;
/// After how long nobody answers any more (microseconds).
const STALE: i64 = 60 * HOUR;

/// A post somebody may answer or pass on.
#[derive(Debug)]
pub(super) struct Recent {
    pub(super) post_id: String,
    pub(super) author: usize,
    pub(super) handle: String,
    pub(super) time: i64,
    pub(super) text: String,
    pub(super) url: String,
    pub(super) meaning: Meaning,
    pub(super) about: &'static str,
    pub(super) brand: Option<&'static Brand>,
    /// Its family of near-duplicates: the story's name or its own `post_id`.
    pub(super) family: String,
    pub(super) thread_id: Option<String>,
    /// The post it passes on, if it does.
    pub(super) repost_of_id: Option<String>,
    pub(super) occasion: Occasion,
    pub(super) crisis: bool,
    /// How much it draws attention.
    pub(super) attention: f64,
}

/// The latest posts of each platform and language.
pub(super) struct Feed {
    rings: Vec<VecDeque<Arc<Recent>>>,
}

fn ring_of(platform: Platform, language: Language) -> usize {
    platform as usize * 2 + usize::from(language == Language::Chinese)
}

impl Feed {
    pub(super) fn new() -> Self {
        Self { rings: (0..Platform::ALL.len() * 2).map(|_| VecDeque::new()).collect() }
    }

    pub(super) fn push(&mut self, platform: Platform, language: Language, post: Arc<Recent>) {
        let ring = &mut self.rings[ring_of(platform, language)];
        if ring.len() == IN_SIGHT {
            ring.pop_front();
        }
        ring.push_back(post);
    }

    /// Picks a post that `fits`: the newer and the more looked at, the likelier.
    pub(super) fn choose(
        &self,
        platform: Platform,
        language: Language,
        now: i64,
        chance: &mut Chance,
        fits: impl Fn(&Recent) -> bool,
    ) -> Option<Arc<Recent>> {
        let ring = &self.rings[ring_of(platform, language)];
        let mut best: Option<(f64, &Arc<Recent>)> = None;
        for _ in 0..8 {
            let back = (-(1.0 - chance.unit()).ln() * ring.len() as f64 / 4.0) as usize;
            let lot = chance.unit();
            let Some(post) = ring.len().checked_sub(back + 1).and_then(|place| ring.get(place))
            else {
                continue;
            };
            if now - post.time > STALE || !fits(post) {
                continue;
            }
            let pull = lot * post.attention.sqrt();
            if best.is_none_or(|(most, _)| pull > most) {
                best = Some((pull, post));
            }
        }
        best.map(|(_, post)| Arc::clone(post))
    }
}

#[cfg(test)]
mod tests {
    use super::super::truth::{Emotion, Intent, Sentiment};
    use super::*;

    fn post(name: &str, time: i64, attention: f64) -> Arc<Recent> {
        let meaning = Meaning {
            sentiment: Sentiment::Neutral,
            emotion: Emotion::Neutral,
            topic: "weather",
            intent: Intent::Chat,
        };
        Arc::new(Recent {
            post_id: name.to_owned(),
            author: 0,
            handle: String::new(),
            time,
            text: String::new(),
            url: String::new(),
            meaning,
            about: "weather",
            brand: None,
            family: name.to_owned(),
            thread_id: None,
            repost_of_id: None,
            occasion: Occasion::Everyday,
            crisis: false,
            attention,
        })
    }

    #[test]
    fn what_draws_attention_is_answered_most_and_what_is_old_never() {
        let mut feed = Feed::new();
        let (platform, language) = (Platform::Weibo, Language::Chinese);
        feed.push(platform, language, post("old", 0, 1e6));
        for _ in 0..10 {
            feed.push(platform, language, post("dull", STALE, 1.0));
        }
        feed.push(platform, language, post("loud", STALE, 400.0));
        let mut chance = Chance::new(1, 1);
        let mut chosen = |fits: fn(&Recent) -> bool| {
            feed.choose(platform, language, STALE + 1, &mut chance, fits).map(|p| p.post_id.clone())
        };
        let picks: Vec<_> = (0..200).filter_map(|_| chosen(|_| true)).collect();
        assert!(picks.iter().all(|name| name != "old"));
        assert!(picks.iter().filter(|name| *name == "loud").count() > 120, "{picks:?}");
        assert_eq!(chosen(|_| false), None);
    }
}
