//! What a post knows when its phrases are filled in: who writes where and when, and about which product.

use super::chance::Chance;
use super::identity;
use super::phrasebook::Phrasebook;
use super::template::{Fact, Filling, render};
use super::timeline::local_clock;
use super::world::{BRANDS, Brand, Language, POPULATIONS, Platform, Product};

/// Surroundings of one post, and the words it has used so far.
pub(super) struct Scene {
    pub(super) book: &'static Phrasebook,
    pub(super) language: Language,
    pub(super) platform: Platform,
    pub(super) population: usize,
    pub(super) brand: Option<&'static Brand>,
    pub(super) product: Option<&'static Product>,
    /// Handle of somebody else, without `@`.
    pub(super) friend: String,
    /// Hashtag of the event it belongs to, without `#`, and how likely it carries it.
    pub(super) event_tag: Option<&'static str>,
    pub(super) event_tag_share: f64,
    pub(super) hour: i64,
    pub(super) weekday: i64,
    /// Whether it names brands and products in full, as media and companies do.
    pub(super) formal: bool,
    picks: Vec<(usize, bool, usize)>,
    /// The names of brand, product and their rivals it has used.
    names: Vec<(Fact, &'static str)>,
}

const DAYPARTS: [[&str; 5]; 2] = [
    ["morning", "lunchtime", "afternoon", "evening", "night"],
    ["早上", "中午", "下午", "晚上", "半夜"],
];
const WEEKDAYS: [[&str; 7]; 2] = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
];

impl Scene {
    pub(super) fn new(book: &'static Phrasebook, population: usize, platform: Platform) -> Self {
        let language = POPULATIONS[population].language;
        Self {
            book,
            language,
            platform,
            population,
            brand: None,
            product: None,
            friend: String::new(),
            event_tag: None,
            event_tag_share: 0.0,
            hour: 12,
            weekday: 0,
            formal: false,
            picks: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Sets the local clock from a time in microseconds UTC.
    pub(super) fn at(mut self, time: i64) -> Self {
        (self.hour, self.weekday) = local_clock(time, POPULATIONS[self.population].offset_hours);
        self
    }

    /// Writes a hashtag as the platform does: closed by a second `#` on Weibo.
    pub(super) fn hashtag(&self, tag: &str) -> String {
        if self.platform == Platform::Weibo { format!("#{tag}#") } else { format!("#{tag}") }
    }

    /// Returns a word of a list, or nothing when there is no such list.
    pub(super) fn list_word(&mut self, list: &str, chance: &mut Chance) -> String {
        let mut word = String::new();
        if let Some(list) = self.book.list(list) {
            let entry = chance.below(self.book.lists[list].len());
            render(&self.book.lists[list][entry], self, chance, &mut word);
        }
        word
    }

    /// Returns a hashtag of the brand; all but the first belong to its first product.
    pub(super) fn brand_tag(&self, chance: &mut Chance) -> Option<&'static str> {
        let brand = self.brand?;
        let tags = brand.tags.of(self.language);
        let first = brand.products.first().map(|product| product.names.of(self.language));
        let is_first = first == self.product.map(|product| product.names.of(self.language));
        Some(if is_first { chance.pick(tags) } else { tags[0] })
    }

    /// Returns how this post calls the brand, the product or their rivals: the same each time.
    fn name(&mut self, fact: Fact, chance: &mut Chance) -> Option<&'static str> {
        if let Some((_, name)) = self.names.iter().find(|(named, _)| *named == fact) {
            return Some(name);
        }
        let names = match fact {
            Fact::Brand => self.brand.map(|brand| brand.names),
            Fact::Product => self.product.map(|product| product.names),
            Fact::Rival => self.rival().map(|rival| rival.names),
            _ => self.rival_product().map(|product| product.names),
        };
        let names = names?.of(self.language);
        let name = if self.formal { names[0] } else { chance.pick(names) };
        self.names.push((fact, name));
        Some(name)
    }

