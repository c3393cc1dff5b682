//! Stories: families of near-duplicate posts, each named after its first post.

mod heads;
mod table;

use heads::Heads;
use table::StoryTable;

use crate::fingerprint::{Fingerprint, SIGNATURE_SLOTS, equal_slots, mix, slots_for};

/// How long a story takes new posts after its first one: 30 days, in microseconds.
pub const DEFAULT_STORY_WINDOW_US: i64 = 30 * DAY_US;

/// Estimated Jaccard similarity from which a post belongs to a story.
pub const JOIN_JACCARD: f32 = 0.7;

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;
/// Bands of the locality-sensitive index. A pair of similarity s shares one with probability 1 − (1 − s⁴)¹²: 0.96 at 0.7,
/// 0.998 at 0.8, 0.07 at 0.28 (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, chapter 3).
const BANDS: usize = 12;
/// Slots of a signature in each band.
const ROWS: usize = 4;
/// Heads of one band that are compared with a post, earliest first. More than these share a band only in floods of posts
/// from one template, whose own words are in other bands.
const LONGEST_CHAIN: usize = 64;

/// The stories that can still take posts, with the heads they are recognised by, in under 300 bytes a head.
///
/// Feed posts in order of (`created_at`, `post_id`); then the answers depend on nothing else: not on threads, not on
/// restarts (see [`insert_head`](Self::insert_head)). A post that arrives late, with a time before one already fed, joins any
/// story known by then whose head is within the window of it on either side.
#[derive(Debug)]
pub struct StoryIndex {
    window_us: i64,
    /// Time of the latest post fed.
    clock_us: i64,
    heads: Heads,
    /// For each band: its slots → the last head that has them.
    bands: [StoryTable; BANDS],
    /// Hash of a cleaned text → the last head that has it.
    exact: StoryTable,
}

impl Default for StoryIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl StoryIndex {
    /// Creates an empty index with the default window of 30 days.
    pub fn new() -> Self {
        Self::with_window(DEFAULT_STORY_WINDOW_US)
    }

    /// Creates an empty index whose stories take posts for `window_us` microseconds after their first one.
    pub fn with_window(window_us: i64) -> Self {
        Self {
            window_us,
            clock_us: i64::MIN,
            heads: Heads::new(),
            bands: Default::default(),
            exact: StoryTable::default(),
        }
    }

    /// Returns the story of a post: the identifier of the earliest head within the window whose text is the same or has an
    /// estimated Jaccard similarity of at least [`JOIN_JACCARD`]; without one, the post's own identifier, and the post
    /// becomes a head.
    ///
    /// A text of fewer than [`SHORT_TEXT_CHARACTERS`](crate::SHORT_TEXT_CHARACTERS) characters joins only the same text on
    /// the same UTC day: everybody writes `lol`, and only a burst of it is a story. An empty text is always its own story.
    pub fn assign(
        &mut self,
        post_id: &str,
        created_at_us: i64,
        fingerprint: &Fingerprint,
    ) -> String {
        self.forget_old(created_at_us);
        if fingerprint.is_empty() {
            return post_id.to_owned();
        }
        match self.find(created_at_us, fingerprint) {
            Some(head) => self.heads.post_id(head).to_owned(),
            None => {
                self.insert(post_id, created_at_us, fingerprint);
                post_id.to_owned()
            }
        }
    }

    /// Adds a post that is known to be the head of its story, to continue after a restart: an index fed with the heads of
    /// all earlier posts (those whose story is their own identifier; of them, the ones within the window suffice), in order,
    /// goes on exactly as if it had never stopped.
    pub fn insert_head(&mut self, post_id: &str, created_at_us: i64, fingerprint: &Fingerprint) {
        self.forget_old(created_at_us);
        if !fingerprint.is_empty() {
            self.insert(post_id, created_at_us, fingerprint);
        }
    }

    /// Returns the number of heads that are kept.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Tells whether no head is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of bytes allocated, spare capacity included.
    pub fn allocated_bytes(&self) -> usize {
        let tables: usize =
            self.bands.iter().chain([&self.exact]).map(StoryTable::allocated_bytes).sum();
        size_of::<Self>() + self.heads.allocated_bytes() + tables
    }

