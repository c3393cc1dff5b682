//! The heads of stories in order of arrival: a queue in blocks, with numbers of 32 bits to refer to its members.

use std::collections::VecDeque;

use super::BANDS;
use crate::fingerprint::{Fingerprint, SIGNATURE_SLOTS};

/// Heads in one block of memory.
const BLOCK: usize = 1024;

/// What is kept of the first post of a story.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) created_at_us: i64,
    pub(super) exact: u64,
    pub(super) signature: [u8; SIGNATURE_SLOTS],
    /// For each band the next head with the same band; the last one points to the first, so that one number per band in the
    /// table reaches both ends. Heads arrive and leave in the same order, so the first one is always the oldest.
    pub(super) next: [u32; BANDS],
    /// End of the post's identifier in the block's text.
    id_end: u32,
    pub(super) is_short: bool,
}

#[derive(Debug)]
struct Block {
    heads: Vec<Head>,
    ids: String,
}

/// Heads are numbered as they arrive, and from 0 again after `u32::MAX`.
#[derive(Debug)]
pub(super) struct Heads {
    blocks: VecDeque<Block>,
    /// Heads of the first block that are gone already.
    gone: usize,
    /// Number of the oldest head.
    first: u32,
    length: usize,
}

impl Heads {
    pub(super) fn new() -> Self {
        Self { blocks: VecDeque::new(), gone: 0, first: 0, length: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Returns the number and the time of the oldest head.
    pub(super) fn oldest(&self) -> Option<(u32, i64)> {
        (self.length > 0).then(|| (self.first, self.get(self.first).created_at_us))
    }

    /// Returns how many heads are older than this one.
    pub(super) fn position(&self, number: u32) -> usize {
        number.wrapping_sub(self.first) as usize
    }

    fn number(&self, position: usize) -> u32 {
        self.first.wrapping_add(position as u32)
    }

    pub(super) fn get(&self, number: u32) -> &Head {
        let place = self.gone + self.position(number);
        &self.blocks[place / BLOCK].heads[place % BLOCK]
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut Head {
        let place = self.gone + self.position(number);
        &mut self.blocks[place / BLOCK].heads[place % BLOCK]
    }

    pub(super) fn post_id(&self, number: u32) -> &str {
        let place = self.gone + self.position(number);
        let block = &self.blocks[place / BLOCK];
        let within = place % BLOCK;
        let start = within.checked_sub(1).map_or(0, |before| block.heads[before].id_end);
        &block.ids[start as usize..block.heads[within].id_end as usize]
    }

    /// Adds a head and returns its number; its chains consist of itself.
    pub(super) fn push(
        &mut self,
        post_id: &str,
        created_at_us: i64,
        fingerprint: &Fingerprint,
    ) -> u32 {
        let number = self.number(self.length);
        if self.blocks.back().is_none_or(|block| block.heads.len() == BLOCK) {
            if let Some(full) = self.blocks.back_mut() {
                full.ids.shrink_to_fit();
            }
            self.blocks.push_back(Block { heads: Vec::with_capacity(BLOCK), ids: String::new() });
        }
        if let Some(block) = self.blocks.back_mut() {
            block.ids.push_str(post_id);
            block.heads.push(Head {
                created_at_us,
                exact: fingerprint.exact,
                signature: fingerprint.signature,
                next: [number; BANDS],
                id_end: block.ids.len() as u32,
                is_short: fingerprint.is_short(),
            });
        }
        self.length += 1;
        number
    }

    /// Drops the oldest head.
    pub(super) fn pop_oldest(&mut self) {
        self.first = self.number(1);
        self.gone += 1;
        self.length -= 1;
        if self.gone == BLOCK {
            self.blocks.pop_front();
            self.gone = 0;
        }
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        let of_block =
            |block: &Block| block.heads.capacity() * size_of::<Head>() + block.ids.capacity();
        self.blocks.capacity() * size_of::<Block>()
            + self.blocks.iter().map(of_block).sum::<usize>()
    }

    /// Starts to number at `first`.
    #[cfg(test)]
    pub(super) fn starting_at(first: u32) -> Self {
        Self { first, ..Self::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::fingerprint;

    #[test]
    fn heads_come_back_in_order_across_blocks_and_the_largest_number() {
        let mut heads = Heads::starting_at(u32::MAX - 1500);
        let print = fingerprint("some text that is long enough");
        let mut numbers = VecDeque::new();
        for index in 0..5_000 {
            numbers.push_back((index, heads.push(&format!("id{index}"), index, &print)));
            if index >= 1_300 {
                let (oldest, number) = numbers.pop_front().unwrap();
                assert_eq!(heads.oldest(), Some((number, oldest)));
                heads.pop_oldest();
            }
        }
        assert_eq!(heads.len(), numbers.len());
        for (position, (index, number)) in numbers.iter().enumerate() {
            assert_eq!(heads.position(*number), position);
            assert_eq!(heads.get(*number).created_at_us, *index);
            assert_eq!(heads.post_id(*number), format!("id{index}"));
        }
    }
}
