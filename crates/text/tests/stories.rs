//! Promises of the story index: restarts change nothing, a head is small, one template is not one story.

use groundswell_text::{Fingerprint, StoryIndex, fingerprint};
use proptest::prelude::*;

const DAY_US: i64 = 86_400_000_000;

/// A word of its own for every number.
fn word(number: u64) -> String {
    let mut hash = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    format!("{:07x}", (hash ^ (hash >> 27)) >> 36)
}

/// A text of its own for every number.
fn distinct(number: u64) -> String {
    (0..12).map(|place| word(number * 64 + place) + " ").collect()
}

/// Posts from a few templates with some words added, so that they lie at all distances from each other; some are short.
fn posts() -> impl Strategy<Value = Vec<(i64, String)>> {
    let extras = prop::collection::vec(0_u64..40, 0..4);
    let post = (0_u64..6, extras, 0_i64..3 * DAY_US, any::<bool>());
    prop::collection::vec(post, 1..80).prop_map(|posts| {
        let mut time_us = 0;
        let mut result = Vec::new();
        for (template, extras, step_us, is_short) in posts {
            time_us += step_us;
            let extras: Vec<String> = extras.iter().map(|extra| format!("e{extra}")).collect();
            let base = if is_short && template < 2 { String::new() } else { distinct(template) };
            result.push((time_us, base + &extras.join(" ")));
        }
        result
    })
}

fn prints(posts: &[(i64, String)]) -> Vec<Fingerprint> {
    posts.iter().map(|(_, text)| fingerprint(text)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_restart_changes_nothing(posts in posts(), cut in 0.0..1.0_f64, feeds_window_only in any::<bool>()) {
        let window_us = 20 * DAY_US;
        let prints = prints(&posts);
        let ids: Vec<String> = (0..posts.len()).map(|index| format!("p{index}")).collect();
        let mut undisturbed = StoryIndex::with_window(window_us);
        let mut expected = Vec::new();
        for (index, (time_us, _)) in posts.iter().enumerate() {
            expected.push(undisturbed.assign(&ids[index], *time_us, &prints[index]));
        }
        let cut = (cut * posts.len() as f64) as usize;
        let mut restarted = StoryIndex::with_window(window_us);
        for index in 0..cut {
            let time_us = posts[index].0;
            let is_needed = !feeds_window_only || time_us >= posts[cut].0 - window_us;
            if expected[index] == ids[index] && is_needed {
                restarted.insert_head(&ids[index], time_us, &prints[index]);
            }
        }
        for index in cut..posts.len() {
            let story = restarted.assign(&ids[index], posts[index].0, &prints[index]);
            prop_assert_eq!(&story, &expected[index]);
        }
    }
}

#[test]
fn a_head_costs_under_300_bytes_and_is_forgotten() {
    let mut index = StoryIndex::with_window(30_000);
    let mut largest = 0;
    for number in 0..60_000 {
        let id = format!("weibo:{:016}", number + 4_900_000_000_000_000_i64);
        let story = index.assign(&id, number, &fingerprint(&distinct(number as u64)));
        assert_eq!(story, id);
        if index.len() >= 20_000 {
            largest = largest.max(index.allocated_bytes() / index.len());
        }
    }
    assert!(largest <= 300, "{largest} bytes a head");
    assert_eq!(index.len(), 30_001);
    index.assign("later", 10_000_000, &fingerprint(&distinct(0)));
    assert_eq!(index.len(), 1);
}

#[test]
fn posts_of_one_template_are_stories_of_their_own() {
    let mut index = StoryIndex::new();
    let template = "I am at the station and waiting for the train to ";
    let mut heads = 0;
    for number in 0..20_000_u64 {
        let id = number.to_string();
        let text = format!("{template}{}", distinct(number).replace(' ', ""));
        heads += usize::from(index.assign(&id, number as i64, &fingerprint(&text)) == id);
    }
    assert!(heads > 19_000, "{heads}");
}

fn assign(index: &mut StoryIndex, posts: &[(&str, i64, &str)]) -> Vec<String> {
    posts.iter().map(|(id, day, text)| index.assign(id, day * DAY_US, &fingerprint(text))).collect()
}

#[test]
fn near_duplicates_join_the_first_post() {
    let mut index = StoryIndex::new();
    let posts = [
        ("a", 0, "Breaking: the new phone explodes while charging, company offers no comment"),
        (
            "b",
            1,
            "RT @news: Breaking: the new phone explodes while charging, company offers no comment https://t.co/x",
        ),
        ("c", 2, "BREAKING!! The new phone explodes while charging; company offers no comment yet"),
        ("d", 3, "What a lovely day for a walk in the park with the dog"),
        ("e", 4, "某品牌手机充电时突然爆炸，厂商至今没有回应"),
        ("f", 5, "//@张三:某品牌手機充電時突然爆炸，廠商至今沒有回應！！"),
        ("g", 40, "Breaking: the new phone explodes while charging, company offers no comment"),
        ("h", 41, "breaking the new phone explodes while charging company offers no comment"),
    ];
    assert_eq!(assign(&mut index, &posts), ["a", "a", "a", "d", "e", "e", "g", "g"]);
}

#[test]
fn short_texts_join_within_a_day_and_empty_ones_never() {
    let mut index = StoryIndex::new();
    let posts = [
        ("a", 0, "lol"),
        ("b", 0, "LOL!!"),
        ("c", 0, "lolz"),
        ("d", 1, "lol"),
        ("e", 1, "lol"),
        ("f", 1, "转发微博"),
        ("g", 1, "转发微博"),
        ("h", 1, "哈哈哈"),
        ("i", 1, "哈哈哈。"),
    ];
    assert_eq!(assign(&mut index, &posts), ["a", "a", "c", "d", "d", "f", "g", "h", "h"]);
}

#[test]
fn a_late_post_joins_a_story_it_precedes() {
    let mut index = StoryIndex::new();
    let posts = [
        ("a", 10, "a text that is surely long enough"),
        ("b", 5, "a text that is surely long enough"),
    ];
    assert_eq!(assign(&mut index, &posts), ["a", "a"]);
}
