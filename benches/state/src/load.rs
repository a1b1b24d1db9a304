//! Keys, values and blocks: pseudo-random, the same in every run.

/// A key: spread as hashes are.
pub(crate) type Key = [u8; 32];
/// A value.
pub(crate) type Value = [u8; 64];

/// What a block does.
pub(crate) struct Block {
    pub(crate) reads: Vec<Key>,
    /// Each key once.
    pub(crate) writes: Vec<(Key, Value)>,
}

/// The key of a number.
pub(crate) fn key(number: u64) -> Key {
    argosy_primitives::blake3(&number.to_le_bytes())
}

/// A value that differs from version to version.
pub(crate) fn value(number: u64, version: u64) -> Value {
    let mut value = [0; 64];
    let mut dice = Dice(number.wrapping_mul(31).wrapping_add(version) | 1 << 63);
    for chunk in value.as_chunks_mut::<8>().0 {
        *chunk = dice.next().to_le_bytes();
    }
    value
}

/// Block `version` over `keys` keys.
pub(crate) fn block(keys: u64, reads: usize, writes: usize, version: u64) -> Block {
    let mut dice = Dice(version.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let reads = (0..reads).map(|_| key(dice.next() % keys)).collect();
    let mut numbers = std::collections::BTreeSet::new();
    while numbers.len() < writes {
        numbers.insert(dice.next() % keys);
    }
    let writes = numbers
        .into_iter()
        .map(|number| (key(number), value(number, version)));
    Block {
        reads,
        writes: writes.collect(),
    }
}

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}
