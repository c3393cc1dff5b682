//! Fingerprints of near-duplicate texts: MinHash (Broder 1997) over sets of character 4-grams, kept to 8 bits a slot (b-bit
//! minwise hashing, Li and König 2010). Every constant is fixed, so a fingerprint is the same bytes on every machine.

use crate::characters::{is_cjk, is_pictographic};
use crate::entities::{EntityKind, find_entities};
use crate::matching::match_text;

/// Slots of a signature. The standard error of the estimated similarity at 0.7 is √(0.7·0.3/96) ≈ 0.047.
pub const SIGNATURE_SLOTS: usize = 96;

/// Texts with fewer characters than this after cleaning are compared as a whole, not by their pieces.
pub const SHORT_TEXT_CHARACTERS: u32 = 8;

/// Characters of a piece.
const GRAM: usize = 4;

/// What is remembered of a text in order to recognise near-duplicates of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    pub(crate) exact: u64,
    pub(crate) characters: u32,
    pub(crate) signature: [u8; SIGNATURE_SLOTS],
}

impl Fingerprint {
    /// Tells whether nothing was left of the text: only addresses, mentions, punctuation, or a bare repost.
    pub fn is_empty(&self) -> bool {
        self.characters == 0
    }

    /// Tells whether the cleaned text is too short for an estimate of similarity.
    pub fn is_short(&self) -> bool {
        self.characters < SHORT_TEXT_CHARACTERS
    }

    /// Returns the 64-bit hash of the cleaned text; equal for texts that differ only in what cleaning removes.
    pub fn exact_hash(&self) -> u64 {
        self.exact
    }

    /// Estimates the Jaccard similarity (0..1) of the sets of character 4-grams of two texts. Chance agreement of the 8-bit
    /// slots is taken out (Li and König 2010, equation 5 for sets that are small in their universe).
    pub fn estimated_jaccard(&self, other: &Self) -> f32 {
        estimate(equal_slots(&self.signature, &other.signature))
    }
}

/// Number of slots in which two signatures agree.
pub(crate) fn equal_slots(left: &[u8; SIGNATURE_SLOTS], right: &[u8; SIGNATURE_SLOTS]) -> usize {
    left.iter().zip(right).map(|(left, right)| usize::from(left == right)).sum()
}

fn estimate(equal: usize) -> f32 {
    const CHANCE: f32 = 1.0 / 256.0;
    ((equal as f32 / SIGNATURE_SLOTS as f32 - CHANCE) / (1.0 - CHANCE)).clamp(0.0, 1.0)
}

/// Smallest number of equal slots whose estimate reaches `jaccard`.
pub(crate) fn slots_for(jaccard: f32) -> usize {
    (0..=SIGNATURE_SLOTS).find(|equal| estimate(*equal) >= jaccard).unwrap_or(SIGNATURE_SLOTS)
}

/// Returns the fingerprint of a post's text, raw or normalised.
///
/// The text is first reduced to what its author wrote: [`match_text`] (case, width and script do not matter), without web
/// addresses, e-mail addresses and mentions, without repost marks (`RT @x:`, `//@张三:`, `回复@张三:`, `via @x`, `转发微博`,
/// `Repost`), and without punctuation. Words of hashtags stay, and so do emoji.
pub fn fingerprint(text: &str) -> Fingerprint {
    let cleaned = clean(text);
    let characters: Vec<u32> = cleaned.chars().map(u32::from).collect();
    Fingerprint {
        exact: hash_text(&cleaned),
        characters: u32::try_from(characters.len()).unwrap_or(u32::MAX),
        signature: sign(&characters),
    }
}

/// Phrases that stand for a repost when nothing else stands beside them.
const REPOST_PHRASES: &[&str] = &[
    "转发微博",
    "快转微博",
    "轉發微博",
    "转发",
    "转",
    "转发了",
    "repost",
    "reposted",
    "reposting",
    "retweet",
    "rt",
    "fwd",
    "mark",
    "分享图片",
    "分享视频",
];

/// Tells whether a text says by its form that it repeats somebody's post: `RT @name …`, `… //@name: …`, or nothing but a phrase
/// such as `转发微博`.
pub fn is_repost_text(text: &str) -> bool {
    let text = match_text(text);
    let text = text.trim();
    let retweet = text.strip_prefix("rt").is_some_and(|rest| rest.trim_start().starts_with('@'));
    retweet || text.contains("//@") || REPOST_PHRASES.contains(&text)
}

