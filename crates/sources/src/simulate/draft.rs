//! What somebody says on an occasion: a post of their own, an answer, a repost, a copy of news.

use super::compose::{Form, compose};
use super::feed::Recent;
use super::kind::Kind;
use super::phrasebook::{Family, Meaning};
use super::scenario::HOUR;
use super::scene::Scene;
use super::simulation::Simulation;
use super::timeline::{Occasion, Stream};
use super::truth::{Emotion, Intent, Sentiment};
use super::world::{BRANDS, Brand, POPULATIONS, Platform, Product, SUBJECTS, brand};

/// A post before it has an identifier.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) author: usize,
    pub(super) text: String,
    pub(super) meaning: Meaning,
    pub(super) about: &'static str,
    pub(super) brand: Option<&'static Brand>,
    pub(super) story: Option<String>,
    pub(super) crisis: bool,
    pub(super) occasion: Occasion,
    pub(super) reply_to_id: Option<String>,
    pub(super) repost_of_id: Option<String>,
    pub(super) thread_id: Option<String>,
    /// Whether customer service should answer.
    pub(super) awaits_answer: bool,
}

impl Draft {
    pub(super) fn new(author: usize, occasion: Occasion, text: String, family: &Family) -> Self {
        Self {
            author,
            text,
            meaning: family.meaning,
            about: family.about,
            brand: None,
            story: None,
            crisis: occasion == Occasion::Crisis,
            occasion,
            reply_to_id: None,
            repost_of_id: None,
            thread_id: None,
            awaits_answer: false,
        }
    }
}

/// How often people say what about a product on an ordinary day; the factor is how a brand's standing changes it.
const KINDS: [(Kind, f64, f64); 9] = [
    (Kind::Praise, 0.24, 0.7),
    (Kind::Complaint, 0.21, -0.7),
    (Kind::Question, 0.13, 0.0),
    (Kind::Service, 0.07, -0.5),
    (Kind::Purchase, 0.09, 0.4),
    (Kind::Comparison, 0.06, 0.0),
    (Kind::Joke, 0.05, 0.0),
    (Kind::Irony, 0.05, -0.6),
    (Kind::Usage, 0.1, 0.0),
];

impl Simulation {
    pub(super) fn draft(&mut self, time: i64, stream: Stream) -> Draft {
        let population = stream.population;
        match stream.occasion {
            Occasion::Campaign(campaign) => self.campaign(campaign, population, time),
            Occasion::Spam => self.spam(population, time),
            Occasion::News => self.news(population, time, Occasion::News),
            occasion => {
                let crowd = if occasion == Occasion::Everyday { 0.0 } else { 0.5 };
                let author = self.people.anybody(population, crowd, &mut self.chance);
                if occasion == Occasion::Everyday
                    && self.chance.happens(0.035)
                    && let Some(answer) = self.support(population, time)
                {
                    return answer;
                }
                let copies = matches!(occasion, Occasion::Crisis | Occasion::Launch);
                if copies && self.chance.happens(0.12) {
                    return self.news(population, time, occasion);
                }
                self.talk(author, occasion, time)
            }
        }
    }

    /// Answers, passes on or says something new.
    pub(super) fn talk(&mut self, author: usize, occasion: Occasion, time: i64) -> Draft {
        let person = &self.people.all[author];
        let (platform, population) = (person.platform, person.population);
        let language = POPULATIONS[population].language;
        let answers = if platform == Platform::Reddit { 0.45 } else { 0.22 };
        let passes_on = if !platform.has_reposts() {
            0.0
        } else if occasion == Occasion::Crisis {
            0.3
        } else {
            0.16
        };
        let lot = self.chance.unit();
        if lot < answers + passes_on {
            let is_answer = lot < answers;
            let fits = |post: &Recent| {
                let same = occasion == Occasion::Everyday || post.occasion == occasion;
                // Only on Weibo does a repost carry those before it; elsewhere it leads to the first post.
                let chain = post.repost_of_id.is_none() || platform == Platform::Weibo;
                let passable = post.thread_id.is_none() && chain;
                same && post.author != author && (is_answer || passable)
            };
            let chosen = self.feed.choose(platform, language, time, &mut self.chance, fits);
            if let Some(parent) = chosen {
                return if is_answer {
                    self.answer(author, &parent, time)
                } else {
                    self.repost(author, &parent, time)
                };
            }
        }
        self.original(author, occasion, time)
    }

