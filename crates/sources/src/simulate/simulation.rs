//! The iterator over simulated posts and what is planted in them.

use super::chance::Chance;
use super::draft::Draft;
use super::feed::{Feed, Recent};
use super::identity;
use super::people::{People, Role};
use super::phrasebook::{PhraseError, Phrasebook};
use super::scenario::{Scenario, ScenarioError};
use super::stories::Stories;
use super::timeline::{Occasion, Timeline};
use super::truth::{Intent, Truth};
use super::world::{Language, POPULATIONS, Platform};
use groundswell_core::{Author, Media, Post};
use std::collections::VecDeque;
use std::sync::Arc;

/// Says why a simulation cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// No scenario has this name.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A phrase file breaks its format.
    #[error(transparent)]
    Phrases(#[from] PhraseError),
}

/// Yields exactly so many posts in the order of their time, each with its truth. Equal scenario, number of posts and seed give
/// equal posts; memory grows with the number of authors, not of posts.
pub struct Simulation {
    pub(super) scenario: &'static Scenario,
    pub(super) english: &'static Phrasebook,
    pub(super) chinese: &'static Phrasebook,
    pub(super) seed: u64,
    pub(super) chance: Chance,
    pub(super) people: People,
    pub(super) feed: Feed,
    /// Requests that wait for an answer of customer service.
    pub(super) requests: VecDeque<Arc<Recent>>,
    pub(super) news: Stories,
    pub(super) crisis_news: Stories,
    pub(super) launch_news: Stories,
    timeline: Timeline,
    sequence: u64,
    introduced: Vec<bool>,
    new_authors: Vec<Author>,
}

impl Simulation {
    /// Prepares the world of a scenario.
    ///
    /// # Errors
    /// [`SimulationError`] for an unknown scenario.
    pub fn new(scenario: &str, posts: u64, seed: u64) -> Result<Self, SimulationError> {
        let scenario = Scenario::find(scenario)?;
        let people = People::new(scenario, posts, seed)?;
        let mut crisis_news = Stories::default();
        if let Some(crisis) = &scenario.crisis {
            crisis_news.series("crisis_outbreak", crisis.brand, crisis.outbreak_at, seed)?;
            crisis_news.series("crisis_ban", crisis.brand, crisis.ban_at, seed)?;
            crisis_news.series("crisis_apology", crisis.brand, crisis.apology_at, seed)?;
        }
        let mut launch_news = Stories::default();
        if let Some(launch) = &scenario.launch {
            launch_news.series("launch", launch.brand, launch.at, seed)?;
        }
        Ok(Self {
            scenario,
            english: Phrasebook::of(Language::English)?,
            chinese: Phrasebook::of(Language::Chinese)?,
            seed,
            chance: Chance::new(seed, 1),
            introduced: vec![false; people.all.len()],
            people,
            feed: Feed::new(),
            requests: VecDeque::new(),
            news: Stories::ordinary(scenario, seed)?,
            crisis_news,
            launch_news,
            timeline: Timeline::new(scenario, posts, seed),
            sequence: 0,
            new_authors: Vec::new(),
        })
    }

    /// Hands over the authors who posted for the first time since the last call.
    pub fn take_new_authors(&mut self) -> Vec<Author> {
        std::mem::take(&mut self.new_authors)
    }

    pub(super) fn book(&self, language: Language) -> &'static Phrasebook {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }

