//! How much a post looks like spam, from features that a person can check.

mod shape;
mod vocabulary;

use shape::{Shape, hides_contact, repeated_words};
use vocabulary::{count_hints, promises_money};

use crate::entities::{Entity, EntityKind, find_entities};
use crate::matching::match_text;
use crate::pii::{PiiKind, find_pii};

/// One feature of the score. Its value is between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpamFeature {
    /// Name, as in [`spam_features`].
    pub name: &'static str,
    /// What a value of 1 adds to the log-odds of spam.
    pub weight: f32,
    /// What it measures, and where it begins and ends.
    pub explanation: &'static str,
}

/// Log-odds of spam for a post without any of the features: 4 %.
pub const SPAM_BIAS: f32 = -3.2;

/// Number of features.
pub const SPAM_FEATURE_COUNT: usize = 16;

/// All features with their weights. The weights were set by hand, so that a single weak sign (a link, capitals, a row of
/// hashtags) leaves a post below 0.3 and a lure off the platform with an offer puts it above 0.7; they were not fitted to
/// labelled data.
pub static SPAM_FEATURES: [SpamFeature; SPAM_FEATURE_COUNT] = [
    SpamFeature {
        name: "link_share",
        weight: 0.8,
        explanation: "share of the visible characters that are in web addresses",
    },
    SpamFeature {
        name: "many_links",
        weight: 1.2,
        explanation: "web addresses: 0 for one, 1 for four or more",
    },
    SpamFeature {
        name: "hashtag_stuffing",
        weight: 1.6,
        explanation: "hashtags: 0 for three, 1 for ten or more",
    },
    SpamFeature {
        name: "mention_stuffing",
        weight: 1.6,
        explanation: "mentions, those of a repost chain left out: 0 for three, 1 for eight or more",
    },
    SpamFeature {
        name: "repeated_characters",
        weight: 0.5,
        explanation: "share of the characters in runs of five or more of the same, laughter and dots left out",
    },
    SpamFeature {
        name: "repeated_words",
        weight: 1.5,
        explanation: "share of the words (Chinese: characters) that occurred before: 0 for 60 %, 1 for all; eight words at least",
    },
    SpamFeature {
        name: "upper_case",
        weight: 0.9,
        explanation: "share of capitals among the Latin letters: 0 for half, 1 for all; twelve letters at least",
    },
    SpamFeature {
        name: "contact_lure",
        weight: 3.4,
        explanation: "asks for contact elsewhere: 加微信, VX, QQ群, WhatsApp, Telegram; 0.7 for one such phrase, 1 for two",
    },
    SpamFeature {
        name: "contact_address",
        weight: 1.3,
        explanation: "holds a phone number, e-mail address, QQ number or WeChat name",
    },
    SpamFeature {
        name: "promotion",
        weight: 3.0,
        explanation: "words of advertising, loans, gambling, adult offers: a third for each, 1 for three",
    },
    SpamFeature {
        name: "money_promise",
        weight: 2.2,
        explanation: "promises an income, a return or a sum of money",
    },
    SpamFeature {
        name: "call_to_action",
        weight: 1.4,
        explanation: "asks for a click, a message, a follow: 0.6 for one such phrase, 1 for two",
    },
    SpamFeature {
        name: "giveaway",
        weight: 1.7,
        explanation: "offers something for a repost or a follow",
    },
    SpamFeature {
        name: "emoji_stuffing",
        weight: 0.6,
        explanation: "emoji per visible character: 0 for a tenth, 1 for half; six emoji at least",
    },
    SpamFeature {
        name: "decoration",
        weight: 0.8,
        explanation: "signs that draw attention, such as ★ ▶ ➕ ✅ 💰 🔥 【】: 0 for two, 1 for eight",
    },
    SpamFeature {
        name: "obfuscation",
        weight: 2.4,
        explanation: "hides what it says: a contact phrase split by signs (加❤微❤信), or words that mix Latin with Cyrillic or Greek letters",
    },
];

