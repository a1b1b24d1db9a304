//! Messages of gossip: transactions, several at a time.
//!
//! ```text
//! salt u64 LE   count u32 LE   count × (length u32 LE, bytes)
//! ```
//!
//! The salt makes the same transactions another message when they are sent again on purpose.
//! Always: what is decoded takes no more memory than a few times the message; one encoding only.

/// Transactions in one message.
pub const BATCH_COUNT_MAX: usize = 1_024;
/// A message is sent when its transactions come to so many bytes; one that is larger goes alone.
pub(crate) const BATCH_BYTES: usize = 64 * 1024;
/// Bytes of a message besides its transactions.
pub(crate) const OVERHEAD_BYTES: usize = 8 + 4 + 4 * BATCH_COUNT_MAX;

/// Transactions that travel together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) salt: u64,
    pub(crate) transactions: Vec<Vec<u8>>,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BatchError {
    #[error("the message is cut off, or malformed")]
    Malformed,
    #[error("it carries {found} transactions, of {BATCH_COUNT_MAX} at most")]
    Count { found: u32 },
    #[error("it carries nothing, or an empty transaction")]
    Empty,
    #[error("a transaction of {found} bytes is larger than the chain takes")]
    TooLarge { found: usize },
    #[error("bytes follow the last transaction")]
    Trailing,
}

impl Batch {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.salt.to_le_bytes().to_vec();
        bytes.extend(length(self.transactions.len()));
        for transaction in &self.transactions {
            bytes.extend(length(transaction.len()));
            bytes.extend(transaction);
        }
        bytes
    }

    /// Reads a message of somebody else.
    pub(crate) fn decode(
        mut bytes: &[u8],
        transaction_bytes_max: usize,
    ) -> Result<Batch, BatchError> {
        let bytes = &mut bytes;
        let salt = u64::from_le_bytes(chunk(bytes)?);
        let count = u32::from_le_bytes(chunk(bytes)?);
        match count as usize {
            0 => return Err(BatchError::Empty),
            1..=BATCH_COUNT_MAX => {}
            _ => return Err(BatchError::Count { found: count }),
        }
        let mut transactions = Vec::with_capacity(count as usize);
        for _ in 0..count {
            transactions.push(transaction(bytes, transaction_bytes_max)?);
        }
        match bytes.is_empty() {
            true => Ok(Batch { salt, transactions }),
            false => Err(BatchError::Trailing),
        }
    }
}

/// What is sent is bounded far below.
fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

fn chunk<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], BatchError> {
    let (chunk, rest) = bytes.split_first_chunk().ok_or(BatchError::Malformed)?;
    *bytes = rest;
    Ok(*chunk)
}

fn transaction(bytes: &mut &[u8], bytes_max: usize) -> Result<Vec<u8>, BatchError> {
    let length = u32::from_le_bytes(chunk(bytes)?) as usize;
    if length > bytes_max {
        return Err(BatchError::TooLarge { found: length });
    }
    if length == 0 {
        return Err(BatchError::Empty);
    }
    let (transaction, rest) = bytes
        .split_at_checked(length)
        .ok_or(BatchError::Malformed)?;
    *bytes = rest;
    Ok(transaction.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX: usize = 1_000;

    fn batch(transactions: Vec<Vec<u8>>) -> Batch {
        Batch {
            salt: 7,
            transactions,
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_arrives(salt: u64, transactions in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 1..300), 1..40)) {
            let batch = Batch { salt, transactions };
            prop_assert_eq!(Batch::decode(&batch.encode(), MAX), Ok(batch));
        }

        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(batch) = Batch::decode(&bytes, MAX) {
                prop_assert_eq!(batch.encode(), bytes);
            }
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let good = batch(vec![vec![1], vec![2, 3]]).encode();
        let check = |bytes: &[u8], expected| assert_eq!(Batch::decode(bytes, MAX), Err(expected));
        check(&good[..good.len() - 1], BatchError::Malformed);
        check(&[good.clone(), vec![0]].concat(), BatchError::Trailing);
        check(&batch(Vec::new()).encode(), BatchError::Empty);
        check(&batch(vec![Vec::new()]).encode(), BatchError::Empty);
        check(
            &batch(vec![vec![0; MAX + 1]]).encode(),
            BatchError::TooLarge { found: MAX + 1 },
        );
        let found = BATCH_COUNT_MAX as u32 + 1;
        check(
            &batch(vec![vec![0]; found as usize]).encode(),
            BatchError::Count { found },
        );
        // Four thousand million transactions are announced, and none is there.
        check(
            &[0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255],
            BatchError::Count { found: u32::MAX },
        );
    }
}
