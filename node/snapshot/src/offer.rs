//! What sources say they have, as far as this node would take it.
//!
//! Always: an [`Offer`] is of a block that the operator named, or that the validators of genesis
//! decided.

use std::sync::Arc;

use argosy_chain::{Engine, RestoreTerms, validator_set};
use argosy_primitives::{BlockHash, ValidatorSet};

use crate::error::{ManifestError, Refused};
use crate::manifest::Manifest;
use crate::source::Source;

/// What this node takes.
#[derive(Clone)]
pub struct Terms {
    /// Rules of the chain, and what is to be kept of it.
    pub chain: RestoreTerms,
    /// Made for these rules.
    pub engine: Arc<Engine>,
    /// The block that the operator trusts; `None`: one that the validators of genesis decided.
    pub block_hash: Option<BlockHash>,
}

/// A manifest that this node takes.
#[derive(Clone, Debug)]
pub struct Offer {
    manifest: Manifest,
    /// Which of the sources gave it.
    source: usize,
}

impl Offer {
    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Index of the source that gave it first.
    pub fn source(&self) -> usize {
        self.source
    }
}

/// Asks every source for its manifest: those that this node takes, each once, and why not the others.
pub fn look(sources: &[Box<dyn Source>], terms: &Terms) -> (Vec<Offer>, Vec<Refused>) {
    let (mut offers, mut refused): (Vec<Offer>, _) = (Vec::new(), Vec::new());
    for (index, source) in sources.iter().enumerate() {
        match terms.ask(source.as_ref()) {
            Ok(manifest) if offers.iter().any(|it| it.manifest == manifest) => {}
            Ok(manifest) => offers.push(Offer {
                manifest,
                source: index,
            }),
            Err(error) => {
                let (source, reason) = (source.name(), error.to_string());
                tracing::warn!(
                    target: "snapshot",
                    code = "snapshot.manifest_refused",
                    source,
                    reason,
                    "refused a manifest"
                );
                refused.push(Refused {
                    source,
                    chunk: None,
                    reason,
                });
            }
        }
    }
    (offers, refused)
}

impl Terms {
    fn ask(&self, source: &dyn Source) -> Result<Manifest, ManifestError> {
        let manifest = Manifest::parse(&source.manifest()?)?;
        // What costs little first: signatures of strangers may be many.
        self.check_header(&manifest)?;
        manifest.check()?;
        if let Some(index) = source.chunk_beyond(manifest.chunk_count())? {
            return Err(ManifestError::ExtraChunk { index });
        }
        self.check_trust(&manifest)?;
        Ok(manifest)
    }

    /// Whether it is of this chain, and of the block that the operator named.
    fn check_header(&self, manifest: &Manifest) -> Result<(), ManifestError> {
        let header = &manifest.header;
        self.chain.check(header).map_err(ManifestError::Terms)?;
        let (found, height) = (header.hash(), header.height);
        match self.block_hash {
            Some(expected) if expected != found => Err(ManifestError::OtherBlock {
                expected,
                found,
                height,
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether somebody that this node trusts says that the block was decided.
    fn check_trust(&self, manifest: &Manifest) -> Result<(), ManifestError> {
        let (found, height) = (manifest.header.hash(), manifest.header.height);
        match self.block_hash {
            Some(_) => Ok(()),
            // The certificate holds for the manifest's validators; here they are ours.
            None if manifest.certificate.is_some()
                && same_members(&manifest.validators, &validator_set(&self.chain.spec)) =>
            {
                Ok(())
            }
            None => Err(ManifestError::Untrusted { found, height }),
        }
    }
}

/// Whether both sets have the same keys with the same powers. Who is flagged as absent moves with the
/// chain; who decides does not, in protocol version 1.
fn same_members(left: &ValidatorSet, right: &ValidatorSet) -> bool {
    let plain = |set: &ValidatorSet| {
        let members = set.0.iter().map(|it| (it.address, it.key, it.power));
        members.collect::<Vec<_>>()
    };
    plain(left) == plain(right)
}
