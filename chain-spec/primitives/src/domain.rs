//! Domain-separated hashing: one blake3 function per kind of object.
//!
//! Invariant: two domains never share a context, so a hash of one kind can never be passed off as
//! a hash of another. Contexts are frozen; the keys below are derived from them (a test checks).
//! Not here: what is hashed; each type says so beside its bytes.

use blake3::hazmat::HasherExt;
use parity_scale_codec::{Encode, Output};

macro_rules! domains {
    ($($(#[$doc:meta])* $name:ident: $context:literal, $key:literal;)*) => {
        /// What is being hashed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Domain {
            $($(#[$doc])* $name,)*
        }

        impl Domain {
            /// Every domain.
            pub const ALL: &[Domain] = &[$(Domain::$name,)*];

            /// The context string of blake3's `derive_key` mode.
            pub const fn context(self) -> &'static str {
                match self { $(Domain::$name => $context,)* }
            }

            /// The key that blake3 derives from the context, computed ahead.
            const fn context_key(self) -> &'static [u8; 32] {
                match self { $(Domain::$name => const { &key($key) },)* }
            }
        }
    };
}

domains! {
    /// SCALE(chain spec).
    GenesisHash: "argosy v1 genesis hash",
        "20ddbcfe9c9da413e96e571b6b620d6f7d7f8495a95153755c0061519476efbc";
    /// SCALE(header).
    BlockHash: "argosy v1 block hash",
        "873d3113f67d7126b739bc8bac616d8ba4d973a0958b31b6e096def203e558e7";
    /// SCALE(transaction): the id is what is signed.
    TxSign: "argosy v1 transaction id",
        "a6425260e674d16e3d5cd79e9b4c8405c46b64615854d1d4e0ccfa2b086cdf50";
    /// Transaction id ‖ SCALE(signature).
    TxLeaf: "argosy v1 transaction leaf",
        "e086431a073348559fd1d4e77adf241d0fe873204c7504638b37030092478d73";
    /// Left ‖ right.
    MerkleNode: "argosy v1 merkle node",
        "d52b9b81067747e6abac7dbeba404ed0aab9e8c6f7266147cd61e355325a43d1";
    /// Leaf count as u32 LE ‖ top node.
    MerkleRoot: "argosy v1 merkle root",
        "9c6aac4f4d49ea3c19e35f8d082aad8ec86dfb0e50646bc075fd2cb6f8a87a8a";
    /// SCALE(public key), that is scheme byte ‖ key.
    AccountId: "argosy v1 account id",
        "40adc56577192c25cd6b518192ba0b5bcfe06b31d05f370a2b7d50e8796e3ccb";
    /// ABI kind ‖ creator ‖ salt ‖ code hash.
    ContractId: "argosy v1 contract id",
        "bf1ecd2f293c7c252f2fd848ea96f4c3ec5411a1a27fa0c66d290dd60003ae9e";
    /// The concatenated ABI sections of a module.
    AbiHash: "argosy v1 abi hash",
        "af685f3984e416621f18d2eb4fe5b89cb3a4ed9c5b56e2e3610cbb4ab8703a38";
    /// SCALE(vote).
    VoteSign: "argosy v1 vote",
        "e8c439c0ee0a149031ce01a8cc8f2787055760c9210b7df929b31b1dd67d8cac";
    /// SCALE(proposal).
    ProposalSign: "argosy v1 proposal",
        "afbfb4cefda7af069408768567705ca82ba285e01fb92f378dc09a71e9047982";
    /// SCALE(proposal parts).
    PartsSign: "argosy v1 proposal parts",
        "f549d629d6dc7275bab1bf425ac95a79b606027fb85c5b86f8404ac4db57ce80";
    /// SCALE(peer proof).
    PeerSign: "argosy v1 peer proof",
        "5b457d1a32dbfb8e44426197e20bd048ac1ebd127455ff4857de8a2980e026ae";
    /// A message between nodes, as gossip tells two apart.
    GossipId: "argosy v1 gossip id",
        "b630d022069d6c6504d590ffb7fb079c7431793461c6df2fd8455516ca615a86";
    /// SCALE(commit certificate).
    CertificateHash: "argosy v1 commit certificate",
        "1c55c0c8e0b22b2d9630743959f5084750f4a90ce22c1939bd51d9afa9eae645";
    /// SCALE(evidence).
    EvidenceLeaf: "argosy v1 evidence leaf",
        "a935cbb4e0278773c886d32ca81d7c0fdc276d2443a5538cc1e5944676de2884";
    /// SCALE(receipt summary).
    ReceiptLeaf: "argosy v1 receipt leaf",
        "ab7c17f1307bc887e9ca69e54d09ff5c9c12ee54a3fc0da0eb8d4e88626066d2";
    /// SCALE(event).
    EventLeaf: "argosy v1 event leaf",
        "c25d386c2a4bf86a5d6ee6c0a3741e2cbbceabd82aa56de8a4c660708f47bfc3";
    /// SCALE(validator set).
    ValidatorSet: "argosy v1 validator set",
        "46c1a1a62b07d2967d1e754c884e5c4ef34f8b3ff59da0ee969cbb387088a71e";
    /// Path ‖ value hash.
    TrieLeaf: "argosy v1 trie leaf",
        "d7dac3ca8089100acab826c997491ffb2c51b874ba625f530011124359fdcb73";
    /// Branching bit as u16 LE ‖ left ‖ right.
    TrieNode: "argosy v1 trie node",
        "1dc371beedb3b913421662ca15cfecec2ed10a307b825767cef0818b27046bb9";
    /// A value in state.
    TrieValue: "argosy v1 trie value",
        "f5d2808931bbbf8e948952acf4c4988d3389fb601ef843fec606f52b65a4f7c2";
    /// An address: first half of a path.
    TriePathAddress: "argosy v1 trie path address",
        "3aea275be7626be788ddb0ba6cd988930d91b18930718c73f5d6ea99de22c013";
    /// A key under an address: second half of a path.
    TriePathKey: "argosy v1 trie path key",
        "4abbf53c716b241cabca6307d43105d3eaf289ed533853e41c68d234ca340134";
    /// A message that people sign with an account's key; the chain never does.
    Message: "argosy v1 message",
        "218e69780269bfcd9b762e98f4d4d2b52f160acbc112fc5d1d93422eb303353b";
}

impl Domain {
    /// Hashes the parts one after the other.
    ///
    /// Lengths are not hashed: all parts but one must have a fixed length.
    pub fn hash(self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = self.hasher();
        for part in parts {
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }

    /// Hashes the SCALE bytes of `value`.
    pub fn hash_encoded<T: Encode + ?Sized>(self, value: &T) -> [u8; 32] {
        struct Sink(blake3::Hasher);
        impl Output for Sink {
            fn write(&mut self, bytes: &[u8]) {
                self.0.update(bytes);
            }
        }

        let mut sink = Sink(self.hasher());
        value.encode_to(&mut sink);
        *sink.0.finalize().as_bytes()
    }

    fn hasher(self) -> blake3::Hasher {
        blake3::Hasher::new_from_context_key(self.context_key())
    }
}

/// Keyed blake3 over `parts` end to end: who does not know `key` cannot make it.
pub fn blake3_keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Plain blake3, as the names of codes and methods use it.
pub fn blake3(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

/// Reads a key at compile time.
const fn key(hex: &str) -> [u8; 32] {
    match const_hex::const_decode_to_array(hex.as_bytes()) {
        Ok(bytes) => bytes,
        Err(_) => panic!("a context key is 64 hex digits"),
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn context_keys_are_derived_from_their_contexts() {
        for domain in Domain::ALL {
            let derived = blake3::hazmat::hash_derive_key_context(domain.context());
            assert_eq!(*domain.context_key(), derived, "{domain:?}");
            assert_eq!(
                domain.hash(&[b"ab", b"c"]),
                blake3::derive_key(domain.context(), b"abc")
            );
            assert_eq!(domain.hash_encoded(b"abc"), domain.hash(&[b"abc"]));
        }
    }

    #[test]
    fn contexts_are_unique_and_named_alike() {
        let contexts: BTreeSet<_> = Domain::ALL.iter().map(|domain| domain.context()).collect();
        assert_eq!(contexts.len(), Domain::ALL.len());
        assert!(
            contexts
                .iter()
                .all(|context| context.starts_with("argosy v1 "))
        );
    }
}