    pub(super) fn scene(&mut self, author: usize, time: i64) -> Scene {
        let person = &self.people.all[author];
        let language = POPULATIONS[person.population].language;
        let mut scene =
            Scene::new(self.book(language), person.population, person.platform).at(time);
        let friend = self.people.anybody(person.population, 0.2, &mut self.chance);
        scene.friend = self.people.all[friend].handle.clone();
        scene
    }

    /// Says something new about a subject or an event.
    fn original(&mut self, author: usize, occasion: Occasion, time: i64) -> Draft {
        let mut scene = self.scene(author, time);
        let hour = (time - self.scenario.start()) / HOUR;
        let english = POPULATIONS[scene.population].language == super::world::Language::English;
        let pools: Vec<(&'static str, Kind)> = match occasion {
            Occasion::Crisis => self.crisis_pools(&mut scene, hour, english),
            Occasion::Launch => {
                let launch = self.scenario.launch.as_ref();
                scene.brand = launch.and_then(|launch| brand(launch.brand));
                scene.product = launch.map(|launch| launch.product);
                let is_out = launch.is_some_and(|launch| hour >= launch.at);
                vec![(if is_out { "launch" } else { "launch_rumour" }, Kind::Launch)]
            }
            Occasion::Emerging => {
                let tag = |topic: &super::scenario::Emerging| {
                    if english { topic.english_tag } else { topic.chinese_tag }
                };
                scene.event_tag = self.scenario.emerging.as_ref().map(tag);
                scene.event_tag_share = 0.9;
                if self.chance.happens(0.3) {
                    self.choose_product(&mut scene, "coffee");
                    vec![("emerging_brand", Kind::Emerging)]
                } else {
                    vec![("emerging", Kind::Emerging)]
                }
            }
            _ => self.everyday_pools(author, &mut scene, time),
        };
        let pools: Vec<&[usize]> =
            pools.iter().map(|&(about, kind)| scene.book.pool(about, kind)).collect();
        let (local_hour, weekday) = (scene.hour, scene.weekday);
        let fits = |family: &Family| family.when.is_none_or(|when| when.fits(local_hour, weekday));
        let book = scene.book;
        let Some(first) = book.choose(&pools, &mut self.chance, fits) else {
            return self.nothing(author, occasion);
        };
        let mut families = vec![first];
        let more = match scene.platform {
            // Who asks, orders or jokes does so once.
            _ if !matches!(first.kind, Kind::Praise | Kind::Complaint | Kind::Irony)
                && first.meaning.intent != Intent::Chat
                && occasion == Occasion::Everyday =>
            {
                0.0
            }
            _ if first.meaning.intent == Intent::Question || first.kind == Kind::Usage => 0.0,
            Platform::Xiaohongshu => 0.55,
            Platform::Reddit => 0.5,
            _ => 0.1,
        };
        while families.len() < 3 && self.chance.happens(more) {
            let goes_with = |family: &Family| {
                fits(family)
                    && family.about == first.about
                    && family.meaning.sentiment == first.meaning.sentiment
                    && family.meaning.emotion == first.meaning.emotion
                    && family.meaning.intent == first.meaning.intent
                    && !families.iter().any(|other| other.name == family.name)
            };
            match book.choose(&pools, &mut self.chance, goes_with) {
                Some(family) => families.push(family),
                None => break,
            }
        }
        let style = self.people.all[author].style;
        let text = compose(&mut scene, &style, &families, Form::Post, &mut self.chance);
        let mut draft = Draft::new(author, occasion, text, first);
        draft.brand = scene.brand;
        let care = |brand: &Brand| {
            let brand = BRANDS.iter().position(|other| other.name == brand.name)?;
            Some(self.people.all[self.people.care(brand, scene.population)].platform)
        };
        let reaches_care = scene.brand.and_then(care) == Some(scene.platform);
        draft.awaits_answer = first.kind == Kind::Service && reaches_care;
        draft
    }

