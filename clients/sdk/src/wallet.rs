//! Accounts from a phrase: BIP-39 words, SLIP-10 ed25519, path `m/44'/9533'/i'/0'/0'`.
//!
//! The accounts of development chains come from a public phrase: never send anything of value there.
//! Not here: key files (`argosy-signer`).

use argosy_primitives::{Address, SecretKey};

/// The phrase of all development chains.
pub const DEV_PHRASE: &str = "test test test test test test test test test test test junk";

/// Names of the accounts of development chains; the index of a name is that of its account.
pub const DEV_NAMES: [&str; 10] = [
    "alice", "bob", "carol", "dave", "eve", "frank", "grace", "heidi", "ivan", "judy",
];

/// Argosy's number among the coins of SLIP-44 paths.
pub const COIN: u32 = 9533;

/// Indices at and above this are marked as hardened already.
const INDEX_END: u32 = 1 << 31;

/// Why a phrase gives no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// The words are not a BIP-39 phrase.
    #[error("not a BIP-39 phrase: {reason}")]
    BadPhrase {
        /// What is wrong; never the words themselves.
        reason: String,
    },
    /// There is no account of this index.
    #[error("account index {index} is too large, it must be below {INDEX_END}")]
    BadIndex {
        /// The index.
        index: u32,
    },
}

/// The keys of one phrase. Its seed is wiped when it is dropped.
pub struct Wallet {
    seed: zeroize::Zeroizing<[u8; 64]>,
}

impl Wallet {
    /// Reads an English phrase of 12 to 24 words. An empty passphrase is the usual one.
    pub fn from_phrase(phrase: &str, passphrase: &str) -> Result<Wallet, WalletError> {
        let mnemonic = bip39::Mnemonic::parse_in(bip39::Language::English, phrase);
        let mnemonic = mnemonic.map_err(|error| WalletError::BadPhrase {
            reason: error.to_string(),
        })?;
        Ok(Wallet {
            seed: zeroize::Zeroizing::new(mnemonic.to_seed(passphrase)),
        })
    }

    /// The key of account number `index`.
    pub fn key(&self, index: u32) -> Result<SecretKey, WalletError> {
        if index >= INDEX_END {
            return Err(WalletError::BadIndex { index });
        }
        let path = [44, COIN, index, 0, 0];
        let seed = slip10_ed25519::derive_ed25519_private_key(self.seed.as_slice(), &path);
        Ok(SecretKey::generate_from(seed))
    }
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wallet(..)")
    }
}

/// An account of every development chain.
#[derive(Debug, Clone)]
pub struct DevAccount {
    /// Its name.
    pub name: &'static str,
    /// Its address.
    pub address: Address,
    /// Its key, which everybody knows.
    pub key: SecretKey,
}

/// The ten accounts of development chains.
pub fn dev_accounts() -> Vec<DevAccount> {
    let wallet = Wallet::from_phrase(DEV_PHRASE, "").expect("the phrase is a constant");
    let account = |(index, name): (u32, &'static str)| {
        let key = wallet.key(index).expect("ten is a small number");
        DevAccount {
            name,
            address: Address::of_key(&key.public()),
            key,
        }
    };
    (0..).zip(DEV_NAMES).map(account).collect()
}

/// The development account of this name.
pub fn dev_account(name: &str) -> Option<DevAccount> {
    dev_accounts().into_iter().find(|it| it.name == name)
}
