//! Which language a post is in.

use crate::characters::{is_han, is_hangul_letter, is_hangul_syllable, is_kana, is_latin};
use crate::entities::{EntityKind, find_entities, pieces_between};
use crate::latin;

/// Returns the BCP 47 code of the language that most of a text is written in, or `None` for a text without letters.
///
/// Web addresses, mentions, hashtags and emoji do not count; a text that has letters in its hashtags alone goes by those.
/// The script decides first, and for all but Latin script it decides alone:
///
/// - kana make a text `ja` (a lone decorative の does not), Hangul makes it `ko`, other Han characters make it `zh`;
///   Japanese written without any kana comes out as `zh`;
/// - Cyrillic, Arabic, Thai, Hebrew, Greek and Devanagari give their most used language (`ru`, or `uk` by its own letters;
///   `ar`, or `fa` by its own letters; `th`, `he`, `el`, `hi`): a guess, not an identification;
/// - Latin script is told apart by function words and slang for twelve languages, then by character n-grams (lingua) for
///   `en`, `fr`, `de`, `es`, `pt`; short text without evidence is `en`, the most likely by far.
///
/// In mixed text a Han character weighs as much as a Latin word in lower case, and a Latin word with capitals (a brand, an
/// abbreviation) half of it; the heavier script wins, Han on a tie. Laughter and sighs (`哈哈哈`, `啊`, `ㅋㅋ`) weigh nothing as long
/// as other words are there. So `ok 好的` and `iPhone 15 Pro 真香` are `zh`; `哈哈哈 so funny` and `I love the word 加油` are `en`.
pub fn detect_language(text: &str) -> Option<&'static str> {
    let entities = find_entities(text);
    if let Some(code) = detect_in_pieces(&pieces_between(text, &entities)) {
        return Some(code);
    }
    let tags: Vec<&str> = entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Hashtag)
        .map(|entity| entity.text(text))
        .collect();
    detect_in_pieces(&tags)
}

fn detect_in_pieces(pieces: &[&str]) -> Option<&'static str> {
    let mut letters = LetterCounts::default();
    for piece in pieces {
        letters.add(piece);
    }
    match letters.script()? {
        Script::Han => Some("zh"),
        Script::Kana => Some("ja"),
        Script::Hangul => Some("ko"),
        Script::Latin => Some(latin::identify(&letters.latin_words)),
        Script::Other(code) => Some(code),
    }
}

#[derive(Clone, Copy)]
enum Script {
    Han,
    Kana,
    Hangul,
    Latin,
    Other(&'static str),
}

/// Other scripts and the language each stands for.
const OTHER_SCRIPTS: &[(&str, std::ops::RangeInclusive<char>)] = &[
    ("ru", '\u{400}'..='\u{52F}'),
    ("ar", '\u{620}'..='\u{6FF}'),
    ("th", '\u{E01}'..='\u{E3A}'),
    ("he", '\u{5D0}'..='\u{5EA}'),
    ("el", '\u{370}'..='\u{3FF}'),
    ("hi", '\u{900}'..='\u{97F}'),
];

/// Letters that only Ukrainian has among the languages of its script.
const UKRAINIAN: &str = "іїєґІЇЄҐ";
/// Letters that Persian has and Arabic has not.
const PERSIAN: &str = "پچژگ";
/// Letters of these scripts per word, about.
const LETTERS_PER_WORD: f32 = 5.0;
/// Weight of a Latin word with capitals beside Han characters.
const CAPITALISED_WEIGHT: f32 = 0.5;
/// Kana below this share of a text without spaces are decoration.
const LEAST_KANA_SHARE: f32 = 0.15;
/// The same for a text whose only kana is の, which Chinese shops like.
const LEAST_NO_SHARE: f32 = 0.3;

#[derive(Default)]
struct LetterCounts<'t> {
    /// Han characters that are not laughter.
    han: usize,
    laughter: usize,
    kana: usize,
    /// Of the kana, how many are の.
    no: usize,
    hangul: usize,
    hangul_letters: usize,
    others: [usize; OTHER_SCRIPTS.len()],
    has_ukrainian: bool,
    has_persian: bool,
    latin_words: Vec<&'t str>,
    latin_weight: f32,
}

fn is_laughter(c: char) -> bool {
    matches!(
        c,
        '哈' | '呵'
            | '嘿'
            | '嘻'
            | '嘎'
            | '呜'
            | '嗷'
            | '啊'
            | '哦'
            | '噢'
            | '嗯'
            | '嗚'
            | '唉'
            | '哎'
            | '額'
            | '额'
    )
}

impl<'t> LetterCounts<'t> {
    fn add(&mut self, piece: &'t str) {
        let mut word_start = None;
        let mut has_capital = false;
        for (at, c) in piece.char_indices() {
            // Apostrophes, and the dots of names such as `rust-lang.org`, do not end a word.
            let joins = match c {
                '\'' | '’' => word_start.is_some(),
                '.' => {
                    word_start.is_some()
                        && piece.as_bytes().get(at + 1).is_some_and(u8::is_ascii_alphabetic)
                }
                _ => false,
            };
            if is_latin(c) || joins {
                if word_start.is_none() {
                    word_start = Some(at);
                    has_capital = false;
                }
                has_capital |= c.is_uppercase();
                continue;
            }
            if let Some(start) = word_start.take() {
                self.add_latin(&piece[start..at], has_capital);
            }
            if !c.is_ascii() {
                self.add_character(c);
            }
        }
        if let Some(start) = word_start {
            self.add_latin(&piece[start..], has_capital);
        }
    }

