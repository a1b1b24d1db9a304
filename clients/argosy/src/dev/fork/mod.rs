//! `argosy dev --fork URL[@HEIGHT]`: a development chain over the state of another chain.
//!
//! ```text
//! chain (fork) ─ a key that was not written here ─► Base ─ known already? ─► the value
//!                                                     └──► Origin: its thread asks the node
//!                                                            └─ proof ─ header ─ certificate
//! ```
//!
//! Always: what is read is proven against the header from which the fork goes on, or it was asked for
//! with `--trust` and is counted; an answer that does not hold is an error that names the node, never a
//! value; each key is asked for once, and kept for the next time.
//! Not here: what a fork is to the chain (`argosy_chain::Chain::open_fork`).

mod anchor; // the header that everything is proven against
mod asker; // the node, asked and checked
mod base; // what the chain reads
mod cache; // what was read, on disk
mod error; // why something was not read
mod known; // what was read, in memory
mod origin; // the thread that asks
mod place; // URL[@HEIGHT]
mod range; // entries in order

use std::sync::Arc;
use std::time::Duration;

use argosy_chain::Chain;
use argosy_primitives::GenesisHash;
use argosy_sdk::{Client, ClientOptions, without_secret};
use argosy_spec::{Agreement, ChainSpec};

use crate::download::Codes;
use crate::failure::Failure;
use crate::output::Output;
use anchor::Anchor;
use asker::Asker;
use base::Base;
use cache::{Cache, Found};
use error::OriginError;
use origin::{Origin, WAIT_MAX};
pub(crate) use place::ForkPlace;

/// How long the origin may take for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// How a fork is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct ForkTerms<'a> {
    /// Of which chain, and from where on.
    pub(super) place: &'a ForkPlace,
    /// Whether the origin's word is taken where it cannot prove it.
    pub(super) trust: bool,
    /// The genesis hash that the origin must have.
    pub(super) chain: Option<GenesisHash>,
}

/// A chain that goes on from another one.
pub(super) struct Fork {
    /// Without what nobody else should see.
    url: String,
    anchor: Anchor,
    base: Arc<Base>,
    /// The origin's rules, with one validator who decides alone.
    pub(super) spec: Arc<ChainSpec>,
}

impl Fork {
    /// Asks the origin where to begin, and checks what it says.
    pub(super) async fn open(terms: ForkTerms<'_>, output: Output) -> Result<Fork, Failure> {
        let ForkPlace { url, height } = terms.place;
        let options = ClientOptions {
            request_timeout: ANSWER_WITHIN,
            chain: terms.chain,
            ..ClientOptions::default()
        };
        let shown = without_secret(url);
        let codes =
            Codes::of(url).map_err(|error| Failure::usage(format!("{shown}: {error:#}")))?;
        let client = Client::connect_with(url, options).await;
        let client = client.map_err(|error| OriginError::of(url, error).failure())?;
        let anchor = anchor::learn(&client, *height, terms.trust).await;
        let anchor = anchor.map_err(|error| error.failure())?;
        let spec = Arc::new(lone(&anchor.spec)?);
        let found = Cache::open(anchor.header.chain, anchor.header.height, anchor.hash);
        let found = found.unwrap_or_else(|error| {
            output.warning(format!("what is read will not be kept: {error:#}"));
            Found::default()
        });
        let asker = Asker::new(client, codes, &anchor, terms.trust);
        let origin = Origin::start(asker, WAIT_MAX).map_err(Failure::failed)?;
        let base = Arc::new(Base::new(origin, &spec, found, terms.trust));
        if !anchor.is_proven {
            output.warning(format!(
                "{shown} cannot prove its state at height {}: what is read from there is NOT PROVEN",
                anchor.header.height
            ));
        }
        Ok(Fork {
            url: shown,
            anchor,
            base,
            spec,
        })
    }

    /// The chain.
    pub(super) fn chain(&self) -> Result<Chain, Failure> {
        let beneath = Arc::clone(&self.base);
        let chain = Chain::open_fork(beneath, Arc::clone(&self.spec), &self.anchor.header);
        chain.map_err(Failure::failed)
    }

    /// What the banner tells of it.
    pub(super) fn facts(&self) -> ForkFacts {
        ForkFacts {
            url: self.url.clone(),
            height: self.anchor.header.height,
            hash: self.anchor.hash.to_string(),
            is_certified: self.anchor.is_certified,
            is_proven: self.anchor.is_proven,
        }
    }

    /// How much was read, and how far it is proven, as one sentence.
    pub(super) fn read_so_far(&self) -> String {
        let figures = self.base.figures();
        let mut text = format!(
            "{} requests to {}, {} values kept from earlier",
            figures.requests, self.url, figures.from_cache
        );
        if figures.unproven > 0 {
            text = format!("{text}; {} values are NOT PROVEN", figures.unproven);
        }
        text
    }
}

/// From where a fork goes on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ForkFacts {
    url: String,
    height: u64,
    hash: String,
    is_certified: bool,
    is_proven: bool,
}

impl ForkFacts {
    /// For people.
    pub(super) fn text(&self) -> String {
        let ForkFacts {
            url, height, hash, ..
        } = self;
        let says = match self.is_certified {
            true => "certified by its validators",
            false => "by the word of its node",
        };
        let proven = match self.is_proven {
            true => "state is proven",
            false => "state is NOT PROVEN",
        };
        format!("{url}, block {height} ({hash}), {says}; {proven}")
    }
}

/// The same rules, for one who decides alone: the built-in validator of development chains.
fn lone(spec: &ChainSpec) -> Result<ChainSpec, Failure> {
    let mut lone = spec.clone();
    if spec.protocol.agreement == Agreement::Bft {
        lone.protocol.agreement = Agreement::Solo;
        lone.genesis.validators = ChainSpec::dev().genesis.validators;
    }
    lone.checked().map_err(Failure::failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_of_a_network_has_its_rules_and_one_validator() {
        let mut spec = ChainSpec::dev();
        assert_eq!(lone(&spec).unwrap(), spec, "one decides alone already");
        spec.protocol.agreement = Agreement::Bft;
        let other = argosy_primitives::SecretKey::generate_from([9; 32]);
        spec.genesis.validators[0].key = other.public();
        let alone = lone(&spec).unwrap();
        assert_eq!(alone.protocol.agreement, Agreement::Solo);
        assert_eq!(
            alone.genesis.validators,
            ChainSpec::dev().genesis.validators
        );
        assert_eq!(alone.limits, spec.limits);
        assert_eq!(alone.host_prices, spec.host_prices);
    }
}
