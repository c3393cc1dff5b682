//! What makes real text hard: misspellings, stretched words, missing capitals, remains of HTML, odd spaces, full-width and
//! traditional characters.

use super::chance::Chance;
use super::people::Style;
use super::world::Language;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Words with their traditional forms, the longest first, and characters with theirs.
type Forms = (Vec<(&'static str, &'static str)>, HashMap<char, char>);

static TRADITIONAL: LazyLock<Forms> = LazyLock::new(|| {
    let mut words = Vec::new();
    let mut characters = HashMap::new();
    let lines = include_str!("phrases/zh/traditional.txt").lines();
    for entry in lines.filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace) {
        if let Some((word, form)) = entry.split_once('=') {
            words.push((word, form));
        } else {
            let mut pair = entry.chars();
            if let (Some(simple), Some(form)) = (pair.next(), pair.next()) {
                characters.insert(simple, form);
            }
        }
    }
    words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    (words, characters)
});

/// Writes simplified Chinese in traditional characters; words whose characters have two forms go before characters.
pub(super) fn traditional(text: &str) -> String {
    let (words, characters) = &*TRADITIONAL;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let word = words.iter().find(|(word, _)| rest.starts_with(word));
        if let Some((word, form)) = word {
            out.push_str(form);
            rest = &rest[word.len()..];
        } else {
            out.push(characters.get(&character).copied().unwrap_or(character));
            rest = &rest[character.len_utf8()..];
        }
    }
    out
}

/// Takes the capitals away, except in mentions, hashtags and addresses.
pub(super) fn lowercase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive([' ', '\n']) {
        if word.starts_with(['@', '#']) || word.contains("://") {
            out.push_str(word);
        } else {
            out.push_str(&word.to_lowercase());
        }
    }
    out
}

/// Misspells a word and stretches another, as often as the author does.
pub(super) fn misspell(text: &mut String, language: Language, style: &Style, chance: &mut Chance) {
    match language {
        Language::English => {
            if chance.happens(style.stretch) {
                stretch_english(text, chance);
            }
            if chance.happens(style.typo) {
                mistype(text, chance);
            }
            if chance.happens(style.typo * 2.0) {
                *text = text.replace('\'', "");
            }
        }
        Language::Chinese => {
            if chance.happens(style.stretch) {
                stretch_chinese(text, chance);
            }
            if chance.happens(style.typo) {
                let (right, wrong) = MISTAKEN[chance.below(MISTAKEN.len())];
                *text = text.replacen(right, wrong, 1);
            }
        }
    }
}

/// Words that sound alike and are often confused.
const MISTAKEN: [(&str, &str); 10] = [
    ("已经", "以经"),
    ("应该", "因该"),
    ("的时候", "得时候"),
    ("再也", "在也"),
    ("做", "作"),
    ("觉得", "觉的"),
    ("开心地", "开心的"),
    ("那么", "那吗"),
    ("什么", "神马"),
    ("不知道", "不造"),
];

const STRETCHED: [&str; 14] = [
    "so", "no", "please", "love", "why", "really", "good", "bad", "yes", "way", "hot", "finally",
    "never", "wow",
];

/// Draws out one word: `sooo`, `pleaseee`.
fn stretch_english(text: &mut String, chance: &mut Chance) {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let found = words.iter().position(|w| STRETCHED.contains(&w.to_ascii_lowercase().as_str()));
    if let Some(index) = found
        && let Some(last) = words[index].chars().next_back()
    {
        words[index].extend(std::iter::repeat_n(last, chance.within(2, 5) as usize));
        *text = words.join(" ");
    }
}

/// Draws out one particle or laugh: `啊啊啊啊`, `哈哈哈哈哈哈`.
fn stretch_chinese(text: &mut String, chance: &mut Chance) {
    for particle in ["哈哈", "呜呜", "啊", "呀", "嘿嘿", "救命"] {
        if text.contains(particle) {
            let more = particle.repeat(chance.within(2, 4) as usize);
            *text = text.replacen(particle, &more, 1);
            return;
        }
    }
}

/// Swaps, drops or doubles a letter of a longer word.
fn mistype(text: &mut String, chance: &mut Chance) {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let plain = |word: &String| word.len() > 4 && word.bytes().all(|b| b.is_ascii_lowercase());
    let candidates: Vec<usize> = (0..words.len()).filter(|&index| plain(&words[index])).collect();
    if candidates.is_empty() {
        return;
    }
    let word = &mut words[candidates[chance.below(candidates.len())]];
    let place = 1 + chance.below(word.len() - 2);
    let letter = word.remove(place);
    match chance.below(3) {
        0 => word.insert(place - 1, letter),
        1 => word.insert_str(place, &letter.to_string().repeat(2)),
        _ => {}
    }
    *text = words.join(" ");
}

/// Now and then leaves remains of the way through other programs: HTML, odd spaces, full-width characters.
pub(super) fn soil(text: String, language: Language, chance: &mut Chance) -> String {
    if !chance.happens(0.05) {
        return text;
    }
    match chance.below(8) {
        0 => text.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&quot;"),
        1 => text.replacen([' ', '，'], "<br>", 1),
        2 => text.replacen(' ', "&nbsp;", 2),
        3 => format!("{text}\u{200b}"),
        4 => format!("  {}\n", text.replacen(' ', "  ", 2)),
        5 => text.replacen([' ', '，'], "\u{3000}", 1),
        6 => format!("{text}\n\n\n"),
        _ if language == Language::Chinese => text.chars().map(full_width).collect(),
        _ => text.replacen(' ', "\t", 1),
    }
}

fn full_width(character: char) -> char {
    match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' => {
            char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_and_addresses_keep_their_capitals() {
        assert_eq!(
            lowercase("Hi @ZorvikCare SEE https://A.example/B #Tag\nOk"),
            "hi @ZorvikCare see https://A.example/B #Tag\nok"
        );
    }

    #[test]
    fn words_are_stretched() {
        let mut chance = Chance::new(1, 1);
        let mut text = "this is so nice".to_owned();
        stretch_english(&mut text, &mut chance);
        assert!(text.starts_with("this is sooo") && text.ends_with(" nice"), "{text}");
        let mut text = "太好笑了哈哈".to_owned();
        stretch_chinese(&mut text, &mut chance);
        assert!(text.chars().filter(|&c| c == '哈').count() >= 4, "{text}");
    }

    #[test]
    fn words_of_two_meanings_get_the_right_form() {
        assert_eq!(traditional("发现头发长了，皇后在后面吃面"), "發現頭髮長了，皇后在後面吃麵");
    }

    #[test]
    fn letters_become_full_width() {
        assert_eq!("Z7的".chars().map(full_width).collect::<String>(), "Ｚ７的");
    }
}