/// Returns the value of each feature, in the order of [`SPAM_FEATURES`], for a post's text, raw or normalised.
pub fn spam_features(text: &str) -> [(&'static str, f32); SPAM_FEATURE_COUNT] {
    let values = measure(text);
    std::array::from_fn(|index| (SPAM_FEATURES[index].name, values[index]))
}

/// Returns how much a post looks like spam, 0..1: the logistic function of [`SPAM_BIAS`] plus the weighted features.
pub fn spam_score(text: &str) -> f32 {
    let log_odds: f32 = measure(text)
        .iter()
        .zip(&SPAM_FEATURES)
        .map(|(value, feature)| value * feature.weight)
        .sum();
    1.0 / (1.0 + (-(SPAM_BIAS + log_odds)).exp())
}

/// Maps `value` linearly so that `from` becomes 0 and `to` becomes 1, and cuts off outside.
fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

fn measure(text: &str) -> [f32; SPAM_FEATURE_COUNT] {
    let entities = find_entities(text);
    // A Weibo repost carries the names of all who passed it on, each after `//`.
    let addresses = |entity: &&Entity| {
        entity.kind == EntityKind::Mention && !text[..entity.start].ends_with("//")
    };
    let count = |kind| entities.iter().filter(|entity| entity.kind == kind).count() as f32;
    let shape = Shape::of(text);
    let visible = shape.visible.max(1) as f32;
    let links: usize = entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Url)
        .map(|entity| entity.text(text).chars().count())
        .sum();
    let emoji = count(EntityKind::Emoji);
    let matched = match_text(text);
    let mut hints = count_hints(&matched);
    let hidden_contact = hides_contact(&matched, &hints);
    if hidden_contact {
        hints.contact += 1;
    }
    let has_address = find_pii(text).iter().any(|span| {
        matches!(span.kind, PiiKind::Phone | PiiKind::Email | PiiKind::QqNumber | PiiKind::WechatId)
    });
    let first_and_more = |hits: usize, first: f32| match hits {
        0 => 0.0,
        1 => first,
        _ => 1.0,
    };
    let flag = |is_set: bool| f32::from(u8::from(is_set));
    [
        links as f32 / visible,
        ramp(count(EntityKind::Url), 1.0, 4.0),
        ramp(count(EntityKind::Hashtag), 3.0, 10.0),
        ramp(entities.iter().filter(addresses).count() as f32, 3.0, 8.0),
        shape.repeated as f32 / visible,
        repeated_words(&matched),
        if shape.latin >= 12 {
            ramp(shape.capitals as f32 / shape.latin as f32, 0.5, 1.0)
        } else {
            0.0
        },
        first_and_more(hints.contact, 0.7),
        flag(has_address),
        (hints.promotion as f32 / 3.0).min(1.0),
        flag(promises_money(&matched)),
        first_and_more(hints.call, 0.6),
        flag(hints.giveaway > 0),
        if emoji >= 6.0 { ramp(emoji / visible, 0.1, 0.5) } else { 0.0 },
        ramp(shape.decorations as f32, 2.0, 8.0),
        flag(hidden_contact || shape.has_mixed_word),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(text: &str, name: &str) -> f32 {
        spam_features(text).iter().find(|(known, _)| *known == name).unwrap().1
    }

    #[test]
    fn spam_is_told_from_posts() {
        for text in [
            "在家兼职日赚300元，想做的加微信：zhuan8888",
            "【限时优惠】高仿包包厂家直销 ➕V：abc12345 诚招代理",
            "需要贷款的朋友加❤微❤信，无抵押秒下款",
            "🔥🔥EARN $500 A DAY WORK FROM HOME!! DM me or text me on WhatsApp +1 415 555 2671",
            "Huge crypto airdrop! 100x guaranteed returns, join my telegram t.me/pump click here https://a.test",
            "Buy followers cheap, best price, link in bio, DM me",
        ] {
            assert!(
                spam_score(text) > 0.7,
                "{} {text} {:?}",
                spam_score(text),
                spam_features(text)
            );
        }
        for text in [
            "",
            "Loved the new album, especially the second track 😍",
            "手机用了两个小时就没电了，客服也不回复，太失望了",
            "哈哈哈哈哈哈哈哈哈笑死我了[doge]",
            "WHY IS THIS SO EXPENSIVE???",
            "New post on how we scaled our database https://example.com/post #rust #databases",
            "今天和朋友去吃火锅，人均一百二，味道不错，推荐！#成都美食#",
            "@bob @alice see you at 8pm tonight!",
            "微信今天又更新了，字体变大了",
            "The loan rates went up again, this government is useless",
            "中国移动客服电话10086打不通",
        ] {
            assert!(
                spam_score(text) < 0.3,
                "{} {text} {:?}",
                spam_score(text),
                spam_features(text)
            );
        }
    }

    #[test]
    fn each_feature_answers_to_its_sign() {
        for (name, text) in [
            ("link_share", "x https://example.com/a/b/c"),
            ("many_links", "https://a.test https://b.test https://c.test"),
            ("hashtag_stuffing", "#a1 #b1 #c1 #d1 #e1 #f1"),
            ("mention_stuffing", "@aa @bb @cc @dd @ee"),
            ("repeated_characters", "buyyyyyyyy!!!!!!!!"),
            ("repeated_words", "win win win win win win win win win"),
            ("upper_case", "THIS IS ALL CAPITALS"),
            ("contact_lure", "加微信"),
            ("contact_address", "打13800138000"),
            ("promotion", "代购 包邮"),
            ("money_promise", "月入过万"),
            ("call_to_action", "click here"),
            ("giveaway", "转发抽奖"),
            ("emoji_stuffing", "😀😀😀😀😀😀 ok"),
            ("decoration", "【★★】👉👉"),
            ("obfuscation", "加·薇·信"),
            ("obfuscation", "p\u{430}ypal"),
        ] {
            assert!(feature(text, name) > 0.0, "{name} {text}");
            assert_eq!(feature("an ordinary post", name), 0.0, "{name}");
            assert_eq!(feature("一条平常的微博", name), 0.0, "{name}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        let names: std::collections::BTreeSet<&str> =
            SPAM_FEATURES.iter().map(|feature| feature.name).collect();
        assert_eq!(names.len(), SPAM_FEATURE_COUNT);
        assert!(
            SPAM_FEATURES
                .iter()
                .all(|feature| feature.weight > 0.0 && !feature.explanation.is_empty())
        );
    }
}
