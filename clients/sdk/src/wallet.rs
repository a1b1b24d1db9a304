//! Keys: derived from a phrase, and the accounts of development chains.
//!
//! ```text
//! phrase ──BIP-39──► seed ──SLIP-10 ed25519, m/44'/9533'/account'/0'/0'──► secret key ──► address
//! ```
//!
//! Not here: key files and passphrases at rest (`argosy-signer`).

use std::collections::BTreeMap;

use argosy_primitives::{
    Address, Domain, PublicKey, SecretKey, Signature, SignatureError, SignedTransaction,
    Transaction,
};
use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

/// The phrase of the development accounts. Everybody knows it: send nothing of value there.
pub const DEV_PHRASE: &str = "test test test test test test test test test test test junk";

/// Names of the development accounts; the position is the number of the account.
pub const DEV_NAMES: [&str; 10] = [
    "alice", "bob", "carol", "dave", "eve", "frank", "grace", "heidi", "ivan", "judy",
];

const PURPOSE: u32 = 44;
/// Number of the coin in derivation paths.
pub const COIN: u32 = 9533;
/// Indices from here on are hardened, which all indices of ed25519 are.
const HARDENED: u32 = 1 << 31;

/// A key that signs transactions.
#[derive(Debug, Clone)]
pub struct Signer {
    key: SecretKey,
    public: PublicKey,
    address: Address,
}

impl Signer {
    /// The signer of a key, for instance one read from a key file.
    pub fn new(key: SecretKey) -> Signer {
        let public = key.public();
        Signer {
            key,
            public,
            address: Address::of_key(&public),
        }
    }

    /// The key that others see.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The account.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The key itself, for those who store it.
    pub fn secret(&self) -> &SecretKey {
        &self.key
    }

    /// Signs a transaction, which must name this signer.
    pub fn sign(&self, transaction: Transaction) -> SignedTransaction {
        transaction.sign(&self.key)
    }

    /// Signs a message of any length, for those who ask whose key this is. What is signed is its hash in a
    /// domain of its own, so that no message is ever a transaction or a vote.
    pub fn sign_message(&self, message: &[u8]) -> Signature {
        self.key.sign(&Domain::Message.hash(&[message]))
    }
}

/// Checks a signature that [`Signer::sign_message`] made.
pub fn check_message(
    key: &PublicKey,
    message: &[u8],
    signature: &Signature,
) -> Result<(), SignatureError> {
    key.verify(&Domain::Message.hash(&[message]), signature)
}

impl From<SecretKey> for Signer {
    fn from(key: SecretKey) -> Signer {
        Signer::new(key)
    }
}

/// Why a phrase gives no key. Never holds the words themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// A word is not in the list of words.
    #[error("word {position} of the phrase is not an English BIP-39 word")]
    UnknownWord {
        /// Counted from 1.
        position: usize,
    },
    /// A phrase has 12, 15, 18, 21 or 24 words.
    #[error("the phrase has {found} words; it must have 12, 15, 18, 21 or 24")]
    WordCount {
        /// Words found.
        found: usize,
    },
    /// The last word does not belong to the others: a word is wrong, or two are exchanged.
    #[error("the phrase does not add up: a word is wrong or out of place")]
    Checksum,
    /// Entropy has 16, 20, 24, 28 or 32 bytes.
    #[error("entropy has {found} bytes; it must have 16, 20, 24, 28 or 32")]
    Entropy {
        /// Bytes found.
        found: usize,
    },
    /// Accounts are numbered below 2^31.
    #[error("account {found} does not exist; accounts are numbered from 0 to 2147483647")]
    Account {
        /// The number.
        found: u32,
    },
}

/// A checked phrase with its passphrase, from which accounts are derived. Wiped when dropped.
pub struct Phrase {
    seed: Zeroizing<[u8; 64]>,
}

impl Phrase {
    /// Reads an English BIP-39 phrase; the passphrase is usually empty.
    pub fn parse(phrase: &str, passphrase: &str) -> Result<Phrase, WalletError> {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        let words = Zeroizing::new(words.join(" ").to_lowercase());
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &words);
        let mnemonic = mnemonic.map_err(of_bip39)?;
        Ok(Phrase {
            seed: Zeroizing::new(mnemonic.to_seed(passphrase)),
        })
    }

    /// The account of this number.
    pub fn account(&self, number: u32) -> Result<Signer, WalletError> {
        if number >= HARDENED {
            return Err(WalletError::Account { found: number });
        }
        let path = [PURPOSE, COIN, number, 0, 0]; // The crate hardens every index.
        let seed = slip10_ed25519::derive_ed25519_private_key(self.seed.as_slice(), &path);
        Ok(Signer::new(SecretKey::generate_from(seed)))
    }
}

impl std::fmt::Debug for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phrase(..)")
    }
}

/// The phrase of fresh entropy, which the caller draws from a good source: 32 bytes give 24 words.
pub fn phrase_of(entropy: &[u8]) -> Result<String, WalletError> {
    let mnemonic = Mnemonic::from_entropy(entropy).map_err(of_bip39)?;
    Ok(mnemonic.words().collect::<Vec<_>>().join(" "))
}

/// The ten accounts that every development chain funds, with their names.
pub fn dev_accounts() -> Vec<(&'static str, Signer)> {
    let phrase = dev_phrase();
    let account = |number| phrase.account(number).expect("far below 2^31");
    DEV_NAMES.into_iter().zip((0..).map(account)).collect()
}

