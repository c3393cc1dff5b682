//! Who posts: people with interests, habits and followers, media, the brands' customer service, campaign and spam accounts.

use super::chance::Chance;
use super::identity;
use super::phrasebook::{PhraseError, Phrasebook};
use super::scenario::Scenario;
use super::scene::Scene;
use super::world::{BRANDS, Language, POPULATIONS, Platform, SUBJECTS};
use groundswell_core::{Author, Post};
use std::collections::HashMap;
use std::ops::Range;

/// Says what an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Person,
    Medium,
    /// Customer service of the brand of this index.
    Care(usize),
    /// Member of the campaign of this index.
    Bot(usize),
    Spammer,
}

/// How somebody writes; numbers are probabilities.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) writes_lowercase: bool,
    pub(super) ends_with_stop: f64,
    pub(super) emoji: f64,
    pub(super) hashtag: f64,
    pub(super) typo: f64,
    pub(super) stretch: f64,
    pub(super) glue: f64,
    pub(super) traditional: bool,
}

/// An account.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) handle: String,
    pub(super) display_name: String,
    pub(super) platform: Platform,
    pub(super) population: usize,
    pub(super) role: Role,
    pub(super) interests: [usize; 3],
    pub(super) follower_count: i64,
    pub(super) style: Style,
}

/// Every account; those of one kind lie side by side.
pub(super) struct People {
    pub(super) all: Vec<Person>,
    /// People of each population, the most active first.
    ordinary: Vec<Range<usize>>,
    /// Media, spammers of each population.
    media: Vec<Range<usize>>,
    spammers: Vec<Range<usize>>,
    /// Accounts of each campaign in each population.
    bots: Vec<Vec<Range<usize>>>,
    /// Customer service of each brand in each population (English ones share one account).
    care: Vec<Vec<usize>>,
    seed: u64,
}

impl People {
    pub(super) fn new(scenario: &Scenario, posts: u64, seed: u64) -> Result<Self, PhraseError> {
        let mut founding =
            Founding { chance: Chance::new(seed, 4), taken: HashMap::new(), all: Vec::new() };
        let mut people = Self {
            all: Vec::new(),
            ordinary: Vec::new(),
            media: Vec::new(),
            spammers: Vec::new(),
            bots: Vec::new(),
            care: Vec::new(),
            seed,
        };
        for (index, population) in POPULATIONS.iter().enumerate() {
            let expected = posts as f64 * population.share;
            let of = |part: f64, least: f64| (expected * part).max(least) as usize;
            people.ordinary.push(founding.found(of(0.16, 60.0), index, Role::Person)?);
            people.media.push(founding.found(8, index, Role::Medium)?);
            people.spammers.push(founding.found(
                of(scenario.spam_share / 4.0, 3.0),
                index,
                Role::Spammer,
            )?);
        }
        for (campaign, plan) in scenario.campaigns.iter().enumerate() {
            let members = |share: f64| (posts as f64 * plan.share * share / 5.0).clamp(12.0, 600.0);
            let ranges = POPULATIONS.iter().enumerate().map(|(index, population)| {
                founding.found(members(population.share) as usize, index, Role::Bot(campaign))
            });
            people.bots.push(ranges.collect::<Result<_, _>>()?);
        }
        for brand in 0..BRANDS.len() {
            let chinese = founding.found(1, 0, Role::Care(brand))?.start;
            let english = founding.found(1, 1, Role::Care(brand))?.start;
            let of = |language| if language == Language::Chinese { chinese } else { english };
            people
                .care
                .push(POPULATIONS.iter().map(|population| of(population.language)).collect());
        }
        people.all = founding.all;
        Ok(people)
    }

    /// Draws who posts on an ordinary occasion: activity falls with rank as Zipf's law, flattened for the first ranks
    /// (Mandelbrot 1953). `crowd` is the probability that everybody is equally likely instead.
    pub(super) fn anybody(&self, population: usize, crowd: f64, chance: &mut Chance) -> usize {
        let range = &self.ordinary[population];
        let count = range.len() as f64;
        if chance.happens(crowd) {
            return range.start + chance.below(range.len());
        }
        let flat = (count / 100.0).max(20.0);
        let rank = flat * ((count + flat) / flat).powf(chance.unit()) - flat;
        range.start + (rank as usize).min(range.len() - 1)
    }

