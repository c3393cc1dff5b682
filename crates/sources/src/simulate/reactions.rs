//! What people do with a post of somebody else: answer it, pass it on, or serve the customer who wrote it.

use super::chance::Chance;
use super::compose::{Form, compose};
use super::draft::Draft;
use super::feed::Recent;
use super::kind::Kind;
use super::phrasebook::{Family, Meaning};
use super::scenario::HOUR;
use super::scene::Scene;
use super::simulation::Simulation;
use super::timeline::Occasion;
use super::world::{BRANDS, POPULATIONS, Platform};

impl Simulation {
    pub(super) fn answer(&mut self, author: usize, parent: &Recent, time: i64) -> Draft {
        let mut scene = self.scene(author, time);
        scene.brand = parent.brand;
        scene.product = parent.brand.map(|brand| &brand.products[0]);
        let Some(family) = self.reaction(&scene, parent, Kind::Reply) else {
            return self.nothing(author, parent.occasion);
        };
        let style = self.people.all[author].style;
        let mut text = compose(&mut scene, &style, &[family], Form::Answer, &mut self.chance);
        match scene.platform {
            Platform::X if self.chance.happens(0.75) => text = format!("@{} {text}", parent.handle),
            Platform::Weibo if self.chance.happens(0.5) => {
                text = format!("回复@{}:{text}", parent.handle);
            }
            _ => {}
        }
        let mut draft = Draft::new(author, parent.occasion, text, family);
        draft.meaning.topic = parent.meaning.topic;
        draft.about = parent.about;
        draft.brand = parent.brand;
        draft.crisis = parent.crisis;
        let thread = parent.thread_id.as_ref().unwrap_or(&parent.post_id);
        draft.thread_id = Some(thread.clone());
        draft.reply_to_id = Some(parent.post_id.clone());
        draft
    }

    /// Picks what to say to a post: two times out of three something particular to its topic or field, if there is any.
    fn reaction(&mut self, scene: &Scene, parent: &Recent, kind: Kind) -> Option<&'static Family> {
        let book = scene.book;
        let mood = parent.meaning.mood();
        let fits = |family: &Family| family.on.goes_with(mood, kind);
        let topic = if parent.crisis { "crisis" } else { parent.meaning.topic };
        let particular = [book.pool(topic, kind)];
        if self.chance.happens(0.65)
            && let Some(family) = book.choose(&particular, &mut self.chance, fits)
        {
            return Some(family);
        }
        let subject = if parent.brand.is_some() { "product" } else { "life" };
        let general = [book.pool("any", kind), book.pool(subject, kind)];
        book.choose(if parent.crisis { &general[..1] } else { &general }, &mut self.chance, fits)
    }

    pub(super) fn repost(&mut self, author: usize, parent: &Recent, time: i64) -> Draft {
        let mut scene = self.scene(author, time);
        scene.brand = parent.brand;
        scene.product = parent.brand.map(|brand| &brand.products[0]);
        let style = self.people.all[author].style;
        let family = match self.chance.happens(0.55) {
            true => self.reaction(&scene, parent, Kind::Repost),
            false => None,
        };
        let comment = family
            .map(|family| compose(&mut scene, &style, &[family], Form::Answer, &mut self.chance));
        let (text, is_copy) = passed_on(comment, parent, &scene, &mut self.chance);
        let meaning = match family {
            Some(family) => Meaning { topic: parent.meaning.topic, ..family.meaning },
            None => parent.meaning,
        };
        Draft {
            author,
            text,
            meaning,
            about: parent.about,
            brand: parent.brand,
            story: is_copy.then(|| parent.family.clone()),
            crisis: parent.crisis,
            occasion: parent.occasion,
            reply_to_id: None,
            repost_of_id: Some(parent.repost_of_id.as_ref().unwrap_or(&parent.post_id).clone()),
            thread_id: None,
            awaits_answer: false,
        }
    }

    /// Lets customer service answer the request that has waited longest, if it has waited long enough.
    pub(super) fn support(&mut self, population: usize, time: i64) -> Option<Draft> {
        let language = POPULATIONS[population].language;
        let place = self.requests.iter().position(|request| {
            let author = &self.people.all[request.author];
            POPULATIONS[author.population].language == language && time - request.time > HOUR / 10
        })?;
        let request = self.requests.remove(place)?;
        let brand = request.brand?;
        let index = BRANDS.iter().position(|other| other.name == brand.name)?;
        let author = self.people.care(index, population);
        let mut scene = self.scene(author, time);
        scene.brand = Some(brand);
        scene.formal = true;
        scene.friend.clone_from(&request.handle);
        let pools =
            [scene.book.pool("any", Kind::Support), scene.book.pool(brand.field, Kind::Support)];
        let family = scene.book.choose(&pools, &mut self.chance, |_| true)?;
        let style = self.people.all[author].style;
        let text = compose(&mut scene, &style, &[family], Form::Verbatim, &mut self.chance);
        let mut draft = Draft::new(author, Occasion::Everyday, text, family);
        draft.meaning.topic = request.meaning.topic;
        draft.about = request.about;
        draft.brand = Some(brand);
        draft.crisis = request.crisis;
        draft.thread_id = Some(request.post_id.clone());
        draft.reply_to_id = Some(request.post_id.clone());
        Some(draft)
    }
}

/// Writes a repost in the form of its platform; tells whether it repeats the text it passes on.
fn passed_on(
    comment: Option<String>,
    parent: &Recent,
    scene: &Scene,
    chance: &mut Chance,
) -> (String, bool) {
    let shortened = |limit: usize| match parent.text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &parent.text[..end]),
        None => parent.text.trim().to_owned(),
    };
    match scene.platform {
        Platform::Weibo => {
            let comment = comment
                .unwrap_or_else(|| ["转发微博", "", "Repost", "转"][chance.below(4)].to_owned());
            (format!("{comment}//@{}:{}", parent.handle, shortened(180)), true)
        }
        Platform::X => match comment {
            None => (format!("RT @{}: {}", parent.handle, shortened(140)), true),
            Some(comment) if chance.happens(0.5) => {
                (format!("{comment} RT @{}: {}", parent.handle, shortened(100)), true)
            }
            Some(comment) => (format!("{comment} {}", parent.url), false),
        },
        _ => match comment {
            // A bare repost on Bluesky has no text of its own.
            None => (String::new(), true),
            Some(comment) => (format!("{comment} {}", parent.url), false),
        },
    }
}
