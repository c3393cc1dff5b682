//! News that many copy with small changes.

use super::chance::{Chance, mix};
use super::compose::sentence;
use super::kind::Kind;
use super::phrasebook::{Family, Meaning, PhraseError, Phrasebook};
use super::scenario::Scenario;
use super::scene::Scene;
use super::timeline::{news_hours, news_wave};
use super::world::{BRANDS, Brand, Language, POPULATIONS, Platform, brand};

/// A piece of news in one language.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) about: &'static str,
    pub(super) meaning: Meaning,
    pub(super) brand: Option<&'static Brand>,
    /// When it came out, in hours from the start.
    hour: f64,
    weight: f64,
}

/// News of one kind, per language.
#[derive(Debug, Default)]
pub(super) struct Stories {
    english: Vec<Story>,
    chinese: Vec<Story>,
}

const FIELDS: [&str; 5] = ["electronics", "coffee", "airline", "car", "world"];

impl Stories {
    /// Draws the ordinary news of a scenario.
    pub(super) fn ordinary(scenario: &Scenario, seed: u64) -> Result<Self, PhraseError> {
        let mut stories = Self::default();
        for language in [Language::English, Language::Chinese] {
            let book = Phrasebook::of(language)?;
            let pools = FIELDS.map(|field| book.pool(field, Kind::News));
            for (index, hour) in news_hours(scenario, seed).into_iter().enumerate() {
                let mut chance = Chance::new(mix(seed, index as u64), 5);
                let Some(family) = book.choose(&pools, &mut chance, |_| true) else { continue };
                let brands = BRANDS.iter().filter(|brand| brand.field == family.about);
                let chosen = chance.weighted(brands.clone().map(|brand| brand.share));
                let about = brands.clone().nth(chosen);
                let mut story = Story::tell(language, book, family, about, hour, &mut chance);
                // A family may tell two pieces of news, with other places and numbers.
                story.name = format!("news-{index:03}-{}", story.name);
                stories.add(language, story);
            }
        }
        Ok(stories)
    }

    /// Tells every family of news about something, the first at `hour` and each next some hours later.
    pub(super) fn series(
        &mut self,
        about: &'static str,
        brand_name: &str,
        hour: i64,
        seed: u64,
    ) -> Result<(), PhraseError> {
        for language in [Language::English, Language::Chinese] {
            let book = Phrasebook::of(language)?;
            for (place, &index) in book.pool(about, Kind::News).iter().enumerate() {
                let family = &book.families[index];
                let mut chance = Chance::new(mix(seed, index as u64), 6);
                let hour = hour as f64 + 0.3 + 3.5 * place as f64;
                let about = brand(brand_name);
                let story = Story::tell(language, book, family, about, hour, &mut chance);
                self.add(language, story);
            }
        }
        Ok(())
    }

    fn add(&mut self, language: Language, story: Story) {
        match language {
            Language::English => self.english.push(story),
            Language::Chinese => self.chinese.push(story),
        }
    }

    /// Picks a story that is fresh at an hour of the scenario.
    pub(super) fn fresh(
        &self,
        language: Language,
        hour: f64,
        chance: &mut Chance,
    ) -> Option<&Story> {
        let stories = match language {
            Language::English => &self.english,
            Language::Chinese => &self.chinese,
        };
        let weights = stories.iter().map(|story| story.weight * news_wave(hour - story.hour));
        let chosen = stories.get(chance.weighted(weights))?;
        (news_wave(hour - chosen.hour) > 0.0).then_some(chosen)
    }
}

impl Story {
    fn tell(
        language: Language,
        book: &'static Phrasebook,
        family: &Family,
        about: Option<&'static Brand>,
        hour: f64,
        chance: &mut Chance,
    ) -> Self {
        let home = POPULATIONS.iter().position(|population| population.language == language);
        let mut scene = Scene::new(book, home.unwrap_or(0), Platform::X);
        scene.brand = about;
        scene.formal = true;
        scene.product = about.map(|brand| &brand.products[chance.below(brand.products.len())]);
        let text = sentence(&mut scene, family, chance);
        Self {
            name: format!("{}-{}", family.name, language.code()),
            text,
            about: family.about,
            meaning: family.meaning,
            brand: about,
            hour,
            weight: chance.normal().exp(),
        }
    }
}

/// Copies a story as people do: word for word, or with a word before or after it, a short sentence less, an address
/// more.
pub(super) fn copied(story: &Story, scene: &mut Scene, chance: &mut Chance) -> String {
    let mut text = story.text.clone();
    let full_stop = if scene.language == Language::Chinese { "。" } else { ". " };
    if chance.happens(0.2)
        && let Some((shorter, _)) = text.trim_end_matches(['.', '。']).rsplit_once(full_stop)
        && shorter.len() * 5 > text.len() * 3
    {
        text = format!("{shorter}{}", full_stop.trim_end());
    }
    if chance.happens(0.35) {
        let gap = if scene.language == Language::Chinese { "" } else { " " };
        text = format!("{}{gap}{text}", scene.list_word("news_prefix", chance));
    }
    if chance.happens(0.35) {
        text = format!("{text} {}", scene.list_word("news_suffix", chance));
    }
    text
}