    pub(super) fn medium(&self, population: usize, chance: &mut Chance) -> usize {
        let range = &self.media[population];
        range.start + chance.below(range.len())
    }

    pub(super) fn spammer(&self, population: usize, chance: &mut Chance) -> usize {
        let range = &self.spammers[population];
        range.start + chance.below(range.len())
    }

    pub(super) fn bot(&self, campaign: usize, population: usize, chance: &mut Chance) -> usize {
        let range = &self.bots[campaign][population];
        range.start + chance.below(range.len())
    }

    pub(super) fn care(&self, brand: usize, population: usize) -> usize {
        self.care[brand][population]
    }

    /// Returns the key of an author: `platform:native_id`.
    pub(super) fn key(&self, index: usize) -> String {
        let platform = self.all[index].platform;
        Post::key(platform.name(), &identity::author_id(platform, self.seed, index))
    }

    /// Returns the account as a platform shows it.
    pub(super) fn author(&self, index: usize, observed_at: i64) -> Result<Author, PhraseError> {
        let person = &self.all[index];
        let mut chance = Chance::new(self.seed ^ 0x6269_6f73, index as u64);
        let book = Phrasebook::of(POPULATIONS[person.population].language)?;
        let mut scene = Scene::new(book, person.population, person.platform);
        let following = match person.role {
            Role::Bot(_) | Role::Spammer => chance.within(200, 2_400),
            Role::Medium | Role::Care(_) => chance.within(20, 400),
            Role::Person => (200.0 * (0.8 * chance.normal()).exp()) as i64 + 5,
        };
        let bio = match person.role {
            Role::Person if chance.happens(0.6) => Some(scene.list_word("bio", &mut chance)),
            Role::Medium => Some(scene.list_word("bio_medium", &mut chance)),
            Role::Care(brand) => {
                scene.brand = Some(&BRANDS[brand]);
                Some(scene.list_word("bio_care", &mut chance))
            }
            _ => None,
        };
        let vouched = matches!(person.role, Role::Medium | Role::Care(_));
        Ok(Author {
            author_id: self.key(index),
            platform: person.platform.name().to_owned(),
            handle: Some(person.handle.clone()),
            display_name: Some(person.display_name.clone()),
            bio,
            follower_count: Some(person.follower_count),
            following_count: Some(following),
            is_verified: Some(vouched || person.follower_count > 200_000),
            observed_at,
        })
    }
}

/// Makes accounts, no two with the same handle.
struct Founding {
    chance: Chance,
    taken: HashMap<String, u32>,
    all: Vec<Person>,
}

impl Founding {
    fn found(
        &mut self,
        count: usize,
        population: usize,
        role: Role,
    ) -> Result<Range<usize>, PhraseError> {
        let start = self.all.len();
        let language = POPULATIONS[population].language;
        let book = Phrasebook::of(language)?;
        for _ in 0..count {
            let person = self.person(book, population, role);
            self.all.push(person);
        }
        Ok(start..self.all.len())
    }

    fn person(&mut self, book: &'static Phrasebook, population: usize, role: Role) -> Person {
        let language = POPULATIONS[population].language;
        let chance = &mut self.chance;
        let platforms = POPULATIONS[population].platforms;
        let platform = match (role, language) {
            (Role::Care(_) | Role::Medium, Language::Chinese) => Platform::Weibo,
            (Role::Care(_) | Role::Medium, Language::English) => Platform::X,
            _ => platforms[chance.weighted(platforms.iter().map(|(_, share)| *share))].0,
        };
        let mut scene = Scene::new(book, population, platform);
        let (handle, display_name) = match role {
            Role::Care(brand) => {
                let handle = BRANDS[brand].care.of(language).to_owned();
                (handle.clone(), handle)
            }
            Role::Medium => (scene.list_word("handle_medium", chance), String::new()),
            Role::Bot(_) | Role::Spammer => (scene.list_word("handle_bot", chance), String::new()),
            Role::Person => (scene.list_word("handle", chance), scene.list_word("display", chance)),
        };
        let handle = self.unique(handle);
        let display_name = if display_name.is_empty() { handle.clone() } else { display_name };
        let chance = &mut self.chance;
        let follower_count = match role {
            Role::Person => (160.0 * (1.6 * chance.normal()).exp()) as i64,
            Role::Medium => (240_000.0 * (1.0 * chance.normal()).exp()) as i64,
            Role::Care(_) => (60_000.0 * (0.7 * chance.normal()).exp()) as i64,
            Role::Bot(_) | Role::Spammer => chance.within(0, 38),
        };
        let subjects = || SUBJECTS.iter().map(|subject| subject.share);
        let interests = [(); 3].map(|()| chance.weighted(subjects()));
        let style = style(chance, language, platform, role);
        Person {
            handle,
            display_name,
            platform,
            population,
            role,
            interests,
            follower_count,
            style,
        }
    }

