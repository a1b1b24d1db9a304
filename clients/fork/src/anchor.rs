//! The header from which a fork goes on, and why it is believed.
//!
//! ```text
//! genesis hash ─ spec ─ validators of genesis ─ certificate ─ header ─ state root
//! ```
//!
//! Always: the spec has the genesis hash of the chain; where validators agree, more than two thirds of
//! the power that the spec lists have signed the header. Sets change in nothing but who is absent as long
//! as no protocol version lets stake move; one with other members is refused.
//! Where one node makes the chain, its word is what the chain is.

use std::sync::Arc;

use argosy_chain::{Chain, validator_set};
use argosy_kv::MemoryStore;
use argosy_primitives::{BlockHash, CommitCertificate, Header, ValidatorSet};
use argosy_proof::verify_header;
use argosy_sdk::api::{BlockSelector, RpcError};
use argosy_sdk::{Client, SdkError};
use argosy_spec::{Agreement, ChainSpec};

use super::error::OriginError;

/// From where a fork goes on.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    /// The origin's block.
    pub(super) header: Header,
    /// Its hash.
    pub(super) hash: BlockHash,
    /// The origin's rules.
    pub(super) spec: ChainSpec,
    /// Validators have signed it, or it is genesis and follows from the rules.
    pub(super) is_certified: bool,
    /// The origin can prove its state.
    pub(super) is_proven: bool,
}

/// Asks for the block at `height`, or the newest, and checks it.
pub(super) async fn learn(
    client: &Client,
    height: Option<u64>,
    trust: bool,
) -> Result<Anchor, OriginError> {
    let url = client.url();
    let spec = client.chain_spec().await;
    let spec = spec.map_err(|error| OriginError::of(url, error))?;
    let header = header(client, height).await?;
    check_version(url, &spec, &header)?;
    let is_certified = match (header.height, spec.protocol.agreement) {
        (0, _) => check_genesis(url, &spec, &header)?,
        (_, Agreement::Solo) => false,
        (_, Agreement::Bft) => check_decided(client, &spec, &header, trust).await?,
    };
    let info = client.node_info().await;
    let info = info.map_err(|error| OriginError::of(url, error))?;
    if info.is_fork && !trust {
        let url = url.to_owned();
        return Err(OriginError::Fork { url });
    }
    let (height, oldest) = (header.height, info.oldest_proven.0);
    if height < oldest && !trust {
        let url = url.to_owned();
        return Err(OriginError::Window {
            url,
            height,
            oldest,
        });
    }
    Ok(Anchor {
        hash: header.hash(),
        header,
        spec,
        is_certified,
        is_proven: height >= oldest && !info.is_fork,
    })
}

async fn header(client: &Client, height: Option<u64>) -> Result<Header, OriginError> {
    let at = height.map_or(BlockSelector::Finalized, BlockSelector::Height);
    let answer = client.header(at).await;
    let answer = answer.map_err(|error| OriginError::of(client.url(), error))?;
    if height.is_some_and(|it| it != answer.at.height.0) {
        return Err(not_so(
            client.url(),
            "it answers with a block of another height",
        ));
    }
    Ok(Header::from(&answer.header))
}

/// A fork goes on under the rules of genesis: no governance brings others yet.
fn check_version(url: &str, spec: &ChainSpec, header: &Header) -> Result<(), OriginError> {
    let (found, known) = (header.version, spec.protocol.genesis_version);
    match found == known {
        true => Ok(()),
        false => {
            let what = format!("its block is of protocol version {found}, its rules of {known}");
            Err(not_so(url, &what))
        }
    }
}

/// Genesis is what the rules make it.
fn check_genesis(url: &str, spec: &ChainSpec, header: &Header) -> Result<bool, OriginError> {
    let store = Arc::new(MemoryStore::new());
    let chain = Chain::open(store, Arc::new(spec.clone()));
    let chain = chain.map_err(|error| not_so(url, &format!("its rules make no chain: {error}")))?;
    match chain.head().header == *header {
        true => Ok(true),
        false => Err(not_so(url, "its genesis block is not the one of its rules")),
    }
}

/// Whether validators decided a block. With `trust` it is enough that who they are is no longer kept.
async fn check_decided(
    client: &Client,
    spec: &ChainSpec,
    header: &Header,
    trust: bool,
) -> Result<bool, OriginError> {
    let (url, at) = (client.url(), BlockSelector::Height(header.height));
    let set = match client.validators(at).await {
        Ok(answer) => ValidatorSet::from(&answer.deciders),
        Err(error) => match OriginError::pruned(&error) {
            Some(_) if trust => return Ok(false),
            Some(oldest) => {
                let (url, height) = (url.to_owned(), header.height);
                return Err(OriginError::Window {
                    url,
                    height,
                    oldest,
                });
            }
            None => return Err(OriginError::of(url, error)),
        },
    };
    let certificate = certificate(client, header).await?;
    check(url, spec, header, (&set, &certificate))?;
    Ok(true)
}

