//! What a whole simulation must look like.

use super::chance::mix;
use super::kind::Kind;
use super::phrasebook::Phrasebook;
use super::template::{Fact, Piece};
use super::timeline::local_clock;
use super::world::SUBJECTS;
use super::*;
use groundswell_core::Post;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

const POSTS: u64 = 20_000;

static BRANDS_RUN: LazyLock<Vec<(Post, Truth)>> =
    LazyLock::new(|| Simulation::new("brands", POSTS, 7).unwrap().collect());

fn is_chinese(text: &str) -> bool {
    text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
}

fn digest(posts: impl Iterator<Item = (Post, Truth)>) -> u64 {
    posts.fold(0, |sum, (post, truth)| {
        let line = serde_json::to_string(&(post, truth)).unwrap();
        line.bytes().fold(sum, |sum, byte| mix(sum, u64::from(byte)))
    })
}

#[test]
fn seeds_decide_everything() {
    let run = |seed| digest(Simulation::new("brands", 3_000, seed).unwrap().take(1_000));
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn the_count_is_exact_and_time_goes_forward() {
    for posts in [0, 1, 2, 999] {
        assert_eq!(Simulation::new("brands", posts, 3).unwrap().count() as u64, posts);
    }
    assert_eq!(BRANDS_RUN.len() as u64, POSTS);
    assert!(BRANDS_RUN.is_sorted_by_key(|(post, _)| post.created_at));
    let scenario = &SCENARIOS[0];
    let span = scenario.start()..scenario.end;
    assert!(BRANDS_RUN.iter().all(|(post, _)| span.contains(&post.created_at)));
}

#[test]
fn posts_are_sound_and_keys_are_unique() {
    let mut keys = HashSet::new();
    for (post, truth) in BRANDS_RUN.iter() {
        assert_eq!(post.check(), Ok(()), "{post:?}");
        assert_eq!(post.post_id, truth.post_id);
        assert!(keys.insert(&post.post_id));
        assert!(post.collected_at > post.created_at);
        for referred in
            [&post.reply_to_id, &post.repost_of_id, &post.thread_id].into_iter().flatten()
        {
            assert!(keys.contains(referred) && *referred != post.post_id, "{post:?}");
            assert_eq!(referred.split(':').next(), Some(post.platform.as_str()), "{post:?}");
        }
    }
}

#[test]
fn languages_are_balanced() {
    let texts = BRANDS_RUN.iter().map(|(post, _)| &post.text);
    let chinese = texts.filter(|text| is_chinese(text)).count() as f64 / POSTS as f64;
    assert!((0.4..0.6).contains(&chinese), "{chinese}");
}

#[test]
fn no_slot_stays_open() {
    for (post, _) in BRANDS_RUN.iter() {
        assert!(!post.text.contains(['{', '}']), "{}", post.text);
        assert!(post.text != "…", "a phrase file had nothing to say: {post:?}");
    }
}

#[test]
fn words_are_rich() {
    let own = BRANDS_RUN
        .iter()
        .filter(|(post, truth)| post.repost_of_id.is_none() && truth.story.is_none());
    let texts: Vec<&str> = own.map(|(post, _)| post.text.as_str()).collect();
    let distinct = texts.iter().collect::<HashSet<_>>().len() as f64 / texts.len() as f64;
    assert!(distinct >= 0.9, "{distinct}");
}

#[test]
fn families_of_near_duplicates_exist_and_resemble_each_other() {
    let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (post, truth) in BRANDS_RUN.iter().filter(|(post, _)| post.repost_of_id.is_none()) {
        if let Some(story) = &truth.story {
            families.entry(story).or_default().push(&post.text);
        }
    }
    let large: Vec<_> = families.iter().filter(|(_, texts)| texts.len() >= 10).collect();
    assert!(large.len() > 20, "{}", large.len());
    for (story, texts) in large {
        let shingles = |text: &str| {
            let characters: Vec<char> = text.chars().collect();
            characters.windows(4).map(<[char]>::to_vec).collect::<HashSet<_>>()
        };
        let first = shingles(texts[0]);
        let resembles = |text: &&&str| {
            let other = shingles(text);
            // How much of the shorter text the longer one holds.
            first.intersection(&other).count() * 10 >= first.len().min(other.len()) * 6
        };
        let near = texts.iter().filter(resembles).count();
        assert!(near * 10 >= texts.len() * 9, "{story}: {near} of {}", texts.len());
    }
}

#[test]
fn the_crisis_peaks_where_it_is_planted() {
    let scenario = &SCENARIOS[0];
    let crisis = scenario.crisis.as_ref().unwrap();
    let day_of = |time: i64| (time - scenario.start()) / 86_400_000_000;
    let mut days = vec![0; scenario.days as usize];
    for (post, _) in BRANDS_RUN.iter().filter(|(_, truth)| truth.crisis) {
        days[day_of(post.created_at) as usize] += 1;
    }
    let peak = (0..days.len()).max_by_key(|&day| days[day]).unwrap() as i64;
    let outbreak = crisis.outbreak_at / 24;
    assert!((outbreak..=outbreak + 1).contains(&peak), "{days:?}");
    let signals = &days[(crisis.signals_at / 24) as usize..outbreak as usize];
    assert!(signals.iter().sum::<i32>() > 20, "{days:?}");
    assert_eq!(days[..(crisis.signals_at / 24) as usize].iter().sum::<i32>(), 0);
    assert!(days[27] * 5 < days[peak as usize], "{days:?}");
}

#[test]
fn the_emerging_topic_keeps_growing_and_bots_come_in_bursts() {
    let scenario = &SCENARIOS[0];
    let hour_of = |post: &Post| (post.created_at - scenario.start()) / 3_600_000_000;
    let topical = |from: i64, to: i64| {
        let posts = BRANDS_RUN.iter().filter(|(_, truth)| truth.topic == "pocketbrew");
        posts.filter(|(post, _)| (from..to).contains(&hour_of(post))).count()
    };
    assert_eq!(topical(0, 528), 0);
    assert!(topical(576, 624) * 2 < topical(624, 672), "it doubles in 22 hours");
    let promoted = BRANDS_RUN.iter().filter(|(_, truth)| truth.topic == "promotion");
    let bursts = scenario.campaigns[0].bursts_at;
    let (mut inside, mut all) = (0, 0);
    let mut authors: HashMap<&str, i64> = HashMap::new();
    for (post, truth) in promoted {
        assert!(truth.is_bot);
        all += 1;
        inside += i32::from(bursts.iter().any(|&at| (at..at + 1).contains(&hour_of(post))));
        *authors.entry(post.author_id.as_deref().unwrap()).or_default() += 1;
    }
    assert!(all > 200 && inside * 10 > all * 6, "{inside} of {all}");
    assert!(authors.len() > 30);
}

#[test]
fn quiet_is_quiet() {
    for (_, truth) in Simulation::new("quiet", 5_000, 2).unwrap() {
        assert!(!truth.crisis && !truth.is_bot, "{truth:?}");
    }
}

#[test]
fn people_answer_and_customer_service_too() {
    let count = |fits: &dyn Fn(&Post, &Truth) -> bool| {
        BRANDS_RUN.iter().filter(|(post, truth)| fits(post, truth)).count()
    };
    assert!(count(&|post, _| post.reply_to_id.is_some()) > 3_000);
    assert!(count(&|post, _| post.repost_of_id.is_some()) > 1_500);
    assert!(count(&|_, truth| truth.intent == Intent::Support) > 100);
    assert!(count(&|post, _| post.text.contains("//@")) > 500);
    assert!(count(&|post, _| post.text.contains("RT @")) > 300);
    let traditional = count(&|post, _| post.text.contains(['這', '說', '時', '後', '個', '為']));
    assert!((100..1_500).contains(&traditional), "{traditional}");
}

#[test]
fn chinese_evenings_are_busier_than_chinese_nights() {
    let weibo = BRANDS_RUN.iter().filter(|(post, _)| post.platform == "weibo");
    let mut hours = [0; 24];
    for (post, _) in weibo {
        hours[local_clock(post.created_at, 8).0 as usize] += 1;
    }
    assert!(hours[2..5].iter().sum::<i32>() * 3 < hours[20..23].iter().sum::<i32>(), "{hours:?}");
}

const SAID_OF_PRODUCTS: [Kind; 9] = [
    Kind::Praise,
    Kind::Complaint,
    Kind::Question,
    Kind::Service,
    Kind::Purchase,
    Kind::Comparison,
    Kind::Joke,
    Kind::Irony,
    Kind::Usage,
];

#[test]
fn phrases_are_many_and_their_headers_hold() {
    for language in [Language::English, Language::Chinese] {
        let book = Phrasebook::of(language).unwrap();
        assert!(book.families.len() >= 250, "{}", book.families.len());
        let names: HashSet<_> = book.families.iter().map(|family| family.name).collect();
        assert_eq!(names.len(), book.families.len(), "a name stands twice in {language:?}");
        let fields: HashSet<_> = BRANDS.iter().map(|brand| brand.field).collect();
        for family in &book.families {
            assert!(!family.variants.is_empty(), "{}", family.name);
            let of_product = fields.contains(family.about)
                || BRANDS.iter().flat_map(|b| b.products).any(|p| p.kind == family.about);
            let about_life = SUBJECTS.iter().any(|subject| subject.about == family.about);
            for variant in &family.variants {
                let names_brand =
                    holds(variant, &[Fact::Brand, Fact::Product, Fact::Care, Fact::Tag]);
                if of_product && SAID_OF_PRODUCTS.contains(&family.kind) {
                    assert!(names_brand, "a phrase of `{}` names no brand", family.name);
                }
                if about_life && !of_product {
                    assert!(!names_brand, "a phrase of `{}` names a brand", family.name);
                }
            }
        }
        for product in
            BRANDS.iter().flat_map(|brand| brand.products.iter().map(move |p| (brand, p)))
        {
            for kind in [Kind::Praise, Kind::Complaint, Kind::Question, Kind::Service, Kind::Usage]
            {
                let pools = [book.pool(product.1.kind, kind), book.pool(product.0.field, kind)];
                assert!(pools.iter().any(|pool| !pool.is_empty()), "{} {kind:?}", product.1.kind);
            }
        }
    }
}

fn holds(template: &[Piece], facts: &[Fact]) -> bool {
    template.iter().any(|piece| match piece {
        Piece::Fact(fact) => facts.contains(fact),
        Piece::Choice(choices) => choices.iter().any(|choice| holds(choice, facts)),
        _ => false,
    })
}