    fn unique(&mut self, handle: String) -> String {
        let mut candidate = handle.clone();
        let mut number = self.taken.get(&handle).copied().unwrap_or(0);
        while self.taken.contains_key(&candidate) {
            number += 1;
            candidate = format!("{handle}{}", number + 6);
        }
        self.taken.insert(handle, number);
        self.taken.entry(candidate.clone()).or_insert(0);
        candidate
    }
}

fn style(chance: &mut Chance, language: Language, platform: Platform, role: Role) -> Style {
    if role != Role::Person {
        return Style {
            writes_lowercase: false,
            ends_with_stop: 0.9,
            emoji: 0.0,
            hashtag: 0.0,
            typo: 0.0,
            stretch: 0.0,
            glue: 0.0,
            traditional: false,
        };
    }
    let english = language == Language::English;
    let neat = chance.unit();
    let chatty = match platform {
        Platform::Reddit => 0.25,
        Platform::Xiaohongshu => 1.6,
        _ => 1.0,
    };
    // About one Chinese author in twenty writes traditional characters, most of them on X.
    let traditional = if platform == Platform::X { 0.3 } else { 0.02 };
    Style {
        writes_lowercase: english && neat < 0.28,
        ends_with_stop: if english { 0.15 + 0.7 * neat } else { 0.05 + 0.25 * neat },
        emoji: (0.05 + 0.5 * chance.unit().powi(2)) * chatty,
        hashtag: if platform == Platform::Reddit { 0.0 } else { 0.35 * chance.unit() * chatty },
        typo: 0.12 * (1.0 - neat).powi(2),
        stretch: 0.15 * chance.unit().powi(2),
        glue: 0.15 + 0.4 * chance.unit(),
        traditional: !english && chance.happens(traditional),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::SCENARIOS;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn handles_are_unique_and_bots_are_small() {
        let people = People::new(&SCENARIOS[0], 20_000, 11).unwrap();
        let handles: HashSet<_> = people.all.iter().map(|person| &person.handle).collect();
        assert_eq!(handles.len(), people.all.len());
        let mut chance = Chance::new(1, 1);
        let bot = &people.all[people.bot(0, 0, &mut chance)];
        assert!(bot.follower_count < 50 && bot.role == Role::Bot(0));
    }

    #[test]
    fn few_people_post_much() {
        let people = People::new(&SCENARIOS[0], 50_000, 11).unwrap();
        let mut chance = Chance::new(2, 1);
        let mut counts = vec![0; people.all.len()];
        for _ in 0..20_000 {
            counts[people.anybody(0, 0.0, &mut chance)] += 1;
        }
        counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
        let busiest: usize = counts[..people.ordinary[0].len() / 10].iter().sum();
        assert!((8_000..16_000).contains(&busiest), "{busiest}");
        assert!(counts[0] < 400, "{}", counts[0]);
    }

    #[test]
    fn accounts_are_described_the_same_each_time() {
        let people = People::new(&SCENARIOS[0], 1_000, 3).unwrap();
        let care = people.care(0, 0);
        let author = people.author(care, 5).unwrap();
        assert_eq!(author.handle.as_deref(), Some("卓芮克客服"));
        assert_eq!(author, people.author(care, 5).unwrap());
        assert_eq!(author.is_verified, Some(true));
    }
}
