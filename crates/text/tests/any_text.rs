//! Every public function survives any text, and agrees with itself.

use groundswell_text::{
    StoryIndex, detect_language, emojis, find_entities, find_pii, fingerprint, hashtags,
    is_stop_word, mask_pii, match_text, mentions, normalize_text, segment, simplify_chinese,
    spam_features, spam_score, urls,
};
use proptest::prelude::*;

/// Text of any characters, mixed with the pieces that scanners look for.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-zA-Z0-9 ]{0,8}",
        "[一-鿿ぁ-ヶ가-힣]{0,8}",
        "[0-9 .:+-]{0,20}",
        prop::sample::select(vec![
            "#",
            "＃",
            "@",
            "＠",
            "http://",
            "t.cn/a",
            "www.",
            ".com",
            "[doge]",
            "&#",
            "&amp;",
            "<b>",
            "</",
            "-->",
            "RT @",
            "//@",
            "转发微博",
            "微信号：",
            "vx",
            "QQ",
            "+86",
            "13800138000",
            "11010519491231002X",
            "4111111111111111",
            "京A",
            "1.2.3.4",
            "::",
            "❤",
            "\u{FE0F}",
            "\u{200D}",
            "👩",
            "🇨",
            "\u{20E3}",
            "哈哈哈",
            "臺灣",
            "İ",
            "ß",
            "ﷺ",
            "\u{1F3F4}",
            "\u{E0067}",
            "\u{301}",
            "加❤微❤信",
            "’",
            "·",
        ])
        .prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn no_function_panics_and_spans_are_sound(text in any_text()) {
        let clean = normalize_text(&text);
        prop_assert_eq!(&normalize_text(&clean), &clean);
        for text in [&text, &clean] {
            match_text(text);
            simplify_chinese(text.as_str());
            let language = detect_language(text);
            if language.is_some() {
                let has_letter = text.chars().any(|c| c.is_alphabetic() || c >= '\u{20000}');
                prop_assert!(has_letter, "{:?}", text);
            }
            for word in segment(text, language.unwrap_or("")) {
                prop_assert!(!word.is_empty());
                is_stop_word(&word, language.unwrap_or(""));
            }
            for list in [hashtags(text), mentions(text), urls(text), emojis(text)] {
                prop_assert!(list.iter().all(|value| !value.is_empty()));
            }
            for entity in find_entities(text) {
                prop_assert!(text.get(entity.start..entity.end).is_some());
            }
            let mut floor = 0;
            for span in find_pii(text) {
                prop_assert!(span.start >= floor && span.end > span.start);
                prop_assert!(text.get(span.start..span.end).is_some());
                floor = span.end;
            }
            mask_pii(text);
            let score = spam_score(text);
            prop_assert!((0.0..=1.0).contains(&score));
            for (name, value) in spam_features(text) {
                prop_assert!((0.0..=1.0).contains(&value), "{} = {}", name, value);
            }
            let print = fingerprint(text);
            prop_assert_eq!(print.estimated_jaccard(&print), 1.0);
            let mut index = StoryIndex::new();
            prop_assert_eq!(index.assign("a", 0, &print), "a");
            let second = if print.is_empty() { "b" } else { "a" };
            prop_assert_eq!(index.assign("b", 1, &print), second);
        }
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_normalising(text in any_text()) {
        prop_assert_eq!(fingerprint(&text), fingerprint(&normalize_text(&text)));
    }
}
