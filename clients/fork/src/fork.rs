//! The chain over another one: asked for, put together, told about.
//!
//! Not here: reading and proving (`base`, `asker`).

use std::sync::Arc;
use std::time::Duration;

use argosy_chain::Chain;
use argosy_primitives::GenesisHash;
use argosy_sdk::{Client, ClientOptions, without_secret};
use argosy_spec::{Agreement, ChainSpec};

use crate::anchor::{self, Anchor};
use crate::asker::Asker;
use crate::base::Base;
use crate::cache::{Cache, Found};
use crate::codes::Codes;
use crate::error::{ForkError, OriginError};
use crate::origin::{Origin, WAIT_MAX};
use crate::place::ForkPlace;

/// How long the origin may take for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// How a fork is made.
#[derive(Debug, Clone, Copy)]
pub struct ForkTerms<'a> {
    /// Of which chain, and from where on.
    pub place: &'a ForkPlace,
    /// Whether the origin's word is taken where it cannot prove it.
    pub trust: bool,
    /// The genesis hash that the origin must have.
    pub chain: Option<GenesisHash>,
    /// Whether what is read is kept in the user's cache, for the next fork from the same block.
    pub keep: bool,
}

/// A chain that goes on from another one.
pub struct Fork {
    /// Without what nobody else should see.
    url: String,
    anchor: Anchor,
    base: Arc<Base>,
    warnings: Vec<String>,
    /// The origin's rules, with one validator who decides alone.
    pub spec: Arc<ChainSpec>,
}

impl Fork {
    /// Asks the origin where to begin, and checks what it says.
    pub async fn open(terms: ForkTerms<'_>) -> Result<Fork, ForkError> {
        let ForkPlace { url, height } = terms.place;
        let options = ClientOptions {
            request_timeout: ANSWER_WITHIN,
            chain: terms.chain,
            ..ClientOptions::default()
        };
        let shown = without_secret(url);
        let codes = Codes::of(url).map_err(|source| ForkError::Address {
            shown: shown.clone(),
            source,
        })?;
        let client = Client::connect_with(url, options).await;
        let client = client.map_err(|error| OriginError::of(url, error))?;
        let anchor = anchor::learn(&client, *height, terms.trust).await?;
        let spec = Arc::new(lone(&anchor.spec)?);
        let mut warnings = Vec::new();
        let found = match terms.keep {
            true => Cache::open(anchor.header.chain, anchor.header.height, anchor.hash),
            false => Ok(Found::default()),
        };
        let found = found.unwrap_or_else(|error| {
            warnings.push(format!("what is read will not be kept: {error}"));
            Found::default()
        });
        let asker = Asker::new(client, codes, &anchor, terms.trust);
        let origin = Origin::start(asker, WAIT_MAX).map_err(ForkError::Thread)?;
        let base = Arc::new(Base::new(origin, &spec, found, terms.trust));
        if !anchor.is_proven {
            warnings.push(format!(
                "{shown} cannot prove its state at height {}: what is read from there is NOT PROVEN",
                anchor.header.height
            ));
        }
        Ok(Fork {
            url: shown,
            anchor,
            base,
            warnings,
            spec,
        })
    }

    /// As [`Fork::open`], for whoever has no runtime, such as a test: waits until the origin has answered.
    pub fn open_blocking(terms: ForkTerms<'_>) -> Result<Fork, ForkError> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().map_err(ForkError::Thread)?;
        runtime.block_on(Fork::open(terms))
    }

    /// What whoever starts the fork should know: nothing is kept, nothing is proven.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The chain. Each is another one over the same state, of which what is read is kept for all.
    pub fn chain(&self) -> Result<Chain, ForkError> {
        let beneath = Arc::clone(&self.base);
        let chain = Chain::open_fork(beneath, Arc::clone(&self.spec), &self.anchor.header);
        Ok(chain?)
    }

    /// What the banner tells of it.
    pub fn facts(&self) -> ForkFacts {
        ForkFacts {
            url: self.url.clone(),
            height: self.anchor.header.height,
            hash: self.anchor.hash.to_string(),
            is_certified: self.anchor.is_certified,
            is_proven: self.anchor.is_proven,
        }
    }

    /// How much was read, and how far it is proven, as one sentence.
    pub fn read_so_far(&self) -> String {
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
pub struct ForkFacts {
    url: String,
    height: u64,
    hash: String,
    is_certified: bool,
    is_proven: bool,
}

impl ForkFacts {
    /// For people.
    pub fn text(&self) -> String {
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
fn lone(spec: &ChainSpec) -> Result<ChainSpec, ForkError> {
    let mut lone = spec.clone();
    if spec.protocol.agreement == Agreement::Bft {
        lone.protocol.agreement = Agreement::Solo;
        lone.genesis.validators = ChainSpec::dev().genesis.validators;
    }
    lone.checked()
        .map_err(|error| ForkError::Rules(error.to_string()))
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
