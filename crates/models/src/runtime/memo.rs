//! Remembers the vectors of texts that were encoded lately.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// The number of parts with a lock of their own.
const SHARDS: usize = 16;

/// Identifies a text: the first 128 bits of its SHA-256.
pub(crate) type TextKey = u128;

/// Computes the key of a prepared text.
pub(crate) fn key_of(prepared: &str) -> TextKey {
    let digest = Sha256::digest(prepared.as_bytes());
    digest.iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
}

/// Holds two generations: when the young one is full it becomes the old one, and the old one is dropped.
#[derive(Debug, Default)]
struct Shard {
    young: HashMap<TextKey, Arc<[f32]>>,
    old: HashMap<TextKey, Arc<[f32]>>,
}

/// Holds the vectors of at most `capacity` texts, shared by threads.
#[derive(Debug)]
pub(crate) struct Memo {
    shards: [Mutex<Shard>; SHARDS],
    generation: usize,
}

impl Memo {
    /// Builds an empty memo.
    pub(crate) fn new(capacity: usize) -> Self {
        let generation = (capacity / SHARDS / 2).max(1);
        Self { shards: std::array::from_fn(|_| Mutex::default()), generation }
    }

    fn shard(&self, key: TextKey) -> &Mutex<Shard> {
        &self.shards[(key % SHARDS as u128) as usize]
    }

    /// Finds the vector of a text.
    pub(crate) fn get(&self, key: TextKey) -> Option<Arc<[f32]>> {
        let mut shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vector) = shard.young.get(&key) {
            return Some(Arc::clone(vector));
        }
        let vector = shard.old.remove(&key)?;
        self.insert_into(&mut shard, key, Arc::clone(&vector));
        Some(vector)
    }

    /// Keeps the vector of a text.
    pub(crate) fn insert(&self, key: TextKey, vector: Arc<[f32]>) {
        let mut shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        self.insert_into(&mut shard, key, vector);
    }

    /// Forgets all texts.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            *shard.lock().unwrap_or_else(PoisonError::into_inner) = Shard::default();
        }
    }

    fn insert_into(&self, shard: &mut Shard, key: TextKey, vector: Arc<[f32]>) {
        if shard.young.len() >= self.generation {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(key, vector);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_what_is_asked_for_and_stays_bounded() {
        let memo = Memo::new(320);
        let vector: Arc<[f32]> = Arc::from([1.0, 2.0]);
        memo.insert(key_of("kept"), Arc::clone(&vector));
        for number in 0..5000 {
            memo.insert(key_of(&number.to_string()), Arc::from([number as f32]));
            assert_eq!(memo.get(key_of("kept")).as_deref(), Some(&[1.0, 2.0][..]));
        }
        let held: usize = memo
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap())
            .map(|shard| shard.young.len() + shard.old.len())
            .sum();
        assert!((160..=320).contains(&held), "{held}");
        assert!(memo.get(key_of("0")).is_none());
        memo.clear();
        assert!(memo.get(key_of("kept")).is_none());
    }

    #[test]
    fn keys_differ_between_texts() {
        assert_ne!(key_of("a"), key_of("b"));
        assert_eq!(key_of(""), 0xe3b0_c442_98fc_1c14_9afb_f4c8_996f_b924);
    }
}