    fn publish(&mut self, draft: Draft, time: i64) -> (Post, Truth) {
        let sequence = self.sequence;
        self.sequence += 1;
        let author_id = self.people.key(draft.author);
        let person = &self.people.all[draft.author];
        let platform = person.platform;
        let language = POPULATIONS[person.population].language;
        let (_, native_author) = author_id.split_once(':').unwrap_or_default();
        let native_id = identity::post_id(platform, time, sequence, draft.reply_to_id.is_some());
        let post_id = Post::key(platform.name(), &native_id);
        let url = identity::url(platform, native_author, &person.handle, &native_id);
        let is_bot = matches!(person.role, Role::Bot(_) | Role::Spammer);
        let counts = Counts::draw(&draft, person.follower_count, is_bot, &mut self.chance);
        let declared = match platform {
            Platform::X => Some(language.code()),
            Platform::Bluesky if person.style.traditional => Some("zh-Hant"),
            Platform::Bluesky => Some(language.code()),
            _ => None,
        };
        let media = media(platform, &draft, &native_id, &mut self.chance);
        let truth = Truth {
            post_id: post_id.clone(),
            sentiment: draft.meaning.sentiment,
            emotion: draft.meaning.emotion,
            topic: draft.meaning.topic.to_owned(),
            brand: draft.brand.map(|brand| brand.name.to_owned()),
            intent: draft.meaning.intent,
            is_bot,
            story: draft.story.clone(),
            crisis: draft.crisis,
        };
        let in_sight = !draft.text.trim().is_empty() && !is_bot;
        if in_sight {
            let recent = Arc::new(Recent {
                family: draft.story.clone().unwrap_or_else(|| post_id.clone()),
                post_id: post_id.clone(),
                author: draft.author,
                handle: person.handle.clone(),
                time,
                text: draft.text.clone(),
                url: url.clone(),
                meaning: draft.meaning,
                about: draft.about,
                brand: draft.brand,
                thread_id: draft.thread_id.clone(),
                repost_of_id: draft.repost_of_id.clone(),
                occasion: draft.occasion,
                crisis: draft.crisis,
                attention: counts.likes as f64 + 2.0,
            });
            if draft.awaits_answer {
                self.requests.push_back(Arc::clone(&recent));
                if self.requests.len() > 64 {
                    self.requests.pop_front();
                }
            }
            self.feed.push(platform, language, recent);
        }
        if !self.introduced[draft.author] {
            self.introduced[draft.author] = true;
            // The phrases were parsed when the simulation was made, so this cannot fail any more.
            self.new_authors.extend(self.people.author(draft.author, time));
        }
        let post = Post {
            post_id,
            platform: platform.name().to_owned(),
            native_id,
            author_id: Some(author_id),
            created_at: time,
            collected_at: time + self.chance.within(20_000, 2_400_000) * 1000,
            declared_language: declared.map(str::to_owned),
            text: draft.text,
            url: Some(url),
            reply_to_id: draft.reply_to_id,
            repost_of_id: draft.repost_of_id,
            thread_id: draft.thread_id,
            like_count: Some(counts.likes),
            reply_count: Some(counts.replies),
            repost_count: platform.has_reposts().then_some(counts.reposts),
            view_count: (platform == Platform::X).then_some(counts.views),
            media,
            raw: None,
        };
        (post, truth)
    }
}

impl Iterator for Simulation {
    type Item = (Post, Truth);

    fn next(&mut self) -> Option<Self::Item> {
        let (time, stream) = self.timeline.next(&mut self.chance)?;
        let draft = self.draft(time, stream);
        Some(self.publish(draft, time))
    }
}

/// What a platform shows beside a post.
struct Counts {
    likes: i64,
    replies: i64,
    reposts: i64,
    views: i64,
}

impl Counts {
    /// Draws counts that grow with the author's followers and with how much the subject stirs people.
    fn draw(draft: &Draft, follower_count: i64, is_bot: bool, chance: &mut Chance) -> Self {
        let stir = match (draft.occasion, draft.meaning.intent) {
            _ if is_bot => 0.08,
            (Occasion::Crisis, _) => 2.4,
            (_, Intent::Joke) | (Occasion::Launch, _) => 1.6,
            (Occasion::Emerging, _) => 1.4,
            (_, Intent::Support) => 0.05,
            _ => 1.0,
        };
        let second_hand = draft.reply_to_id.is_some() || draft.repost_of_id.is_some();
        let stir = stir * if second_hand { 0.25 } else { 1.0 };
        let base = ((follower_count + 30) as f64).powf(0.65) * 0.1 * stir;
        let likes = base * (1.1 * chance.normal()).exp();
        let asked = if draft.meaning.intent == Intent::Question { 0.5 } else { 0.14 };
        let passed_on = if draft.occasion == Occasion::Crisis { 0.4 } else { 0.12 };
        let replies = (likes + 0.5) * asked * (0.6 * chance.normal()).exp();
        let reposts = likes * passed_on * (0.6 * chance.normal()).exp();
        let views = (likes + 1.0) * (25.0 + 60.0 * chance.unit());
        let [likes, replies, reposts, views] = [likes, replies, reposts, views].map(|n| n as i64);
        Self { likes, replies, reposts, views }
    }
}

fn media(platform: Platform, draft: &Draft, native_id: &str, chance: &mut Chance) -> Vec<Media> {
    let probability = match platform {
        _ if draft.reply_to_id.is_some() || draft.repost_of_id.is_some() => 0.02,
        Platform::Xiaohongshu => 0.95,
        Platform::Weibo => 0.35,
        _ => 0.15,
    };
    if !chance.happens(probability) {
        return Vec::new();
    }
    let film = chance.happens(0.12);
    let count = if film || platform != Platform::Xiaohongshu { 1 } else { chance.within(1, 4) };
    let (kind, ending) = if film { ("video", "mp4") } else { ("image", "jpg") };
    let address = |number: i64| {
        let name = native_id.rsplit(':').next().unwrap_or(native_id);
        format!("https://media.example/{}/{name}-{number}.{ending}", platform.name())
    };
    let medium = |number| Media { kind: kind.into(), location: address(number), alt_text: None };
    (1..=count).map(medium).collect()
}