async fn certificate(client: &Client, header: &Header) -> Result<CommitCertificate, OriginError> {
    let url = client.url();
    let at = BlockSelector::Height(header.height);
    match client.certificate(at).await {
        Ok(answer) => Ok(CommitCertificate::from(&answer.certificate)),
        Err(error) if is_missing(&error) => Err(not_so(
            url,
            "it has no certificate of that block; fork the one before",
        )),
        Err(error) => Err(OriginError::of(url, error)),
    }
}

fn is_missing(error: &SdkError) -> bool {
    matches!(error.rpc(), Some(RpcError::NotFound { .. }))
}

/// That those whom the rules list have decided a header.
fn check(
    url: &str,
    spec: &ChainSpec,
    header: &Header,
    (set, certificate): (&ValidatorSet, &CommitCertificate),
) -> Result<(), OriginError> {
    let verdict = verify_header(header, certificate, set);
    verdict.map_err(|error| not_so(url, &format!("the certificate of its block: {error}")))?;
    let present = |set: &ValidatorSet| {
        let mut set = set.clone();
        for validator in &mut set.0 {
            validator.absent = false;
        }
        set
    };
    match present(set) == present(&validator_set(spec)) {
        true => Ok(()),
        false => Err(not_so(
            url,
            "its block was decided by others than the validators of its genesis",
        )),
    }
}

fn not_so(url: &str, what: &str) -> OriginError {
    OriginError::False {
        url: url.to_owned(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use argosy_primitives::{Address, CommitSignature, SecretKey};

    use super::*;

    /// A chain of four, a block of it, and who signed.
    fn decided(signers: u8) -> (ChainSpec, Header, ValidatorSet, CommitCertificate) {
        let keys: Vec<SecretKey> = (1..=4)
            .map(|it| SecretKey::generate_from([it; 32]))
            .collect();
        let mut spec = ChainSpec::dev();
        spec.protocol.agreement = Agreement::Bft;
        let one = spec.genesis.validators[0].clone();
        let listed = keys.iter().map(|key| argosy_spec::GenesisValidator {
            key: key.public(),
            ..one.clone()
        });
        spec.genesis.validators = listed.collect();
        let store = Arc::new(MemoryStore::new());
        let chain = Chain::open(store, Arc::new(spec.clone())).unwrap();
        let mut set = validator_set(&spec);
        set.0[3].absent = true;
        let header = Header {
            height: 7,
            validators: set.hash(),
            ..chain.head().header.clone()
        };
        let mut certificate = CommitCertificate {
            height: 7,
            round: 0,
            block: header.hash(),
            signatures: Vec::new(),
        };
        for key in keys.iter().take(usize::from(signers)) {
            let validator = Address::of_key(&key.public());
            let vote = certificate.precommit_of(header.chain, validator);
            let signature = key.sign(vote.sign_hash().as_bytes());
            certificate.signatures.push(CommitSignature {
                validator,
                signature,
            });
        }
        (spec, header, set, certificate)
    }

    #[test]
    fn a_block_is_believed_if_two_thirds_of_genesis_have_signed_it() {
        let (spec, header, set, certificate) = decided(3);
        check("u", &spec, &header, (&set, &certificate)).unwrap();
        let (spec, header, set, certificate) = decided(2);
        let error = check("u", &spec, &header, (&set, &certificate)).unwrap_err();
        assert!(error.to_string().contains("two thirds"), "{error}");
    }

    #[test]
    fn one_byte_is_enough_to_be_refused() {
        let (spec, header, set, certificate) = decided(3);
        let mut lie = header.clone();
        lie.time_ms ^= 1;
        let error = check("the node", &spec, &lie, (&set, &certificate)).unwrap_err();
        assert!(error.to_string().contains("the node"), "{error}");
        let mut lie = certificate.clone();
        lie.round ^= 1;
        assert!(check("u", &spec, &header, (&set, &lie)).is_err());
        let mut lie = set.clone();
        lie.0[0].power ^= 1;
        assert!(check("u", &spec, &header, (&lie, &certificate)).is_err());
        // Others than those of genesis, who sign as they like.
        let mut other = spec.clone();
        other.genesis.validators[0].power += 1;
        let error = check("u", &other, &header, (&set, &certificate)).unwrap_err();
        assert!(error.to_string().contains("genesis"), "{error}");
    }

    #[test]
    fn genesis_is_what_the_rules_make_it() {
        let spec = ChainSpec::dev();
        let store = Arc::new(MemoryStore::new());
        let chain = Chain::open(store, Arc::new(spec.clone())).unwrap();
        let genesis = chain.head().header.clone();
        assert!(check_genesis("u", &spec, &genesis).unwrap());
        check_version("u", &spec, &genesis).unwrap();
        let later = Header {
            version: genesis.version + 1,
            ..genesis.clone()
        };
        let error = check_version("u", &spec, &later).unwrap_err();
        assert!(error.to_string().contains("protocol version"), "{error}");
        let mut lie = genesis;
        lie.base_price += 1;
        assert!(check_genesis("u", &spec, &lie).is_err());
    }
}