/// Words that lead to the author of what follows, cut when a mention comes directly after them.
const BEFORE_MENTION: &[&str] =
    &["rt", "回复", "回覆", "via", "转自", "repost from", "reposted from", "from", "by", "来自"];

fn clean(text: &str) -> String {
    let text = match_text(text);
    let mut cleaned = String::with_capacity(text.len());
    let mut from = 0;
    let mut stretch_start = 0;
    for entity in find_entities(&text) {
        let is_mention = entity.kind == EntityKind::Mention;
        if !is_mention && !matches!(entity.kind, EntityKind::Url | EntityKind::Email) {
            continue;
        }
        let before = &text[from..entity.start];
        push_plain(if is_mention { without_lead(before) } else { before }, &mut cleaned);
        cut_repost_phrase(&mut cleaned, stretch_start);
        stretch_start = cleaned.len();
        from = entity.end;
    }
    push_plain(&text[from..], &mut cleaned);
    cut_repost_phrase(&mut cleaned, stretch_start);
    let trimmed = cleaned.trim_end().len();
    cleaned.truncate(trimmed);
    cleaned
}

/// Returns the text before a mention without the word that leads to it.
fn without_lead(before: &str) -> &str {
    let trimmed = before.trim_end();
    for lead in BEFORE_MENTION {
        if let Some(rest) = trimmed.strip_suffix(lead)
            && !(lead.is_ascii() && rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
        {
            return rest;
        }
    }
    before
}

/// Removes the stretch from `start` on if it is nothing but a repost phrase.
fn cut_repost_phrase(cleaned: &mut String, start: usize) {
    if REPOST_PHRASES.contains(&cleaned[start..].trim()) {
        cleaned.truncate(start);
    }
}

/// Appends letters, digits and emoji; anything else becomes one space, or nothing beside a CJK character, since Chinese
/// writers put spaces and commas as they like.
fn push_plain(piece: &str, cleaned: &mut String) {
    let mut last = cleaned.chars().next_back();
    let mut gap = true;
    for c in piece.chars() {
        if !c.is_alphanumeric() && !is_pictographic(c) {
            gap = true;
            continue;
        }
        if gap
            && let Some(last) = last
            && last != ' '
            && !is_cjk(last)
            && !is_cjk(c)
        {
            cleaned.push(' ');
        }
        gap = false;
        cleaned.push(c);
        last = Some(c);
    }
}

/// Fixed odd multipliers with well-spread bits (the fractions of √2, √3, √5 in 64 bits, made odd).
const MULTIPLIERS: [u64; 3] = [0x6A09_E667_F3BC_C909, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B];

/// The finishing step of MurmurHash3 (Appleby 2011): every input bit reaches every output bit.
pub(crate) fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

fn hash_gram(gram: &[u32]) -> u64 {
    let mut hash = MULTIPLIERS[0];
    for pair in gram.chunks(2) {
        let word = u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32;
        hash = (hash ^ word).wrapping_mul(MULTIPLIERS[1]);
        hash ^= hash >> 29;
    }
    mix(hash)
}

fn hash_text(text: &str) -> u64 {
    let mut hash = MULTIPLIERS[2] ^ text.len() as u64;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(MULTIPLIERS[1]);
        hash ^= hash >> 32;
    }
    mix(hash)
}

/// Constants of the hash functions of the slots: `((low + a) · (high + b)) >> 32`, the pair-multiply-shift scheme
/// (Dietzfelbinger 1996) on the two halves of a piece's hash.
const SLOT_CONSTANTS: [(u32, u32); SIGNATURE_SLOTS] = {
    let mut constants = [(0, 0); SIGNATURE_SLOTS];
    let mut state = 0x6772_6F75_6E64_7377_u64;
    let mut slot = 0;
    while slot < SIGNATURE_SLOTS {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
        constants[slot] = (word as u32, (word >> 32) as u32);
        slot += 1;
    }
    constants
};

