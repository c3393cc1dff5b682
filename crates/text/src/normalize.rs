//! Makes the many ways of writing one text equal, without changing what it says.

use unicode_normalization::UnicodeNormalization;

use crate::characters::{
    BLACK_FLAG, EMOJI_STYLE, JOINER, KEYCAP, is_invisible, is_pictographic, is_skin_tone, is_space,
    is_tag,
};
use crate::markup::strip_markup;

/// Returns the text in the one form that everything downstream reads:
///
/// - HTML tags and character references become text, if there are any (`a < b` survives);
/// - Unicode NFKC, which turns full-width letters and punctuation into half-width ones (`ＡＢＣ，！` → `ABC,!`);
/// - control, zero-width, bidirectional and other invisible characters are removed, but emoji sequences keep their joiners
///   and variation selectors (👩‍💻, ❤️, 🏴󠁧󠁢󠁥󠁮󠁧󠁿), and emoji that NFKC would spell out (™️, ㊗️, 🈚) stay;
/// - white space of every kind is collapsed to single spaces and trimmed.
///
/// Letter case and traditional characters stay as written (see [`match_text`](crate::match_text)). Normalising twice is
/// the same as once.
///
/// Sources: Unicode Standard Annex #15 (normal forms), Unicode Technical Standard #51 (emoji).
pub fn normalize_text(text: &str) -> String {
    let mut current = normalize_characters(text);
    while let Some(stripped) = strip_markup(&current) {
        current = normalize_characters(&stripped);
    }
    current
}

fn normalize_characters(text: &str) -> String {
    if let Some(normal) = normalize_plain(text) {
        return normal;
    }
    // Removing a character can let its neighbours compose or form an emoji sequence, so repeat until nothing moves; each
    // round only shortens or composes, and the second one is nearly always the last.
    let mut current = normalize_any(text);
    loop {
        let next = normalize_any(&current);
        if next == current {
            return current;
        }
        current = next;
    }
}

/// Normalises text made only of characters whose NFKC form is one known character whatever stands beside them: ASCII,
/// common Latin letters, Han, kana, Hangul syllables, full-width forms, emoji. That is nearly every post. Returns `None`
/// for any other text.
fn normalize_plain(text: &str) -> Option<String> {
    let mut output = String::with_capacity(text.len());
    let mut space_is_due = false;
    for c in text.chars() {
        let c = match c {
            ' '..='~' => c,
            '\t'..='\r' => ' ',
            '\0'..='\u{7F}' => continue,
            '\u{3000}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0)?,
            _ if is_inert(c) => c,
            _ => return None,
        };
        if c == ' ' {
            space_is_due = true;
            continue;
        }
        if space_is_due && !output.is_empty() {
            output.push(' ');
        }
        space_is_due = false;
        output.push(c);
    }
    Some(output)
}

/// Tells whether NFKC leaves `c` alone and no other inert character composes with it. A test compares with the standard.
fn is_inert(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{3001}'..='\u{3029}' | '\u{3030}'..='\u{3035}'
        | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FE}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{C0}'..='\u{131}' | '\u{134}'..='\u{13E}' | '\u{141}'..='\u{148}' | '\u{14A}'..='\u{17E}'
        | '\u{A1}'..='\u{A7}' | '©' | '«' | '¬' | '®' | '°' | '±' | '¶' | '·' | '»' | '¿'
        | '\u{2010}' | '\u{2012}'..='\u{2016}' | '\u{2018}'..='\u{2023}' | '\u{2030}'..='\u{2032}' | '\u{203B}'
        | '€' | '\u{2190}'..='\u{21FF}' | '\u{2500}'..='\u{27BF}'
        | '\u{1F300}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6FF}' | '\u{1F900}'..='\u{1FAFF}'
        | '\u{1F1E6}'..='\u{1F1FF}')
}

fn normalize_any(text: &str) -> String {
    let visible = remove_invisible(text);
    let mut composed = String::with_capacity(visible.len());
    let mut run_start = 0;
    let mut characters = visible.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if is_spelled_out_emoji(c, next) {
            composed.extend(visible[run_start..at].nfkc());
            composed.push(c);
            run_start = at + c.len_utf8();
        }
    }
    composed.extend(visible[run_start..].nfkc());
    collapse_space(&composed)
}

/// Tells whether `c` is an emoji that NFKC would replace by letters.
fn is_spelled_out_emoji(c: char, next: Option<char>) -> bool {
    match c {
        '\u{1F201}'..='\u{1F202}' | '\u{1F21A}' | '\u{1F22F}' | '\u{1F232}'..='\u{1F23A}' => true,
        '\u{1F250}'..='\u{1F251}' => true,
        '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{24C2}' | '\u{3297}'
        | '\u{3299}' => next == Some(EMOJI_STYLE),
        _ => false,
    }
}

fn remove_invisible(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut last = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        if is_invisible(c) && !belongs_to_emoji(c, last, next) {
            continue;
        }
        output.push(c);
        last = Some(c);
    }
    output
}

