//! Signatures over secp256k1, secp256r1 and ed25519, by the rules of Cosmos chains.
//!
//! The rules are those of `cosmwasm-crypto`, which accepts other encodings than native imports do:
//! keys of both lengths, high S, ed25519 by ZIP 215.
//!
//! Always holds: a code above 1 says that something was not of its form; sizes beyond those that a
//! form can have end the frame.

use argosy_spec::Price;
use argosy_vm_host::Stop;
use cosmwasm_crypto::{
    CryptoError, CryptoResult, ed25519_verify, secp256k1_recover_pubkey, secp256k1_verify,
    secp256r1_recover_pubkey, secp256r1_verify,
};

use crate::desk::Desk;

const HASH_BYTES: u32 = 32;
const SIGNATURE_BYTES: u32 = 64;
const ECDSA_KEY_BYTES: u32 = 65;
const ED25519_KEY_BYTES: u32 = 32;
/// A message whose ed25519 signature is verified.
const MESSAGE_BYTES_MAX: u32 = 128 * 1024;
/// Signatures of a batch.
const BATCH_MAX: usize = 256;
/// The length behind each section.
const SECTION_BYTES: u32 = 4;

const VALID: u32 = 0;
const INVALID: u32 = 1;

/// Verifies hash, signature and key.
type Verify = fn(&[u8], &[u8], &[u8]) -> CryptoResult<bool>;

/// Recovers a key from hash, signature and parameter.
type Recover = fn(&[u8], &[u8], u8) -> CryptoResult<Vec<u8>>;

impl Desk<'_> {
    pub(crate) fn secp256k1_verify(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        let price = self.terms.prices.secp256k1_verify;
        self.verify(args, price, secp256k1_verify)
    }

    pub(crate) fn secp256r1_verify(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        let price = self.terms.prices.p256_verify;
        self.verify(args, price, secp256r1_verify)
    }

    pub(crate) fn secp256k1_recover(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        let price = self.terms.prices.secp256k1_recover;
        self.recover(args, price, secp256k1_recover_pubkey)
    }

    pub(crate) fn secp256r1_recover(&mut self, args: [i64; 3]) -> Result<i64, Stop> {
        let price = self.terms.prices.p256_recover;
        self.recover(args, price, secp256r1_recover_pubkey)
    }

    pub(crate) fn ed25519_verify(
        &mut self,
        [message, signature, key]: [i64; 3],
    ) -> Result<i64, Stop> {
        let message = self.read(message, MESSAGE_BYTES_MAX)?;
        let signature = self.read(signature, SIGNATURE_BYTES)?;
        let key = self.read(key, ED25519_KEY_BYTES)?;
        let price = self.terms.prices.ed25519_verify;
        self.pay(price, message.len() as u64)?;
        let verified = ed25519_verify(&message, &signature, &key);
        Ok(code(verified).into())
    }

    /// One by one, which gives what a batch gives and needs no random numbers.
    pub(crate) fn ed25519_batch_verify(
        &mut self,
        [messages, signatures, keys]: [i64; 3],
    ) -> Result<i64, Stop> {
        let messages = self.sections(messages, of_batch(MESSAGE_BYTES_MAX), BATCH_MAX)?;
        let signatures = self.sections(signatures, of_batch(SIGNATURE_BYTES), BATCH_MAX)?;
        let keys = self.sections(keys, of_batch(ED25519_KEY_BYTES), BATCH_MAX)?;
        let Some(batch) = pair_up(&messages, &signatures, &keys) else {
            let error = CryptoError::batch_err("numbers differ");
            return Ok(error.code().into());
        };
        let price = self.terms.prices.ed25519_verify;
        for [message, ..] in &batch {
            self.pay(price, message.len() as u64)?;
        }
        let memory = &*self.guest.memory();
        let mut all = Ok(true);
        for signed in batch {
            // In bounds: nothing ran since they were found in this memory.
            let [message, signature, key] = signed.map(|it| &memory[it]);
            match ed25519_verify(message, signature, key) {
                Ok(valid) => all = all.map(|it| it && valid),
                // A wrong form is found before anything is verified.
                Err(error) if all.is_ok() => all = Err(error),
                Err(_) => {}
            }
        }
        Ok(code(all).into())
    }

    fn verify(
        &mut self,
        [hash, signature, key]: [i64; 3],
        price: Price,
        verify: Verify,
    ) -> Result<i64, Stop> {
        let hash = self.read(hash, HASH_BYTES)?;
        let signature = self.read(signature, SIGNATURE_BYTES)?;
        let key = self.read(key, ECDSA_KEY_BYTES)?;
        self.pay(price, 0)?;
        Ok(code(verify(&hash, &signature, &key)).into())
    }

    fn recover(
        &mut self,
        [hash, signature, parameter]: [i64; 3],
        price: Price,
        recover: Recover,
    ) -> Result<i64, Stop> {
        let hash = self.read(hash, HASH_BYTES)?;
        let signature = self.read(signature, SIGNATURE_BYTES)?;
        self.pay(price, 0)?;
        let recovered = match u8::try_from(parameter as u32) {
            Ok(parameter) => recover(&hash, &signature, parameter),
            Err(_) => Err(CryptoError::invalid_recovery_param()),
        };
        match recovered {
            Ok(key) => self.give(&key),
            Err(error) => Ok(i64::from(error.code()) << 32),
        }
    }
}

/// Message, signature and key that belong together: as many of each, or one message for all keys, or one key for
/// all messages.
fn pair_up<T: Clone>(messages: &[T], signatures: &[T], keys: &[T]) -> Option<Vec<[T; 3]>> {
    let count = signatures.len();
    let (of_messages, of_keys) = (messages.len(), keys.len());
    let fits = match (of_messages == count, of_keys == count) {
        (true, true) => true,
        (false, true) => of_messages == 1,
        (true, false) => of_keys == 1,
        (false, false) => false,
    };
    if !fits {
        return None;
    }
    let nth = |list: &[T], index: usize| match list {
        [only] => only.clone(),
        list => list[index].clone(),
    };
    let batch = (0..count).map(|it| [nth(messages, it), signatures[it].clone(), nth(keys, it)]);
    Some(batch.collect())
}

/// Room for a batch of sections of so many bytes each.
const fn of_batch(bytes: u32) -> u32 {
    (bytes + SECTION_BYTES) * BATCH_MAX as u32
}

fn code(verified: CryptoResult<bool>) -> u32 {
    match verified {
        Ok(true) => VALID,
        Ok(false) => INVALID,
        Err(error) => error.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(counts: [usize; 3], expected: Option<usize>) {
        let [messages, signatures, keys] = counts.map(|it| vec![&b""[..]; it]);
        let batch = pair_up(&messages, &signatures, &keys);
        assert_eq!(batch.map(|it| it.len()), expected, "{counts:?}");
    }

    #[test]
    fn batches_pair_up_in_three_ways() {
        check([0, 0, 0], Some(0));
        check([3, 3, 3], Some(3));
        check([1, 3, 3], Some(3));
        check([3, 3, 1], Some(3));
        check([1, 0, 0], Some(0));
        check([0, 0, 1], Some(0));
        check([1, 3, 1], None);
        check([2, 3, 3], None);
        check([3, 3, 2], None);
    }
}