    fn find(&self, created_at_us: i64, fingerprint: &Fingerprint) -> Option<u32> {
        if let Some(head) = self.find_same(created_at_us, fingerprint) {
            return Some(head);
        }
        if fingerprint.is_short() {
            return None;
        }
        let needed = slots_for(JOIN_JACCARD);
        let mut earliest: Option<u32> = None;
        for band in 0..BANDS {
            let key = band_key(&fingerprint.signature, band);
            let Some(slot) = find_band(&self.bands[band], &self.heads, band, key) else { continue };
            let last = self.bands[band].number(slot);
            let mut candidate = self.heads.get(last).next[band];
            for _ in 0..LONGEST_CHAIN {
                if earliest.is_some_and(|known| {
                    self.heads.position(known) <= self.heads.position(candidate)
                }) {
                    break;
                }
                let head = self.heads.get(candidate);
                if equal_slots(&head.signature, &fingerprint.signature) >= needed
                    && self.is_within_window(head.created_at_us, created_at_us)
                {
                    earliest = Some(candidate);
                    break;
                }
                if candidate == last {
                    break;
                }
                candidate = head.next[band];
            }
        }
        earliest
    }

    /// Finds the head with the same cleaned text. It is also the earliest similar one: had there been an earlier one when
    /// it came, it would have joined that and be no head.
    fn find_same(&self, created_at_us: i64, fingerprint: &Fingerprint) -> Option<u32> {
        let same = |head: u32| self.heads.get(head).exact == fingerprint.exact;
        let slot = self.exact.find(mix(fingerprint.exact), same)?;
        let head = self.exact.number(slot);
        let head_time_us = self.heads.get(head).created_at_us;
        let joins = if fingerprint.is_short() {
            head_time_us.div_euclid(DAY_US) == created_at_us.div_euclid(DAY_US)
        } else {
            self.is_within_window(head_time_us, created_at_us)
        };
        joins.then_some(head)
    }

    fn is_within_window(&self, head_time_us: i64, created_at_us: i64) -> bool {
        created_at_us.abs_diff(head_time_us) <= self.window_us.unsigned_abs()
    }

    fn insert(&mut self, post_id: &str, created_at_us: i64, fingerprint: &Fingerprint) {
        let number = self.heads.push(post_id, created_at_us, fingerprint);
        let heads = &mut self.heads;
        let exact = fingerprint.exact;
        match self.exact.find(mix(exact), |head| heads.get(head).exact == exact) {
            // The same short text of an earlier day, which takes no more posts.
            Some(slot) => self.exact.replace(slot, number),
            None => self.exact.insert(mix(exact), number, |head| mix(heads.get(head).exact)),
        }
        if fingerprint.is_short() {
            return;
        }
        for (band, table) in self.bands.iter_mut().enumerate() {
            let key = band_key(&fingerprint.signature, band);
            match find_band(table, heads, band, key) {
                Some(slot) => {
                    let last = table.number(slot);
                    let first = std::mem::replace(&mut heads.get_mut(last).next[band], number);
                    heads.get_mut(number).next[band] = first;
                    table.replace(slot, number);
                }
                None => {
                    table.insert(band_hash(key), number, |head| hash_in_band(heads, head, band))
                }
            }
        }
    }

    /// Moves the clock and drops the heads that take no more posts, oldest first.
    fn forget_old(&mut self, created_at_us: i64) {
        self.clock_us = self.clock_us.max(created_at_us);
        let oldest_kept_us = self.clock_us.saturating_sub(self.window_us);
        while let Some((number, head_time_us)) = self.heads.oldest() {
            if head_time_us >= oldest_kept_us {
                break;
            }
            self.forget_oldest(number);
        }
    }

    fn forget_oldest(&mut self, number: u32) {
        let heads = &mut self.heads;
        let (exact, is_short) = (heads.get(number).exact, heads.get(number).is_short);
        if let Some(slot) = self.exact.find(mix(exact), |head| head == number) {
            self.exact.remove(slot, |head| mix(heads.get(head).exact));
        }
        let bands = if is_short { &mut [][..] } else { &mut self.bands[..] };
        for (band, table) in bands.iter_mut().enumerate() {
            let key = band_key(&heads.get(number).signature, band);
            let Some(slot) = find_band(table, heads, band, key) else { continue };
            let last = table.number(slot);
            if last == number {
                table.remove(slot, |head| hash_in_band(heads, head, band));
            } else {
                let second = heads.get(number).next[band];
                heads.get_mut(last).next[band] = second;
            }
        }
        heads.pop_oldest();
    }
}

