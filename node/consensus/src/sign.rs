//! The engine's signatures, by our signer: off the engine's threads, since each waits for a disk.
//!
//! Always: what the engine has logged is on disk before its word on it is signed. The engine itself makes
//! sure of its log only before it publishes. If the power failed in between, the log would lead it to
//! another vote than the one in the signer's record, which the signer then refuses: a validator less
//! until the others have decided that height, which they cannot if one more of them is away
//! (`argosy-testkit` has runs with it).

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argosy_bft::{BftContext, BftProposal, BftVote, SignatureBytes};
use argosy_primitives::{Address, GenesisHash, Height, PeerProof, Signature};
use argosy_signer::{Sign, SignError};
use async_trait::async_trait;
use malachitebft_app_channel::app::types::core as engine;
use malachitebft_signing::{Error, Signer};
use tokio::task::spawn_blocking;

/// A signer that does not answer is asked so often.
const ATTEMPTS_MAX: u32 = 5;
/// Between two attempts.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Gives the engine what the signer signs.
#[derive(Clone)]
pub(crate) struct EngineSigner {
    pub(crate) chain: GenesisHash,
    pub(crate) signer: Arc<dyn Sign>,
    /// File of the engine's log.
    pub(crate) log: Arc<Path>,
    /// The highest height for which there was no signature; the engine cannot live without one.
    pub(crate) refused: Arc<AtomicU64>,
}

/// Votes carry nothing besides.
#[derive(Debug, thiserror::Error)]
#[error("votes of this chain carry nothing besides")]
struct NoExtensions;

impl EngineSigner {
    /// The validator's.
    pub(crate) fn address(&self) -> Address {
        Address::of_key(&self.signer.public_key())
    }

    /// Signs what binds. The height of what the signer refuses is noted: it will not sign it later,
    /// either. A signer that does not answer is asked again: the same bytes may be signed twice.
    async fn sign_at(
        &self,
        height: Height,
        sign: impl Fn(&dyn Sign) -> Result<Signature, SignError> + Clone + Send + 'static,
    ) -> Result<Signature, Error> {
        self.flush_log().await?;
        let mut attempt = 0;
        loop {
            let (signer, sign) = (Arc::clone(&self.signer), sign.clone());
            let signed = spawn_blocking(move || sign(signer.as_ref())).await;
            let error = match signed.map_err(Error::from_source)? {
                Ok(signature) => return Ok(signature),
                Err(error) => error,
            };
            attempt += 1;
            let is_refusal = error.is_refusal();
            tracing::error!(
                target: "consensus",
                code = "signer.vote_unsigned",
                height,
                attempt,
                %error,
                "no signature"
            );
            if is_refusal {
                self.refused.fetch_max(height, Ordering::SeqCst);
            }
            if is_refusal || attempt >= ATTEMPTS_MAX {
                return Err(Error::from_source(error));
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// The engine's writes have returned, and it waits: syncing the file by another handle does.
    async fn flush_log(&self) -> Result<(), Error> {
        let log = Arc::clone(&self.log);
        let flushed = spawn_blocking(move || File::open(log)?.sync_data()).await;
        let flushed = flushed.map_err(Error::from_source)?;
        flushed.map_err(|error| {
            tracing::error!(
                target: "consensus",
                code = "signer.log_unsynced",
                %error,
                "cannot make sure of the engine's log: no signature"
            );
            Error::from_source(error)
        })
    }

    /// Signs on a thread that may block.
    pub(crate) async fn sign(
        &self,
        sign: impl FnOnce(&dyn Sign) -> Result<Signature, SignError> + Send + 'static,
    ) -> Result<Signature, Error> {
        let signer = Arc::clone(&self.signer);
        let signed = spawn_blocking(move || sign(signer.as_ref())).await;
        let signed = signed.map_err(Error::from_source)?;
        signed.map_err(|error| {
            tracing::error!(target: "consensus", code = "signer.message_unsigned", %error, "no signature");
            Error::from_source(error)
        })
    }
}

#[async_trait]
impl Signer<BftContext> for EngineSigner {
    async fn sign_vote(&self, vote: BftVote) -> Result<engine::SignedVote<BftContext>, Error> {
        let ours = *vote.vote();
        let signed = self.sign_at(ours.height, move |it| it.sign_vote(&ours));
        let signature = signed.await?;
        Ok(engine::SignedVote::new(vote, SignatureBytes(signature)))
    }

    async fn sign_proposal(
        &self,
        proposal: BftProposal,
    ) -> Result<engine::SignedProposal<BftContext>, Error> {
        let ours = *proposal.proposal();
        let signed = self.sign_at(ours.height, move |it| it.sign_proposal(&ours));
        let signature = signed.await?;
        Ok(engine::SignedProposal::new(
            proposal,
            SignatureBytes(signature),
        ))
    }

    async fn sign_vote_extension(
        &self,
        _: engine::VoteExtensionScope<BftContext>,
        (): (),
    ) -> Result<engine::SignedExtension<BftContext>, Error> {
        Err(Error::from_source(NoExtensions))
    }

    async fn sign_validator_proof(
        &self,
        public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<engine::ValidatorProof<BftContext>, Error> {
        let proof = PeerProof {
            chain: self.chain,
            peer: peer_id.clone(),
        };
        let signature = self.sign(move |it| it.sign_peer(&proof)).await?;
        Ok(engine::ValidatorProof::new(
            public_key,
            peer_id,
            SignatureBytes(signature),
        ))
    }
}