    fn add_latin(&mut self, word: &'t str, has_capital: bool) {
        self.latin_weight += if has_capital { CAPITALISED_WEIGHT } else { 1.0 };
        self.latin_words.push(word);
    }

    fn add_character(&mut self, c: char) {
        if is_han(c) {
            if is_laughter(c) {
                self.laughter += 1;
            } else {
                self.han += 1;
            }
        } else if is_kana(c) {
            self.kana += 1;
            self.no += usize::from(c == 'の');
        } else if is_hangul_syllable(c) {
            self.hangul += 1;
        } else if is_hangul_letter(c) {
            self.hangul_letters += 1;
        } else if let Some(index) =
            OTHER_SCRIPTS.iter().position(|(_, letters)| letters.contains(&c))
        {
            self.others[index] += 1;
            self.has_ukrainian |= UKRAINIAN.contains(c);
            self.has_persian |= PERSIAN.contains(c);
        }
    }

    /// Returns the script that weighs most, or what the laughter is written in if there is nothing else.
    fn script(&self) -> Option<Script> {
        let han_or_kana = self.han + self.kana;
        let han_script = if self.is_japanese() { Script::Kana } else { Script::Han };
        let mut best = (han_or_kana as f32, han_script);
        let hangul_words = (self.hangul as f32 / 2.0).ceil();
        if hangul_words > best.0 {
            best = (hangul_words, Script::Hangul);
        }
        if self.latin_weight > best.0 {
            best = (self.latin_weight, Script::Latin);
        }
        for (index, (code, _)) in OTHER_SCRIPTS.iter().enumerate() {
            let words = (self.others[index] as f32 / LETTERS_PER_WORD).ceil();
            if words > best.0 {
                best = (words, Script::Other(self.refine(code)));
            }
        }
        if best.0 > 0.0 {
            return Some(best.1);
        }
        match (self.laughter, self.hangul_letters) {
            (0, 0) => None,
            (han, hangul) if han >= hangul => Some(Script::Han),
            _ => Some(Script::Hangul),
        }
    }

    fn is_japanese(&self) -> bool {
        if self.kana == 0 {
            return false;
        }
        let share = self.kana as f32 / (self.han + self.laughter + self.kana) as f32;
        let least = if self.kana == self.no { LEAST_NO_SHARE } else { LEAST_KANA_SHARE };
        share >= least
    }

    fn refine(&self, code: &'static str) -> &'static str {
        match code {
            "ru" if self.has_ukrainian => "uk",
            "ar" if self.has_persian => "fa",
            _ => code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_of_every_script() {
        for (text, code) in [
            ("今天天气真好", "zh"),
            ("臺灣的天氣真好", "zh"),
            ("哈哈哈哈哈", "zh"),
            ("666 哈哈", "zh"),
            ("鲜の每日 好喝不贵", "zh"),
            ("今日はいい天気ですね", "ja"),
            ("お茶", "ja"),
            ("東京タワーに行った", "ja"),
            ("안녕하세요 여러분", "ko"),
            ("ㅋㅋㅋㅋ", "ko"),
            ("Привет, как дела?", "ru"),
            ("Привіт, як справи? її", "uk"),
            ("مرحبا كيف حالك", "ar"),
            ("سلام چطوری", "fa"),
            ("สวัสดีครับ", "th"),
            ("שלום מה שלומך", "he"),
            ("Καλημέρα σε όλους", "el"),
            ("नमस्ते दोस्तों", "hi"),
        ] {
            assert_eq!(detect_language(text), Some(code), "{text}");
        }
    }

    #[test]
    fn short_english_and_slang() {
        for text in [
            "lol nice",
            "gm",
            "lmao",
            "wagmi fren",
            "ok",
            "Omggg soooo cute",
            "RIP king",
            "u up?",
            "same",
            "no",
            "big if true",
            "this is fire 🔥🔥",
            "IM SO DONE",
            "ty!!",
            "smh my head",
            "Loved it",
            "W",
            "ratio + L",
            "don't",
            "So good",
        ] {
            assert_eq!(detect_language(text), Some("en"), "{text}");
        }
    }

    #[test]
    fn mixed_text_goes_by_weight() {
        for (text, code) in [
            ("ok 好的", "zh"),
            ("gm 兄弟们", "zh"),
            ("今天去了Apple Store 买 iPhone", "zh"),
            ("iPhone 15 Pro 真香", "zh"),
            ("GPT-4o 发布了", "zh"),
            ("哈哈哈 so funny", "en"),
            ("I love the word 加油 so much", "en"),
            ("ㅋㅋㅋ that is so funny", "en"),
            ("오늘 날씨 진짜 좋다 lol", "ko"),
        ] {
            assert_eq!(detect_language(text), Some(code), "{text}");
        }
    }

    #[test]
    fn entities_do_not_count() {
        for (text, code) in [
            ("好看 https://example.com/some/long/english/path @john_smith_official", Some("zh")),
            ("转发微博 //@Apple: RT", Some("zh")),
            ("@张三 @李四 thanks for this", Some("en")),
            ("#新年快乐# #元旦# happy new year to everyone", Some("en")),
            ("#春节#", Some("zh")),
            ("#throwback 📷", Some("en")),
            ("https://example.com", None),
            ("@john 😂😂 123 !!!", None),
            ("[doge][doge]", None),
            ("", None),
            ("1234 … — 。", None),
        ] {
            assert_eq!(detect_language(text), code, "{text}");
        }
    }
}
