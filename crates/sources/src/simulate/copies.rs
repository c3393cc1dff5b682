//! Posts that resemble others: copies of news, campaigns of bots, unwanted advertising.

use super::chance::mix;
use super::compose::{Form, compose};
use super::draft::Draft;
use super::kind::Kind;
use super::phrasebook::Family;
use super::scenario::HOUR;
use super::scene::Scene;
use super::simulation::Simulation;
use super::stories::copied;
use super::timeline::Occasion;
use super::world::{Product, brand};

impl Simulation {
    /// Copies a piece of news; without a fresh one, talks.
    pub(super) fn news(&mut self, population: usize, time: i64, occasion: Occasion) -> Draft {
        let author = match self.chance.happens(0.3) {
            true => self.people.medium(population, &mut self.chance),
            false => self.people.anybody(population, 0.3, &mut self.chance),
        };
        let hour = (time - self.scenario.start()) as f64 / HOUR as f64;
        let mut scene = self.scene(author, time);
        let stories = match occasion {
            Occasion::Crisis => &self.crisis_news,
            Occasion::Launch => &self.launch_news,
            _ => &self.news,
        };
        let Some(story) = stories.fresh(scene.language, hour, &mut self.chance) else {
            let person = self.people.anybody(population, 0.3, &mut self.chance);
            return self.talk(person, occasion, time);
        };
        Draft {
            author,
            text: copied(story, &mut scene, &mut self.chance),
            meaning: story.meaning,
            about: story.about,
            brand: story.brand,
            story: Some(story.name.clone()),
            crisis: occasion == Occasion::Crisis,
            occasion,
            reply_to_id: None,
            repost_of_id: None,
            thread_id: None,
            awaits_answer: false,
        }
    }

    pub(super) fn campaign(&mut self, index: usize, population: usize, time: i64) -> Draft {
        let author = self.people.bot(index, population, &mut self.chance);
        let campaign = &self.scenario.campaigns[index];
        let mut scene = self.scene(author, time);
        scene.brand = brand(campaign.brand);
        let kind_is = |product: &&Product| product.kind == campaign.product;
        scene.product = scene.brand.and_then(|brand| brand.products.iter().find(kind_is));
        scene.formal = true;
        let pool = scene.book.pool(campaign.name, Kind::Campaign);
        // Most accounts of a burst post the same text; bursts are more than twelve hours apart.
        let burst = mix(self.seed, (time / (12 * HOUR)) as u64) as usize;
        let place = if self.chance.happens(0.85) { burst } else { self.chance.below(pool.len()) };
        let Some(&chosen) = pool.get(place % pool.len().max(1)) else {
            return self.nothing(author, Occasion::Campaign(index));
        };
        let family = &scene.book.families[chosen];
        let mut draft = self.verbatim(author, Occasion::Campaign(index), family, &mut scene);
        draft.brand = scene.brand;
        draft.crisis = self.scenario.crisis.as_ref().is_some_and(|crisis| {
            crisis.brand == campaign.brand && time >= self.scenario.time_of(crisis.outbreak_at)
        });
        draft
    }

    pub(super) fn spam(&mut self, population: usize, time: i64) -> Draft {
        let author = self.people.spammer(population, &mut self.chance);
        let mut scene = self.scene(author, time);
        let pool = scene.book.pool("any", Kind::Spam);
        match scene.book.choose(&[pool], &mut self.chance, |_| true) {
            Some(family) => self.verbatim(author, Occasion::Spam, family, &mut scene),
            None => self.nothing(author, Occasion::Spam),
        }
    }

    /// Writes a phrase as it stands; all posts of its family are near-duplicates.
    fn verbatim(
        &mut self,
        author: usize,
        occasion: Occasion,
        family: &Family,
        scene: &mut Scene,
    ) -> Draft {
        let style = self.people.all[author].style;
        let text = compose(scene, &style, &[family], Form::Verbatim, &mut self.chance);
        let mut draft = Draft::new(author, occasion, text, family);
        draft.story = Some(format!("{}-{}", family.name, scene.language.code()));
        draft
    }
}