    fn rival(&self) -> Option<&'static Brand> {
        let brand = self.brand?;
        BRANDS.iter().find(|other| other.field == brand.field && other.name != brand.name)
    }

    /// Returns the rival's product of the same kind, or else its first.
    fn rival_product(&self) -> Option<&'static Product> {
        let (rival, product) = (self.rival()?, self.product?);
        rival.products.iter().find(|other| other.kind == product.kind).or(rival.products.first())
    }

    fn daypart(&self) -> usize {
        match self.hour {
            5..=10 => 0,
            11..=13 => 1,
            14..=17 => 2,
            18..=22 => 3,
            _ => 4,
        }
    }
}

impl Filling for Scene {
    fn fact(&mut self, fact: Fact, chance: &mut Chance, out: &mut String) {
        let language = self.language;
        let chinese = usize::from(language == Language::Chinese);
        match fact {
            Fact::Brand | Fact::Product | Fact::Rival | Fact::RivalProduct => {
                match (self.name(fact, chance), self.brand) {
                    (Some(name), _) => out.push_str(name),
                    (None, Some(brand)) => {
                        out.push_str(&self.list_word(&format!("other_{}", brand.field), chance));
                    }
                    (None, None) => {}
                }
            }
            Fact::Care => {
                out.push('@');
                out.push_str(self.brand.map_or("", |brand| brand.care.of(language)));
            }
            Fact::Tag => {
                let tag = self.brand_tag(chance).unwrap_or_default();
                out.push_str(&self.hashtag(tag));
            }
            Fact::Friend => {
                out.push('@');
                out.push_str(&self.friend);
            }
            Fact::Link => {
                let number = chance.below(usize::MAX) as u64;
                out.push_str(&identity::link(self.platform, number));
            }
            Fact::Currency => out.push_str(POPULATIONS[self.population].currency),
            Fact::Weekday => out.push_str(WEEKDAYS[chinese][self.weekday as usize]),
            Fact::Daypart => out.push_str(DAYPARTS[chinese][self.daypart()]),
        }
    }

    fn word(&mut self, list: usize, other: bool, chance: &mut Chance, out: &mut String) {
        let book = self.book;
        let pick_of = |wanted: bool, picks: &[(usize, bool, usize)]| {
            picks.iter().find(|pick| (pick.0, pick.1) == (list, wanted)).map(|pick| pick.2)
        };
        let entry = pick_of(other, &self.picks).unwrap_or_else(|| {
            let count = book.lists[list].len();
            match pick_of(!other, &self.picks) {
                // One of the words that the other slot has not taken.
                Some(taken) => (taken + 1 + chance.below(count - 1)) % count,
                None => chance.below(count),
            }
        });
        if pick_of(other, &self.picks).is_none() {
            self.picks.push((list, other, entry));
        }
        render(&book.lists[list][entry], self, chance, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::parse;
    use super::super::world::brand;
    use super::*;

    fn filled(text: &'static str, brand_name: &str) -> String {
        let book = Phrasebook::of(Language::English).unwrap();
        let mut scene = Scene::new(book, 1, Platform::X).at(1_795_392_000_000_000);
        scene.brand = brand(brand_name);
        scene.product = scene.brand.map(|brand| &brand.products[0]);
        scene.friend = "somebody".into();
        let mut out = String::new();
        let template = parse(text, &["a", "b"]).unwrap();
        render(&template, &mut scene, &mut Chance::new(4, 4), &mut out);
        out
    }

    #[test]
    fn facts_come_from_the_scene() {
        assert_eq!(
            filled("{care} {friend} {weekday} {daypart}", "Ondira"),
            "@OndiraHelps @somebody Sunday evening"
        );
        assert_eq!(filled("{currency}5", "Ondira"), "$5");
        assert!(filled("{rival}", "Ondira").eq_ignore_ascii_case("zorvik"));
        assert!(!filled("{rival_product}", "Wrenpot").is_empty());
    }

    #[test]
    fn a_word_stays_the_same_and_its_twin_differs() {
        let book = Phrasebook::of(Language::Chinese).unwrap();
        let city = book.list("city").unwrap();
        for seed in 0..50 {
            let mut chance = Chance::new(seed, 4);
            let mut scene = Scene::new(book, 0, Platform::Weibo);
            let mut words = [String::new(), String::new(), String::new()];
            for (out, other) in words.iter_mut().zip([false, true, false]) {
                scene.word(city, other, &mut chance, out);
            }
            assert_eq!(words[0], words[2]);
            assert_ne!(words[0], words[1]);
        }
    }
}
