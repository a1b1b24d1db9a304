//! Signatures of others.

use argosy_primitives::{GenesisHash, Hash32, PeerProof, PublicKey};
use async_trait::async_trait;
use malachitebft_core_types::{SigningScheme, ValidatorProof, VoteExtensionScope};
use malachitebft_signing::{Error, VerificationResult, Verifier};

use crate::context::{BftContext, Ed25519, SignatureBytes};
use crate::message::{BftProposal, BftVote};

/// Checks signatures for one chain: whatever names another is invalid, however it is signed.
#[derive(Clone, Copy, Debug)]
pub struct BftVerifier {
    /// The chain.
    pub chain: GenesisHash,
}

impl BftVerifier {
    /// Whether a validator signed that a node is its own.
    pub fn proof_holds(&self, proof: &ValidatorProof<BftContext>) -> bool {
        let Ok(key) = Ed25519::decode_public_key(&proof.public_key) else {
            return false;
        };
        let ours = PeerProof {
            chain: self.chain,
            peer: proof.peer_id.clone(),
        };
        key.verify(ours.sign_hash().as_bytes(), &proof.signature.0)
            .is_ok()
    }

    fn check(
        &self,
        chain: GenesisHash,
        hash: Hash32,
        (signature, key): (&SignatureBytes, &PublicKey),
    ) -> VerificationResult {
        let holds = chain == self.chain && key.verify(hash.as_bytes(), &signature.0).is_ok();
        VerificationResult::from_bool(holds)
    }
}

#[async_trait]
impl Verifier<BftContext> for BftVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &BftVote,
        signature: &SignatureBytes,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let vote = vote.vote();
        Ok(self.check(vote.chain, vote.sign_hash(), (signature, key)))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &BftProposal,
        signature: &SignatureBytes,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let proposal = proposal.proposal();
        Ok(self.check(proposal.chain, proposal.sign_hash(), (signature, key)))
    }

    /// Votes carry nothing besides, so that nothing of the kind is signed.
    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<BftContext>,
        (): &(),
        _: &SignatureBytes,
        _: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(
        &self,
        proof: &ValidatorProof<BftContext>,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.proof_holds(proof)))
    }
}