    fn crisis_pools(
        &mut self,
        scene: &mut Scene,
        hour: i64,
        english: bool,
    ) -> Vec<(&'static str, Kind)> {
        let Some(crisis) = &self.scenario.crisis else { return Vec::new() };
        scene.brand = brand(crisis.brand);
        let kind_is = |product: &&Product| product.kind == crisis.product;
        scene.product = scene.brand.and_then(|brand| brand.products.iter().find(kind_is));
        if hour < crisis.outbreak_at {
            return vec![("crisis", Kind::Signal)];
        }
        scene.event_tag = Some(if english { crisis.english_tag } else { crisis.chinese_tag });
        scene.event_tag_share = 0.45;
        let after = hour >= crisis.apology_at && self.chance.happens(0.75);
        match (after, hour >= crisis.ban_at && self.chance.happens(0.35)) {
            (true, _) => vec![("crisis", Kind::Apology)],
            (false, true) => vec![("crisis_ban", Kind::Outbreak)],
            (false, false) => vec![("crisis", Kind::Outbreak)],
        }
    }

    fn everyday_pools(
        &mut self,
        author: usize,
        scene: &mut Scene,
        time: i64,
    ) -> Vec<(&'static str, Kind)> {
        let interests = self.people.all[author].interests;
        let keen = self.chance.happens(0.6);
        let share = |index: usize| {
            let share = SUBJECTS[index].share_at(scene.hour, scene.weekday);
            if keen && !interests.contains(&index) { 0.0 } else { share }
        };
        let subject = &SUBJECTS[self.chance.weighted((0..SUBJECTS.len()).map(share))];
        self.choose_product(scene, subject.about);
        let (Some(brand), Some(product)) = (scene.brand, scene.product) else {
            return vec![(subject.about, Kind::Life)];
        };
        let standing = brand.standing - self.damage(brand, time);
        let weight = |&(kind, share, tilt): &(Kind, f64, f64)| {
            let families = scene.book.pool(product.kind, kind).len()
                + scene.book.pool(brand.field, kind).len();
            if families == 0 { 0.0 } else { share * (1.0 + tilt * standing).max(0.1) }
        };
        let kind = KINDS[self.chance.weighted(KINDS.iter().map(weight))].0;
        vec![(product.kind, kind), (brand.field, kind)]
    }

    /// Sets a brand of the field and one of its products; neither when the subject is no field.
    fn choose_product(&mut self, scene: &mut Scene, field: &'static str) {
        let brands = BRANDS.iter().filter(|brand| brand.field == field);
        let chosen = self.chance.weighted(brands.clone().map(|brand| brand.share));
        scene.brand = brands.clone().nth(chosen);
        if let Some(brand) = scene.brand {
            let chosen = self.chance.weighted(brand.products.iter().map(|product| product.share));
            scene.product = brand.products.get(chosen);
        }
    }

    /// Returns how far the crisis has lowered a brand's standing; it recovers slowly.
    fn damage(&self, brand: &Brand, time: i64) -> f64 {
        match &self.scenario.crisis {
            Some(crisis) if crisis.brand == brand.name => {
                let since = (time - self.scenario.time_of(crisis.outbreak_at)) as f64 / HOUR as f64;
                if since < 0.0 { 0.0 } else { 0.9 * (-since / 400.0).exp() }
            }
            _ => 0.0,
        }
    }

    /// Stands in where a phrase file has nothing to say: a bare sign of life, so that the number of posts stays exact.
    pub(super) fn nothing(&mut self, author: usize, occasion: Occasion) -> Draft {
        Draft {
            author,
            text: "…".to_owned(),
            meaning: Meaning {
                sentiment: Sentiment::Neutral,
                emotion: Emotion::Neutral,
                topic: "none",
                intent: Intent::Chat,
            },
            about: "any",
            brand: None,
            story: None,
            crisis: false,
            occasion,
            reply_to_id: None,
            repost_of_id: None,
            thread_id: None,
            awaits_answer: false,
        }
    }
}
