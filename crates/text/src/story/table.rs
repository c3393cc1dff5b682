//! A hash table of 32-bit numbers that knows nothing of what they stand for: five bytes a slot, fuller than the standard
//! one, because a story index holds a dozen of them over millions of heads.

/// Fullness at which the table grows, in percent.
const FULLEST_PERCENT: usize = 85;
/// Growth of the number of slots, in percent.
const GROWTH_PERCENT: usize = 130;
const SMALLEST: usize = 16;

/// Returns the part of a hash that is kept: its low bits, while its high bits choose the slot.
fn tag(hash: u64) -> u8 {
    (hash as u8).max(1)
}

/// An open-addressing table (linear probing, deletion by shifting back). Hashes are not stored; the
/// caller computes the hash of a number again when entries move.
#[derive(Debug, Default)]
pub(super) struct StoryTable {
    numbers: Vec<u32>,
    /// Eight bits of each hash, so that a probe rarely looks at a number in vain; 0 for an empty slot.
    tags: Vec<u8>,
    length: usize,
}

impl StoryTable {
    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.numbers.len() as u128) >> 64) as usize
    }

    fn after(&self, slot: usize) -> usize {
        if slot + 1 == self.numbers.len() { 0 } else { slot + 1 }
    }

    /// Returns the slot of a number under this hash that `matches`.
    pub(super) fn find(&self, hash: u64, matches: impl Fn(u32) -> bool) -> Option<usize> {
        if self.numbers.is_empty() {
            return None;
        }
        let tag = tag(hash);
        let mut slot = self.home(hash);
        while self.tags[slot] != 0 {
            if self.tags[slot] == tag && matches(self.numbers[slot]) {
                return Some(slot);
            }
            slot = self.after(slot);
        }
        None
    }

    /// Returns the number in a slot that [`find`](Self::find) returned.
    pub(super) fn number(&self, slot: usize) -> u32 {
        self.numbers[slot]
    }

    /// Replaces the number in a slot by another one with the same hash.
    pub(super) fn replace(&mut self, slot: usize, number: u32) {
        self.numbers[slot] = number;
    }

    /// Adds a number that is not yet there.
    pub(super) fn insert(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        if (self.length + 1) * 100 > self.numbers.len() * FULLEST_PERCENT {
            self.grow(&hash_of);
        }
        self.place(hash, number);
        self.length += 1;
    }

    fn place(&mut self, hash: u64, number: u32) {
        let mut slot = self.home(hash);
        while self.tags[slot] != 0 {
            slot = self.after(slot);
        }
        self.numbers[slot] = number;
        self.tags[slot] = tag(hash);
    }

    fn grow(&mut self, hash_of: &impl Fn(u32) -> u64) {
        let slots = (self.numbers.len() * GROWTH_PERCENT / 100).max(SMALLEST);
        let numbers = std::mem::replace(&mut self.numbers, vec![0; slots]);
        let tags = std::mem::replace(&mut self.tags, vec![0; slots]);
        for (number, _) in numbers.into_iter().zip(tags).filter(|(_, tag)| *tag != 0) {
            self.place(hash_of(number), number);
        }
    }

    /// Empties a slot that [`find`](Self::find) returned.
    pub(super) fn remove(&mut self, slot: usize, hash_of: impl Fn(u32) -> u64) {
        let slots = self.numbers.len();
        let mut hole = slot;
        let mut next = self.after(hole);
        while self.tags[next] != 0 {
            let home = self.home(hash_of(self.numbers[next]));
            // An entry moves back into the hole unless its home lies between the hole and itself.
            let distance_to_home = (next + slots - home) % slots;
            let distance_to_hole = (next + slots - hole) % slots;
            if distance_to_home >= distance_to_hole {
                self.numbers[hole] = self.numbers[next];
                self.tags[hole] = self.tags[next];
                hole = next;
            }
            next = self.after(next);
        }
        self.tags[hole] = 0;
        self.length -= 1;
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        self.numbers.capacity() * size_of::<u32>() + self.tags.capacity()
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::fingerprint::mix;

    /// A hash with many collisions of home and tag.
    fn crowded(number: u32) -> u64 {
        mix(u64::from(number % 97))
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_set(steps in prop::collection::vec((any::<bool>(), 1_u32..400), 0..800)) {
            let mut table = StoryTable::default();
            let mut set = BTreeSet::new();
            for (adds, number) in steps {
                let slot = table.find(crowded(number), |other| other == number);
                prop_assert_eq!(slot.is_some(), set.contains(&number));
                match slot {
                    None if adds => {
                        table.insert(crowded(number), number, crowded);
                        set.insert(number);
                    }
                    Some(slot) if !adds => {
                        prop_assert_eq!(table.number(slot), number);
                        table.remove(slot, crowded);
                        set.remove(&number);
                    }
                    _ => {}
                }
                prop_assert_eq!(table.len(), set.len());
            }
            for number in 1..400 {
                let found = table.find(crowded(number), |other| other == number).is_some();
                prop_assert_eq!(found, set.contains(&number));
            }
        }
    }

    #[test]
    fn it_stays_compact() {
        let slot_bytes = size_of::<u32>() + size_of::<u8>();
        let mut table = StoryTable::default();
        let hash = |number: u32| mix(u64::from(number));
        for number in 1..=100_000 {
            table.insert(hash(number), number, hash);
            let slots = table.allocated_bytes() / slot_bytes;
            assert!(
                slots <= SMALLEST || slots * 65 <= table.len() * 100 + 200,
                "{slots} slots for {number}"
            );
        }
    }
}
