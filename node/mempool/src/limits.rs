//! The pool's bounds. Every one is enforced by [`crate::Mempool`]; none is consensus.

/// Checked bounds of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Encoded bytes of all transactions together.
    pub bytes_max: usize,
    /// Number of transactions.
    pub txs_max: usize,
    /// Number of transactions of one sender.
    pub per_sender_max: usize,
    /// How far a nonce may lie beyond the account's: `nonce < account nonce + gap`.
    pub nonce_gap_max: u64,
    /// By how many percent a replacement must raise both tip and price ceiling.
    pub replace_bump_percent: u64,
}

impl Default for Limits {
    /// 64 MiB, 50 000 transactions, 64 per sender (DESIGN §4), replacement at +10 %.
    fn default() -> Limits {
        Limits {
            bytes_max: 64 << 20,
            txs_max: 50_000,
            per_sender_max: 64,
            nonce_gap_max: 64,
            replace_bump_percent: 10,
        }
    }
}

/// A bound that would make the pool useless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mempool limit `{name}` must not be zero; leave it out for the default")]
pub struct LimitsError {
    /// The field's name.
    pub name: &'static str,
}

impl Limits {
    /// Refuses bounds of zero.
    pub fn check(self) -> Result<Limits, LimitsError> {
        let zero = [
            ("bytes_max", self.bytes_max == 0),
            ("txs_max", self.txs_max == 0),
            ("per_sender_max", self.per_sender_max == 0),
            ("nonce_gap_max", self.nonce_gap_max == 0),
        ];
        match zero.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((name, _)) => Err(LimitsError { name }),
            None => Ok(self),
        }
    }
}