/// One of the development accounts, by name.
pub fn dev_account(name: &str) -> Option<Signer> {
    let number = DEV_NAMES.iter().position(|it| *it == name)?;
    let number = u32::try_from(number).expect("there are ten");
    Some(dev_phrase().account(number).expect("far below 2^31"))
}

/// The development accounts by name, for those who take names for addresses.
pub fn dev_names() -> BTreeMap<String, Address> {
    let accounts = dev_accounts().into_iter();
    accounts
        .map(|(name, signer)| (name.to_owned(), signer.address()))
        .collect()
}

fn dev_phrase() -> Phrase {
    Phrase::parse(DEV_PHRASE, "").expect("the constant is a phrase, as a test shows")
}

fn of_bip39(error: bip39::Error) -> WalletError {
    match error {
        bip39::Error::BadWordCount(found) => WalletError::WordCount { found },
        bip39::Error::UnknownWord(index) => WalletError::UnknownWord {
            position: index + 1,
        },
        bip39::Error::BadEntropyBitCount(bits) => WalletError::Entropy { found: bits / 8 },
        // Languages are not guessed, so they cannot be ambiguous.
        bip39::Error::InvalidChecksum | bip39::Error::AmbiguousLanguages(_) => {
            WalletError::Checksum
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_primitives::Hrp;
    use argosy_spec::ChainSpec;

    #[test]
    fn the_dev_accounts_are_those_of_the_dev_chain() {
        let genesis = ChainSpec::dev().genesis.accounts;
        let funded: Vec<_> = genesis
            .iter()
            .map(|it| (it.name.clone().unwrap_or_default(), it.address))
            .collect();
        let derived: Vec<_> = dev_accounts()
            .into_iter()
            .map(|(name, signer)| (name.to_owned(), signer.address()))
            .collect();
        assert_eq!(derived, funded);
    }

    #[test]
    fn a_message_is_signed_apart_from_all_that_the_chain_signs() {
        let (alice, bob) = (dev_account("alice").unwrap(), dev_account("bob").unwrap());
        let message = b"it is me";
        let signature = alice.sign_message(message);
        assert_eq!(check_message(&alice.public(), message, &signature), Ok(()));
        assert!(check_message(&alice.public(), b"it is you", &signature).is_err());
        assert!(check_message(&bob.public(), message, &signature).is_err());
        // Not even who is asked to sign a transaction's id as a message signs the transaction.
        let id = Domain::TxSign.hash(&[message]);
        let signed = alice.sign_message(&id);
        assert!(alice.public().verify(&id, &signed).is_err());
    }

    #[test]
    fn an_account_has_a_name_and_a_key_that_signs() {
        let alice = dev_account("alice").unwrap();
        let text = alice.address().to_text(Hrp::Dev);
        assert!(text.starts_with("dargo1qpy2hk8d"), "{text}");
        assert_eq!(dev_names().get("alice"), Some(&alice.address()));
        assert!(dev_account("Alice").is_none() && dev_account("mallory").is_none());
    }

    /// SLIP-10's test vector 1 for ed25519, chain m/0'/1'/2'/2'/1000000000'.
    #[test]
    fn derivation_is_slip_10() {
        let seed = const_hex::decode("000102030405060708090a0b0c0d0e0f").unwrap();
        let path = [0, 1, 2, 2, 1_000_000_000];
        let key = slip10_ed25519::derive_ed25519_private_key(&seed, &path);
        let expected = "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793";
        assert_eq!(const_hex::encode(key), expected);
    }

    /// BIP-39's first test vector.
    #[test]
    fn seeds_are_bip_39() {
        let phrase = phrase_of(&[0; 16]).unwrap();
        assert_eq!(phrase, "abandon ".repeat(11) + "about");
        let seed = Phrase::parse(&phrase, "TREZOR").unwrap().seed;
        let head = "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e5349553";
        assert_eq!(const_hex::encode(&seed[..32]), head);
    }

    #[test]
    fn blanks_and_case_do_not_matter() {
        let shouted = DEV_PHRASE.to_uppercase().replace(' ', " \n ");
        let account = Phrase::parse(&shouted, "").unwrap().account(1).unwrap();
        assert_eq!(account.address(), dev_account("bob").unwrap().address());
    }

    #[test]
    fn a_passphrase_gives_other_accounts() {
        let account = Phrase::parse(DEV_PHRASE, "x").unwrap().account(0).unwrap();
        assert_ne!(account.address(), dev_account("alice").unwrap().address());
    }

    #[track_caller]
    fn refuse(phrase: &str, expected: WalletError) {
        assert_eq!(Phrase::parse(phrase, "").err(), Some(expected));
    }

    #[test]
    fn says_what_is_wrong_with_a_phrase() {
        refuse("", WalletError::WordCount { found: 0 });
        refuse("test test junk", WalletError::WordCount { found: 3 });
        let wrong = DEV_PHRASE.replacen("test test", "test tset", 1);
        refuse(&wrong, WalletError::UnknownWord { position: 2 });
        let wrong = DEV_PHRASE.replacen("junk", "test", 1);
        refuse(&wrong, WalletError::Checksum);
        assert_eq!(phrase_of(&[0; 15]), Err(WalletError::Entropy { found: 15 }));
        let account = dev_phrase().account(HARDENED);
        let expected = WalletError::Account { found: HARDENED };
        assert_eq!(account.map(|_| ()), Err(expected));
    }
}