/// Tells whether an invisible `c` is part of an emoji sequence, given the last visible character and the next one.
fn belongs_to_emoji(c: char, last: Option<char>, next: Option<char>) -> bool {
    let Some(last) = last else { return false };
    match c {
        EMOJI_STYLE if next == Some(KEYCAP) => last.is_ascii_digit() || matches!(last, '#' | '*'),
        EMOJI_STYLE => is_pictographic(last),
        JOINER => {
            let continues = next.is_some_and(is_pictographic);
            continues && (is_pictographic(last) || is_skin_tone(last) || last == EMOJI_STYLE)
        }
        _ if is_tag(c) => last == BLACK_FLAG || is_tag(last),
        _ => false,
    }
}

fn collapse_space(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !output.is_empty() {
            output.push(' ');
        }
        output.push_str(word);
    }
    output
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn posts_come_out_clean() {
        for (raw, clean) in [
            ("", ""),
            ("  hello \t\r\n world  ", "hello world"),
            ("ＡＢＣ１２３，！？", "ABC123,!?"),
            ("今天　天气 ，不错！", "今天 天气 ,不错!"),
            ("ｶﾀｶﾅ", "カタカナ"),
            ("ﬁne ½ … №5", "fine 1⁄2 ... No5"),
            ("cafe\u{301}", "café"),
            ("a\u{200B}b\u{FEFF}c\u{AD}d\u{0}e", "abcde"),
            ("\u{202E}evil\u{202C} text", "evil text"),
            ("a < b && c > d", "a < b && c > d"),
            ("I &lt;3 you &amp; &quot;them&quot;", "I <3 you & \"them\""),
            ("<p>Hello <b>big</b></p><p>world</p>", "Hello big world"),
            ("＜b＞bold＜/b＞", "bold"),
            ("回复<a href='/n/张三'>@张三</a>:好的", "回复@张三:好的"),
            (
                "👩\u{200D}💻 works ❤\u{FE0F} on 1\u{FE0F}\u{20E3}",
                "👩\u{200D}💻 works ❤\u{FE0F} on 1\u{FE0F}\u{20E3}",
            ),
            ("x\u{200D}y z\u{FE0F}", "xy z"),
            ("™\u{FE0F} ™ ㊗\u{FE0F} 🈚", "™\u{FE0F} TM ㊗\u{FE0F} 🈚"),
            (
                "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}!",
                "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}!",
            ),
            ("a\u{E0067}b", "ab"),
            ("⠀⠀blank⠀braille", "blank braille"),
            ("繁體字 Stays", "繁體字 Stays"),
        ] {
            assert_eq!(normalize_text(raw), clean, "{raw:?}");
        }
    }

    #[test]
    fn every_inert_character_agrees_with_the_standard() {
        let inert: Vec<char> = ('\0'..=char::MAX).filter(|c| is_inert(*c)).collect();
        assert!(inert.len() > 40_000);
        for pair in inert.windows(2) {
            let text: String = pair.iter().collect();
            assert_eq!(text.nfkc().collect::<String>(), text, "{text:?}");
            assert!(!is_invisible(pair[0]) && !is_space(pair[0]), "{text:?}");
        }
        for c in '\u{FF01}'..='\u{FF5E}' {
            assert_eq!(
                normalize_plain(&c.to_string()).unwrap(),
                c.nfkc().collect::<String>().trim()
            );
        }
    }

    /// Text rich in the things that interact: markup, joiners, combining marks, full-width forms, white space.
    fn tangled() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            "[ -~]{1,6}",
            prop::sample::select(vec![
                "&",
                "&amp;",
                "&lt;",
                "gt;",
                ";",
                "<",
                ">",
                "<b>",
                "</p>",
                "<br",
                "/>",
                "&#x301;",
                "&#769;",
                "\u{301}",
                "\u{200D}",
                "\u{FE0F}",
                "\u{20E3}",
                "👩",
                "❤",
                "🏽",
                "1",
                "＆",
                "＜",
                "；",
                "\u{3000}",
                "\u{AD}",
                "é",
                "™",
                "㊗",
                "🈚",
                "\u{1F3F4}",
                "\u{E0067}",
                "한",
                "\u{11A8}",
                "\u{3164}",
                "か",
                "\u{3099}",
                "<script>",
                "</script>",
                "<!--",
                "-->",
                "&zwj;",
                "&#xFE0F;",
                "amp;",
                "#",
                "\u{338}",
            ])
            .prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn normalising_twice_is_normalising_once(text in tangled()) {
            let once = normalize_text(&text);
            prop_assert_eq!(normalize_text(&once), once);
        }

        #[test]
        fn no_control_or_double_space_is_left(text in tangled()) {
            let clean = normalize_text(&text);
            prop_assert!(!clean.contains("  ") && clean.trim() == clean);
            prop_assert!(!clean.chars().any(char::is_control), "{:?}", clean);
        }

        #[test]
        fn the_plain_path_equals_the_general_one(text in "[ -~à-ž，！？０-９Ａ-ｚ一-鿿ぁ-んア-ヶ가-힣\u{3000}\u{1F300}-\u{1F5FF}\t\n]{0,40}") {
            if let Some(plain) = normalize_plain(&text) {
                prop_assert_eq!(plain, normalize_any(&text));
            }
        }
    }
}
