//! Hashtags: `#tag` as on X, Mastodon, Instagram; `#topic#` as on Weibo; `#topic[话题]#` as Xiaohongshu exports it.

use crate::characters::{is_cjk, is_han};
use crate::entities::{Entity, EntityKind};
use crate::normalize::normalize_text;

/// Longest single tag, in characters.
const LONGEST_TAG: usize = 100;
/// Longest topic between two signs, in characters (Weibo allows 32 Chinese characters).
const LONGEST_TOPIC: usize = 60;

/// Finds a hashtag whose sign, `sign_length` bytes long, stands at `at`.
pub(crate) fn find(text: &str, at: usize, sign_length: usize) -> Option<Entity> {
    let previous = text[..at].chars().next_back();
    // `&#39;` is a character reference, `/#part` a piece of an address.
    if matches!(previous, Some('&' | '/')) {
        return None;
    }
    let glued_to_word = previous.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let rest = &text[at + sign_length..];
    let length = if is_chain_of_tags(text, at) {
        tag_length(rest)?
    } else if let Some(length) = topic_length(rest, glued_to_word) {
        length
    } else if glued_to_word {
        return None;
    } else {
        tag_length(rest)?
    };
    Some(Entity { kind: EntityKind::Hashtag, start: at, end: at + sign_length + length })
}

/// Returns the form in which a hashtag is counted.
pub(crate) fn value(written: &str) -> String {
    let name = written.trim_matches(['#', '＃']);
    let name =
        ["[话题]", "[超话]"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    normalize_text(name).to_lowercase()
}

fn is_sign(c: char) -> bool {
    matches!(c, '#' | '＃')
}

fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '·' | '・' | '々' | '〜') || is_mark(c)
}

/// Combining marks of the scripts that write vowels with them (Thai, Devanagari and the like).
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{900}'..='\u{DFF}' | '\u{E31}'..='\u{E4E}')
}

/// Length of what follows an opening sign up to and including the closing one, if that makes a Weibo topic.
fn topic_length(rest: &str, glued_to_word: bool) -> Option<usize> {
    let mut close = None;
    let mut open_brackets = 0;
    for (count, (at, c)) in rest.char_indices().enumerate() {
        if is_sign(c) {
            close = Some((at, c.len_utf8()));
            break;
        }
        if count == LONGEST_TOPIC || matches!(c, '\n' | '\r' | '@' | '＠' | '<') {
            return None;
        }
        // `(#one) and (#two)` is two tags: what lies between their signs closes what it did not open.
        open_brackets += bracket_step(c);
        if open_brackets < 0 {
            return None;
        }
    }
    if open_brackets != 0 {
        return None;
    }
    let (close, sign_length) = close?;
    let topic = &rest[..close];
    let (first, last) = (topic.chars().next()?, topic.chars().next_back()?);
    // `#love #happy` is two tags: the text before the second sign ends with a space.
    if first.is_whitespace() || last.is_whitespace() || topic.contains("://") {
        return None;
    }
    // `C#和F#` holds no topic, `新款iPhone#苹果发布会#` does.
    if glued_to_word && (!is_han(first) || last.is_ascii_alphabetic()) {
        return None;
    }
    let has_letter = topic.chars().any(char::is_alphabetic);
    let is_long_number = topic.len() >= 3 && topic.bytes().all(|byte| byte.is_ascii_digit());
    (has_letter || is_long_number).then_some(close + sign_length)
}

/// Returns 1 for an opening bracket or quotation mark, -1 for a closing one.
fn bracket_step(c: char) -> i32 {
    match c {
        '(' | '[' | '{' | '（' | '【' | '「' | '『' | '《' | '“' => 1,
        ')' | ']' | '}' | '）' | '】' | '」' | '』' | '》' | '”' => -1,
        _ => 0,
    }
}

/// Tells whether the sign at `at` is in a row of an odd number of tags, as in `#a#b#c`: Weibo's signs come in pairs, so these
/// are tags.
fn is_chain_of_tags(text: &str, at: usize) -> bool {
    let belongs = |c: &char| is_sign(*c) || is_tag_character(*c);
    let before = text[..at]
        .chars()
        .rev()
        .take(LONGEST_TAG)
        .take_while(belongs)
        .filter(|c| is_sign(*c))
        .count();
    let mut signs = before;
    let mut last = ' ';
    for c in text[at..].chars().take(LONGEST_TAG).take_while(belongs) {
        if is_sign(c) {
            if is_sign(last) {
                return false;
            }
            signs += 1;
        }
        last = c;
    }
    signs >= 3 && signs % 2 == 1 && !is_sign(last)
}

fn tag_length(rest: &str) -> Option<usize> {
    let end = rest
        .char_indices()
        .enumerate()
        .find(|(count, (_, c))| *count == LONGEST_TAG || !is_tag_character(*c))
        .map_or(rest.len(), |(_, (at, _))| at);
    let tag = rest[..end].trim_end_matches(['·', '・']);
    let starts_well = tag.starts_with(|c: char| c.is_alphanumeric() || c == '_' || is_cjk(c));
    (starts_well && tag.chars().any(char::is_alphabetic)).then_some(tag.len())
}

#[cfg(test)]
mod tests {
    use crate::entities::hashtags;

    #[test]
    fn hashtags_are_found() {
        let cases: &[(&str, &[&str])] = &[
            ("#Rust is #GREAT!", &["rust", "great"]),
            ("＃ＴＡＧ full width", &["tag"]),
            ("(#tag) “#tag2” #tag_3-x", &["tag", "tag2", "tag_3"]),
            ("#love #happy #day", &["love", "happy", "day"]),
            ("#2024election #4ever", &["2024election", "4ever"]),
            ("今天#开心 明天", &["开心"]),
            ("#春节 #回家 #团圆", &["春节", "回家", "团圆"]),
            ("#春节#回家真好", &["春节"]),
            ("#话题 with spaces#后面", &["话题 with spaces"]),
            ("#iPhone 15 Pro#发布", &["iphone 15 pro"]),
            ("#王一博[超话]#生日快乐", &["王一博"]),
            ("#旅行[话题]# #美食[话题]#", &["旅行", "美食"]),
            ("#旅行#美食#穿搭", &["旅行", "美食", "穿搭"]),
            ("#ootd#style#look ok", &["ootd", "style", "look"]),
            ("新款iPhone#苹果发布会#", &["苹果发布会"]),
            ("#520# 快乐", &["520"]),
            ("#café #naïve #größe", &["café", "naïve", "größe"]),
            ("#ยินดี #हिन्दी", &["ยินดี", "हिन्दी"]),
            ("#トトロ・の・森", &["トトロ・の・森"]),
            ("##double", &["double"]),
            ("#加油💪#", &["加油💪"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&hashtags(text), expected, "{text}");
        }
    }

    #[test]
    fn other_signs_are_no_hashtags() {
        for text in [
            "#1",
            "we are #1 and #2",
            "C# and F#",
            "C#和F#",
            "&#39; &#x27;",
            "abc#def",
            "https://a.test/p#part",
            "# heading",
            "#",
            "##",
            "###",
            "#!",
            "a_#b",
            "#123",
        ] {
            assert_eq!(hashtags(text), Vec::<String>::new(), "{text}");
        }
    }
}