/// The slots of one band as a number.
fn band_key(signature: &[u8; SIGNATURE_SLOTS], band: usize) -> u32 {
    let start = band * ROWS;
    u32::from_le_bytes([
        signature[start],
        signature[start + 1],
        signature[start + 2],
        signature[start + 3],
    ])
}

fn band_hash(key: u32) -> u64 {
    mix(u64::from(key))
}

fn hash_in_band(heads: &Heads, head: u32, band: usize) -> u64 {
    band_hash(band_key(&heads.get(head).signature, band))
}

fn find_band(table: &StoryTable, heads: &Heads, band: usize, key: u32) -> Option<usize> {
    table.find(band_hash(key), |head| band_key(&heads.get(head).signature, band) == key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fingerprint::fingerprint;

    /// Posts from a few templates with some words exchanged, so that they lie at all distances from each other.
    fn posts() -> impl Strategy<Value = Vec<(i64, String)>> {
        let words = prop::collection::vec(0_u32..40, 0..4);
        let post = (0_u32..6, words, 0_i64..3 * DAY_US, any::<bool>());
        prop::collection::vec(post, 1..80).prop_map(|posts| {
            let mut time_us = 0;
            posts
                .into_iter()
                .map(|(template, words, step_us, is_short)| {
                    time_us += step_us;
                    let extra: Vec<String> =
                        words.iter().map(|word| format!("word{word}x")).collect();
                    let base = if is_short && template < 2 {
                        String::new()
                    } else {
                        template_text(template)
                    };
                    (time_us, format!("{base} {}", extra.join(" ")))
                })
                .collect()
        })
    }

    fn template_text(template: u32) -> String {
        (0..12)
            .map(|word| {
                format!("{:x} ", mix(u64::from(template * 100 + word / (1 + template % 3))) >> 44)
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn only_the_bands_can_miss_a_story(posts in posts()) {
            let window_us = 20 * DAY_US;
            let mut index = StoryIndex::with_window(window_us);
            let mut heads: Vec<(String, i64, Fingerprint)> = Vec::new();
            for (number, (time_us, text)) in posts.iter().enumerate() {
                let id = format!("p{number}");
                let print = fingerprint(text);
                let story = index.assign(&id, *time_us, &print);
                let is_similar = |head: &&(String, i64, Fingerprint)| {
                    let (_, head_time_us, head) = head;
                    let same_day = time_us / DAY_US == head_time_us / DAY_US;
                    let is_near = time_us - head_time_us <= window_us;
                    if print.is_short() {
                        return head.exact == print.exact && same_day && !print.is_empty();
                    }
                    !head.is_short() && is_near && head.estimated_jaccard(&print) >= JOIN_JACCARD
                };
                let found = heads.iter().filter(is_similar).position(|(head, ..)| *head == story);
                prop_assert!(found.is_some() || story == id, "{} is in {}", id, story);
                // Those before the one found are similar, but share no band.
                for (head, _, missed) in heads.iter().filter(is_similar).take(found.unwrap_or(usize::MAX)) {
                    let shares = (0..BANDS).any(|band| band_key(&missed.signature, band) == band_key(&print.signature, band));
                    prop_assert!(!shares && !print.is_short(), "{} is in {}, not in {}", id, story, head);
                }
                if story == id {
                    heads.push((id, *time_us, print));
                }
            }
        }
    }

    #[test]
    fn similar_texts_share_a_band_as_often_as_computed() {
        // One word of twelve exchanged: similarities around 0.75.
        let (mut similar, mut shared) = (0.0_f64, 0.0_f64);
        for number in 0..1_000 {
            let text = distinct(number);
            let other = text.clone() + &distinct(number + 5_000)[..14];
            let (left, right) = (fingerprint(&text), fingerprint(&other));
            if left.estimated_jaccard(&right) >= JOIN_JACCARD {
                similar += 1.0;
                let shares =
                    |band| band_key(&left.signature, band) == band_key(&right.signature, band);
                shared += f64::from(u8::from((0..BANDS).any(shares)));
            }
        }
        assert!(similar > 900.0 && shared / similar > 0.98, "{shared} of {similar}");
    }

    /// A text of its own for every number.
    fn distinct(number: u64) -> String {
        (0..12).map(|word| format!("{:x} ", mix(number * 64 + word) >> 36)).collect()
    }
}
