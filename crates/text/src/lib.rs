#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]
//! Pure text: strings in, values out. No input or output, no clock, no randomness; the same input gives the same bytes on
//! every machine.
//!
//! | job | functions |
//! |---|---|
//! | clean | [`normalize_text`], [`match_text`], [`simplify_chinese`] |
//! | language | [`detect_language`], [`LANGUAGES`], [`is_stop_word`] |
//! | words | [`segment`], [`is_content_word`] |
//! | entities | [`hashtags`], [`mentions`], [`urls`], [`emojis()`], [`find_entities`] |
//! | near-duplicates | [`fingerprint`], [`StoryIndex`], [`is_repost_text`] |
//! | spam | [`spam_score`], [`spam_features`], [`SPAM_FEATURES`] |
//! | personal data | [`find_pii`], [`mask_pii`] |

mod characters;
mod content;
mod entities;
mod fingerprint;
mod language;
mod languages;
mod latin;
mod markup;
mod matching;
mod normalize;
mod pii;
mod segment;
mod spam;
mod story;

pub use content::content_words;
pub use entities::{Entity, EntityKind, emojis, find_entities, hashtags, mentions, urls};
pub use fingerprint::{
    Fingerprint, SHORT_TEXT_CHARACTERS, SIGNATURE_SLOTS, fingerprint, is_repost_text,
};
pub use language::detect_language;
pub use languages::{Cut, LANGUAGES, Language, is_content_word, is_stop_word, language};
pub use matching::{match_text, simplify_chinese};
pub use normalize::normalize_text;
pub use pii::{PiiKind, PiiSpan, find_pii, mask_pii};
pub use segment::segment;
pub use spam::{
    SPAM_BIAS, SPAM_FEATURE_COUNT, SPAM_FEATURES, SpamFeature, spam_features, spam_score,
};
pub use story::{DEFAULT_STORY_WINDOW_US, JOIN_JACCARD, StoryIndex};
