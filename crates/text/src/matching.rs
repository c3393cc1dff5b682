//! Text for matching only: what two people who write the same thing in different ways have in common.

use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use crate::characters::is_han;
use crate::normalize::normalize_text;

/// Characters that the dictionary changes only inside certain phrases (沈默 → 沉默, but 沈阳 stays), so that looking at the
/// single character does not show them.
const PHRASE_ONLY: &str = "瞭藉覆沈牴衹";

/// First character of the table of characters.
const TABLE_START: u32 = 0x3400;
/// Length of the table: CJK Extension A and the main block, U+3400..U+9FFF.
const TABLE_LENGTH: usize = 0x9FFF - 0x3400 + 1;

struct Simplifier {
    /// The conversion, absent only if the embedded dictionary could not be read (a test proves that it can).
    conversion: Option<OpenCC>,
    /// For each character from [`TABLE_START`]: whether a conversion might change it.
    traditional: Vec<bool>,
}

static SIMPLIFIER: LazyLock<Simplifier> = LazyLock::new(|| {
    let conversion = OpenCC::from_config(BuiltinConfig::T2s).ok();
    let mut traditional = vec![false; TABLE_LENGTH];
    if let Some(conversion) = &conversion {
        for (offset, changes) in traditional.iter_mut().enumerate() {
            let Some(c) = char::from_u32(TABLE_START + offset as u32) else { continue };
            let mut buffer = [0; 4];
            let single: &str = c.encode_utf8(&mut buffer);
            *changes = PHRASE_ONLY.contains(c) || conversion.convert(single) != single;
        }
    }
    Simplifier { conversion, traditional }
});

/// Returns the text as it is compared with others: normalised, lower case, traditional Chinese characters simplified. Never
/// show it to people: `Zoë` and `臺灣` come out as `zoë` and `台湾`.
pub fn match_text(text: &str) -> String {
    simplify_chinese(lowercase(normalize_text(text)))
}

fn lowercase(text: String) -> String {
    if text.is_ascii() {
        let mut text = text;
        text.make_ascii_lowercase();
        return text;
    }
    text.to_lowercase()
}

/// Returns the text with traditional Chinese characters replaced by simplified ones (OpenCC's `t2s`: phrases first, then
/// characters). The number of characters does not change. Text without traditional characters is returned as it came.
pub fn simplify_chinese(text: impl Into<String>) -> String {
    let text = text.into();
    let simplifier = &*SIMPLIFIER;
    let may_change = |c: char| match (c as u32).checked_sub(TABLE_START) {
        Some(offset) if (offset as usize) < TABLE_LENGTH => simplifier.traditional[offset as usize],
        Some(_) => is_han(c),
        None => false,
    };
    match &simplifier.conversion {
        Some(conversion) if text.chars().any(may_change) => conversion.convert(&text),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_dictionary_is_there() {
        assert!(SIMPLIFIER.conversion.is_some());
        assert!(SIMPLIFIER.traditional.iter().filter(|changes| **changes).count() > 3_000);
    }

    #[test]
    fn different_spellings_match() {
        for (raw, matched) in [
            ("臺灣天氣真好！", "台湾天气真好!"),
            ("我愛繁體中文 ＡＢＣ", "我爱繁体中文 abc"),
            ("沈默是金，沈阳很冷", "沉默是金,沈阳很冷"),
            ("乾隆皇帝 乾燥", "乾隆皇帝 干燥"),
            ("HELLO World ÀÉ", "hello world àé"),
            ("已经是简体字", "已经是简体字"),
        ] {
            assert_eq!(match_text(raw), matched, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn simplifying_keeps_the_number_of_characters(text in "[一-鿿㐀-㐿𠀀-𠃿a-z ，。]{0,40}") {
            prop_assert_eq!(simplify_chinese(text.as_str()).chars().count(), text.chars().count());
        }

        #[test]
        fn skipping_the_dictionary_changes_nothing(text in "[一-鿿瞭解藉口反覆沈默]{0,40}") {
            let direct = SIMPLIFIER.conversion.as_ref().unwrap().convert(&text);
            prop_assert_eq!(simplify_chinese(text), direct);
        }
    }
}
