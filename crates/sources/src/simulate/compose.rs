//! Joins phrases to a post: openers, sentences, tails, titles, end marks, emoji and hashtags, as its author writes.

use super::chance::Chance;
use super::kind::{Kind, Mood};
use super::noise;
use super::people::Style;
use super::phrasebook::Family;
use super::scene::Scene;
use super::template::render;
use super::truth::Emotion;
use super::world::{Language, Platform};

/// Says how much a phrase is dressed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A post of its own: everything.
    Post,
    /// An answer or comment: no title, few hashtags.
    Answer,
    /// As written in the phrase file: news, customer service, campaigns.
    Verbatim,
}

/// Writes a post from one family of phrases, or from several that go together; the first one sets the mood.
pub(super) fn compose(
    scene: &mut Scene,
    style: &Style,
    families: &[&Family],
    form: Form,
    chance: &mut Chance,
) -> String {
    let Some(first) = families.first() else { return String::new() };
    let sentences: Vec<String> =
        families.iter().map(|family| sentence(scene, family, chance)).collect();
    if form == Form::Verbatim {
        let text = sentences.concat();
        return match (scene.language, scene.platform) {
            (Language::English, _) => capitalised(&text),
            (Language::Chinese, Platform::Weibo) => text,
            (Language::Chinese, _) => open_hashtags(&text),
        };
    }
    let mood = first.meaning.mood();
    let subject = match form {
        Form::Answer => "answer",
        _ if scene.brand.is_some() => "product",
        _ => "life",
    };
    let glue = |kind, scene: &mut Scene, chance: &mut Chance| {
        glue_sentence(scene, kind, subject, first.about, mood, chance)
    };
    let mut opener = String::new();
    if chance.happens(if form == Form::Answer { style.glue * 0.6 } else { style.glue }) {
        opener = glue(Kind::Opener, scene, chance);
    }
    let mut tail = String::new();
    if chance.happens(style.glue * 1.2) && sentences[0].chars().count() < 120 {
        tail = glue(Kind::Tail, scene, chance);
    }
    if sentences.iter().any(|sentence| sentence.contains(&tail)) {
        tail.clear();
    }
    let mut title = String::new();
    if form == Form::Post && chance.happens(titled(scene.platform)) {
        title = glue(Kind::Title, scene, chance);
    }
    let mut text = match scene.language {
        Language::English => join_english(opener, &sentences, &tail, scene, chance),
        Language::Chinese => join_chinese(opener, &sentences, &tail, scene, chance),
    };
    end(&mut text, scene, style, mood, chance);
    noise::misspell(&mut text, scene.language, style, chance);
    if chance.happens(style.emoji) {
        add_emoji(&mut text, scene, first.meaning.emotion, chance);
    }
    let english = scene.language == Language::English;
    if form == Form::Post {
        if !title.is_empty() {
            let gap = if scene.platform == Platform::Reddit { "\n\n" } else { "\n" };
            let title = if english { capitalised(&title) } else { title };
            text = format!("{title}{gap}{text}");
        }
        add_hashtags(&mut text, scene, style, first, chance);
    }
    if style.writes_lowercase {
        text = noise::lowercase(&text);
    }
    if style.traditional {
        text = noise::traditional(&text);
    }
    noise::soil(text, scene.language, chance)
}

/// Renders one of a family's phrases.
pub(super) fn sentence(scene: &mut Scene, family: &Family, chance: &mut Chance) -> String {
    let mut text = String::new();
    if !family.variants.is_empty() {
        let variant = chance.below(family.variants.len());
        render(&family.variants[variant], scene, chance, &mut text);
    }
    text
}

/// Picks an opener, tail or title that fits the mood, for posts in general, for posts on products, life or in answer to others
/// (`subject`), and for posts about one field.
fn glue_sentence(
    scene: &mut Scene,
    kind: Kind,
    subject: &'static str,
    about: &'static str,
    mood: Mood,
    chance: &mut Chance,
) -> String {
    let book = scene.book;
    let field = match scene.brand {
        Some(brand) if !about.starts_with("crisis") && !about.starts_with("launch") => brand.field,
        _ => about,
    };
    let all = [book.pool(subject, kind), book.pool("any", kind), book.pool(field, kind)];
    let pools = if subject == "answer" { &all[..1] } else { &all[..] };
    let (hour, weekday) = (scene.hour, scene.weekday);
    let fits = |family: &Family| {
        family.on.goes_with(mood, kind) && family.when.is_none_or(|when| when.fits(hour, weekday))
    };
    match book.choose(pools, chance, fits) {
        Some(family) => sentence(scene, family, chance),
        None => String::new(),
    }
}

/// Returns how often posts of a platform have a title.
fn titled(platform: Platform) -> f64 {
    match platform {
        Platform::Xiaohongshu => 0.75,
        Platform::Reddit => 0.6,
        _ => 0.0,
    }
}

/// Writes `#tag#`, as on Weibo, as `#tag `, as elsewhere.
fn open_hashtags(text: &str) -> String {
    let mut inside = false;
    let replaced = text.chars().map(|character| {
        if character == '#' {
            inside = !inside;
            if inside { '#' } else { ' ' }
        } else {
            character
        }
    });
    replaced.collect::<String>().trim_end().to_owned()
}

fn ends_a_sentence(text: &str) -> bool {
    text.ends_with(['.', '!', '?', '…', '。', '！', '？', '～', '~', ':', '：', ']', ')'])
        || text.chars().next_back().is_some_and(|last| !last.is_alphanumeric() && !last.is_ascii())
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if first.is_ascii_lowercase() && !text.starts_with("http") => {
            first.to_ascii_uppercase().to_string() + characters.as_str()
        }
        _ => text.to_owned(),
    }
}

