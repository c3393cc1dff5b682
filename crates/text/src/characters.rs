//! Classes of characters, each a plain range test (Unicode 17 blocks), shared by every scanner of this crate.

/// Tells whether `c` is a Han character (including the iteration mark 々 and 〇).
pub(crate) fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '々' | '〇'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

/// Tells whether `c` is hiragana or katakana, half-width forms included.
pub(crate) fn is_kana(c: char) -> bool {
    matches!(c,
        '\u{3041}'..='\u{3096}'
        | '\u{309D}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{FF66}'..='\u{FF9D}')
}

/// Tells whether `c` is a composed Hangul syllable.
pub(crate) fn is_hangul_syllable(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}')
}

/// Tells whether `c` is a single Hangul letter, as in the laughter ㅋㅋㅋ or the tears ㅠㅠ.
pub(crate) fn is_hangul_letter(c: char) -> bool {
    matches!(c, '\u{3131}'..='\u{318E}' | '\u{1100}'..='\u{11FF}')
}

/// Tells whether `c` is written without spaces between words (Han, kana or Hangul).
pub(crate) fn is_cjk(c: char) -> bool {
    is_han(c) || is_kana(c) || is_hangul_syllable(c) || is_hangul_letter(c)
}

/// Tells whether `c` is a Latin letter, accented and full-width ones included.
pub(crate) fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c,
            '\u{C0}'..='\u{D6}'
            | '\u{D8}'..='\u{F6}'
            | '\u{F8}'..='\u{24F}'
            | '\u{1E00}'..='\u{1EFF}'
            | '\u{FF21}'..='\u{FF3A}'
            | '\u{FF41}'..='\u{FF5A}')
}

/// Zero-width joiner, the glue of emoji sequences such as 👩‍💻.
pub(crate) const JOINER: char = '\u{200D}';
/// Variation selector 16, which asks for the coloured form of a character such as ❤️.
pub(crate) const EMOJI_STYLE: char = '\u{FE0F}';
/// Combining enclosing keycap, the end of 1️⃣.
pub(crate) const KEYCAP: char = '\u{20E3}';
/// The black flag, which starts the tag sequences of regional flags such as 🏴󠁧󠁢󠁥󠁮󠁧󠁿.
pub(crate) const BLACK_FLAG: char = '\u{1F3F4}';

/// Tells whether `c` is one of the five skin tones.
pub(crate) fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Tells whether `c` is one of the 26 letters that make flags in pairs.
pub(crate) fn is_regional_indicator(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Tells whether `c` is a tag character, invisible except inside a flag sequence.
pub(crate) fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
}

/// Tells whether `c` can start an emoji (UTS #51, Extended_Pictographic, as ranges that may hold a few symbols more).
pub(crate) fn is_pictographic(c: char) -> bool {
    if c < '\u{2000}' {
        return matches!(c, '©' | '®');
    }
    matches!(c,
        '\u{1F300}'..='\u{1FAFF}'
        | '\u{2600}'..='\u{27BF}'
        | '\u{1F000}'..='\u{1F0FF}'
        | '\u{1F170}'..='\u{1F171}' | '\u{1F17E}'..='\u{1F17F}' | '\u{1F18E}' | '\u{1F191}'..='\u{1F19A}'
        | '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F200}'..='\u{1F265}'
        | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2194}'..='\u{2199}' | '\u{21A9}'..='\u{21AA}'
        | '\u{231A}'..='\u{231B}' | '\u{2328}' | '\u{23CF}' | '\u{23E9}'..='\u{23F3}' | '\u{23F8}'..='\u{23FA}'
        | '\u{24C2}' | '\u{25AA}'..='\u{25AB}' | '\u{25B6}' | '\u{25C0}' | '\u{25FB}'..='\u{25FE}'
        | '\u{2934}'..='\u{2935}' | '\u{2B05}'..='\u{2B07}' | '\u{2B1B}'..='\u{2B1C}' | '\u{2B50}' | '\u{2B55}'
        | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}')
}

/// Tells whether a pictographic `c` shows as an emoji without a variation selector. The dingbats and weather signs of
/// U+2600..27BF are counted although the standard would draw some of them as text, because people who type ❤ mean ❤️;
/// ©, ™, ↔ and other letter-like signs are not.
pub(crate) fn is_emoji_by_default(c: char) -> bool {
    match c {
        '\u{1F000}'..='\u{1FAFF}' => true,
        '\u{2600}'..='\u{27BF}' => !matches!(c, '♀' | '♂'),
        '\u{231A}'..='\u{231B}'
        | '\u{23E9}'..='\u{23EC}'
        | '\u{23F0}'
        | '\u{23F3}'
        | '\u{25FD}'..='\u{25FE}'
        | '\u{2B1B}'..='\u{2B1C}'
        | '\u{2B50}'
        | '\u{2B55}' => true,
        _ => false,
    }
}

/// Tells whether `c` is white space, the blank Braille pattern (used as a visible nothing) included.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Tells whether `c` is invisible or only steers the layout: controls, zero-width and bidirectional characters, soft
/// hyphens, variation selectors, fillers, tags. Emoji need some of them; their callers decide (see `normalize`).
pub(crate) fn is_invisible(c: char) -> bool {
    if c < '\u{300}' {
        return (c.is_control() && !c.is_whitespace()) || c == '\u{AD}';
    }
    matches!(c,
        '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_apart() {
        for (c, class) in [
            ('好', "han"),
            ('𠮷', "han"),
            ('の', "kana"),
            ('ー', "kana"),
            ('한', "hangul"),
            ('é', "latin"),
            ('ạ', "latin"),
            ('×', "none"),
            ('1', "none"),
            ('，', "none"),
        ] {
            let found = if is_han(c) {
                "han"
            } else if is_kana(c) {
                "kana"
            } else if is_hangul_syllable(c) {
                "hangul"
            } else if is_latin(c) {
                "latin"
            } else {
                "none"
            };
            assert_eq!(found, class, "{c}");
        }
    }

    #[test]
    fn every_emoji_starts_with_a_pictographic_or_a_keycap_base() {
        for emoji in emojis::iter() {
            let first = emoji.as_str().chars().next().unwrap();
            let keycap = first.is_ascii_digit() || first == '#' || first == '*';
            assert!(is_pictographic(first) || keycap, "{emoji}");
        }
    }

    #[test]
    fn white_space_is_never_invisible() {
        for c in ['\t', '\n', '\r', ' ', '\u{A0}', '\u{85}', '\u{2028}', '\u{3000}', '\u{2800}'] {
            assert!(is_space(c) && !is_invisible(c), "{c:?}");
        }
        for c in ['\0', '\u{7F}', '\u{AD}', '\u{200B}', '\u{202E}', '\u{FEFF}', '\u{E0041}'] {
            assert!(is_invisible(c) && !is_space(c), "{c:?}");
        }
    }
}