/// Returns the least hash of all pieces in each slot. A piece that appears twice changes nothing, so the pieces need not be
/// made a set first.
fn sign(characters: &[u32]) -> [u8; SIGNATURE_SLOTS] {
    let mut least = [u32::MAX; SIGNATURE_SLOTS];
    for piece in characters.windows(GRAM) {
        let hash = hash_gram(piece);
        let (low, high) = (hash as u32, (hash >> 32) as u32);
        for (least, (a, b)) in least.iter_mut().zip(&SLOT_CONSTANTS) {
            let product =
                u64::from(low.wrapping_add(*a)).wrapping_mul(u64::from(high.wrapping_add(*b)));
            *least = (*least).min((product >> 32) as u32);
        }
    }
    // The low bits of a minimum are as good as random; the high ones are nearly always zero. Mixed, because the minima
    // themselves are what must agree, and a byte of the product alone is uneven.
    least.map(|minimum| (minimum.wrapping_mul(0x9E37_79B1) >> 24) as u8)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn reposts_are_told_by_their_form() {
        for text in
            ["RT @amy: hello", "rt@amy hello", "同意！//@张三: 说得对", "转发微博", "Repost"]
        {
            assert!(is_repost_text(text), "{text}");
        }
        for text in
            ["art @amy", "see https://example.org/@amy", "转发抽奖送手机", "RT is a verb", ""]
        {
            assert!(!is_repost_text(text), "{text}");
        }
    }

    #[test]
    fn cleaning_leaves_what_the_author_wrote() {
        for (text, cleaned) in [
            ("RT @NASA: Launch today! https://t.co/abc", "launch today"),
            ("@bob check this out via @alice", "check this out"),
            ("回复@张三:今天，天气真好！", "今天天气真好"),
            ("說得對//@李四:今天天氣真好//@王五:转发微博", "说得对今天天气真好"),
            ("转发微博", ""),
            ("Repost", ""),
            ("//@张三:Repost", ""),
            ("http://t.cn/A6abc @张三", ""),
            ("I will repost this later", "i will repost this later"),
            ("#双十一# 快乐 🎉🎉", "双十一快乐🎉🎉"),
            ("iPhone 15 真香", "iphone 15真香"),
            ("start @x", "start"),
        ] {
            assert_eq!(clean(text), cleaned, "{text}");
        }
    }

    #[test]
    fn fingerprints_are_the_same_bytes_everywhere() {
        let of = fingerprint("The quick brown fox jumps over the lazy dog");
        assert_eq!(of.exact, 6_883_739_710_923_704_291);
        assert_eq!(of.signature[..8], [170, 206, 142, 59, 218, 252, 199, 32]);
        let of = fingerprint("RT @某人：敏捷的棕色狐狸跳過了懶狗");
        assert_eq!(of.exact, 5_917_887_107_845_762_485);
        assert_eq!(of.signature[..8], [10, 238, 250, 137, 86, 104, 9, 243]);
    }

    /// The true similarity of two texts after cleaning.
    fn jaccard(left: &str, right: &str) -> f32 {
        let grams = |text: &str| -> HashSet<u64> {
            let characters: Vec<u32> = clean(text).chars().map(u32::from).collect();
            characters.windows(GRAM).map(hash_gram).collect()
        };
        let (left, right) = (grams(left), grams(right));
        left.intersection(&right).count() as f32 / left.union(&right).count() as f32
    }

    #[test]
    fn the_estimate_is_unbiased_with_the_stated_error() {
        // Pairs of texts that share a prefix, over the whole range of similarities.
        let word = |seed: u64, index: u64| format!("{:x} ", mix(seed * 1_000 + index) >> 40);
        let (mut sum, mut squares, mut count) = (0.0_f64, 0.0_f64, 0.0_f64);
        for seed in 1..=400 {
            let shared = seed % 20;
            let common: String = (0..shared).map(|index| word(seed, index)).collect();
            let left: String = (shared..20).map(|index| word(seed + 1_000, index)).collect();
            let right: String = (shared..20).map(|index| word(seed + 2_000, index)).collect();
            let (left, right) = (common.clone() + &left, common + &right);
            let estimate = fingerprint(&left).estimated_jaccard(&fingerprint(&right));
            let error = f64::from(estimate - jaccard(&left, &right));
            sum += error;
            squares += error * error;
            count += 1.0;
        }
        let (bias, deviation) = (sum / count, (squares / count).sqrt());
        assert!(bias.abs() < 0.006, "bias {bias}");
        assert!(deviation < 0.05, "deviation {deviation}");
    }

    #[test]
    fn slots_and_thresholds_agree() {
        assert_eq!(slots_for(1.0), SIGNATURE_SLOTS);
        assert_eq!(slots_for(0.0), 0);
        let needed = slots_for(0.7);
        assert!(estimate(needed) >= 0.7 && estimate(needed - 1) < 0.7);
    }

    #[test]
    fn short_and_empty_texts_are_marked() {
        assert!(fingerprint("https://t.co/x").is_empty());
        assert!(fingerprint("lol").is_short() && !fingerprint("lol").is_empty());
        assert!(!fingerprint("long enough").is_short());
        assert_eq!(fingerprint("LOL!").exact_hash(), fingerprint("lol").exact_hash());
    }
}