/// Begins what follows a full stop, question or exclamation mark with a capital.
fn with_capitals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive([' ', '\n']) {
        let before = out.trim_end();
        let begins = before.is_empty()
            || (before.ends_with(['.', '!', '?'])
                && !before.ends_with("..")
                && out.len() > before.len());
        match begins {
            true => out.push_str(&capitalised(part)),
            false => out.push_str(part),
        }
    }
    out
}

fn join_english(
    opener: String,
    sentences: &[String],
    tail: &str,
    scene: &Scene,
    chance: &mut Chance,
) -> String {
    let mut text = opener;
    for (index, sentence) in sentences.iter().map(String::as_str).chain([tail]).enumerate() {
        if sentence.is_empty() {
            continue;
        }
        let mark = match index {
            0 => "",
            _ if ends_a_sentence(&text) => "",
            _ if chance.happens(0.85) => ".",
            _ => [" -", "..."][chance.below(2)],
        };
        let breaks = index > 0 && scene.platform == Platform::Reddit && chance.happens(0.25);
        let gap = match breaks && mark != " -" {
            true => "\n\n",
            false if text.is_empty() => "",
            false => " ",
        };
        text.extend([mark, gap, sentence]);
    }
    with_capitals(&text)
}

fn join_chinese(
    opener: String,
    sentences: &[String],
    tail: &str,
    scene: &Scene,
    chance: &mut Chance,
) -> String {
    let mut text = opener;
    for (index, sentence) in sentences.iter().enumerate() {
        let breaks = index > 0 && scene.platform == Platform::Xiaohongshu && chance.happens(0.6);
        text.push_str(match index {
            0 => "",
            _ if breaks => "\n",
            _ if ends_a_sentence(&text) => "",
            _ => ["。", "。", "！", " ", "；"][chance.below(5)],
        });
        text.push_str(sentence);
    }
    if !tail.is_empty() {
        text.push_str(match ends_a_sentence(&text) {
            true => "",
            false => ["，", "。", "，", " ", "。", "！", "…", "\n"][chance.below(8)],
        });
        text.push_str(tail);
    }
    text
}

/// Puts a mark at the end, or none, as many do.
fn end(text: &mut String, scene: &Scene, style: &Style, mood: Mood, chance: &mut Chance) {
    if ends_a_sentence(text) {
        if text.ends_with(['!', '！']) && chance.happens(style.stretch) {
            let last = text.chars().next_back().unwrap_or('!');
            text.extend(std::iter::repeat_n(last, chance.within(1, 4) as usize));
        }
        return;
    }
    let english = scene.language == Language::English;
    let excited = matches!(mood, Mood::Positive | Mood::Negative) && chance.happens(0.12);
    let mark = match english {
        true if excited => "!",
        false if excited => "！",
        true if chance.happens(0.03) => "...",
        false if chance.happens(0.05) => ["…", "……", "～", "。。。"][chance.below(4)],
        true if chance.happens(style.ends_with_stop) => ".",
        false if chance.happens(style.ends_with_stop) => "。",
        _ => "",
    };
    text.push_str(mark);
}

fn add_emoji(text: &mut String, scene: &mut Scene, emotion: Emotion, chance: &mut Chance) {
    let on_weibo = scene.platform == Platform::Weibo && chance.happens(0.7);
    let list = format!("{}_{}", if on_weibo { "face" } else { "emoji" }, emotion.name());
    let emoji = scene.list_word(&list, chance);
    let times = [1, 1, 1, 1, 2, 3][chance.below(6)];
    if scene.language == Language::English {
        text.push(' ');
    }
    text.push_str(&emoji.repeat(times));
}

fn add_hashtags(
    text: &mut String,
    scene: &mut Scene,
    style: &Style,
    family: &Family,
    chance: &mut Chance,
) {
    let mut tags: Vec<String> = Vec::new();
    if let Some(tag) = scene.event_tag
        && chance.happens(scene.event_tag_share)
    {
        tags.push(tag.to_owned());
    }
    if chance.happens(style.hashtag) {
        tags.extend(scene.brand_tag(chance).map(str::to_owned));
        let many = scene.platform == Platform::Xiaohongshu;
        for _ in 0..if many { chance.within(1, 3) } else { chance.within(0, 1) } {
            let topical = scene.list_word(&format!("tag_{}", family.about), chance);
            let tag = if topical.is_empty() { scene.list_word("tag_any", chance) } else { topical };
            tags.push(tag);
        }
    }
    tags.retain(|tag| !text.contains(&format!("#{tag}")));
    tags.dedup();
    let tags: Vec<String> = tags.iter().map(|tag| scene.hashtag(tag)).collect();
    let on_weibo = scene.platform == Platform::Weibo;
    if on_weibo && !tags.is_empty() && chance.happens(0.6) {
        *text = tags.concat() + text;
    } else if !tags.is_empty() {
        let gap = if scene.platform == Platform::Xiaohongshu { "\n" } else { " " };
        *text = format!("{text}{gap}{}", tags.join(if on_weibo { "" } else { " " }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_start_with_capitals() {
        assert_eq!(capitalised("battery"), "Battery");
        assert_eq!(capitalised("https://a.example"), "https://a.example");
        assert_eq!(capitalised("今天"), "今天");
    }

    #[test]
    fn end_marks_are_seen() {
        assert!(ends_a_sentence("why?") && ends_a_sentence("好。") && ends_a_sentence("ok 😂"));
        assert!(!ends_a_sentence("fine") && !ends_a_sentence("好的"));
    }
}
