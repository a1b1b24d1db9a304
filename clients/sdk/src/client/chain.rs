//! Blocks and headers. A header that comes with a hash has that hash.

use argosy_primitives::Header;
use argosy_rpc_api::{
    At, BlockAnswer, BlockDetail, BlockSelector, CertificateAnswer, ChainApiClient, HeaderAnswer,
    HeaderView, SupplyAnswer, ValidatorsAnswer,
};

use super::Client;
use crate::{SdkError, proof};

impl Client {
    /// `chain_getBlock`.
    pub async fn block(
        &self,
        at: BlockSelector,
        detail: BlockDetail,
    ) -> Result<BlockAnswer, SdkError> {
        let method = "chain_getBlock";
        let block = self.told(method, self.http().block(Some(at), Some(detail)).await)?;
        self.checked_header(method, &block.at, &block.header)?;
        Ok(block)
    }

    /// `chain_getHeader`.
    pub async fn header(&self, at: BlockSelector) -> Result<HeaderAnswer, SdkError> {
        let method = "chain_getHeader";
        let answer = self.told(method, self.http().header(Some(at)).await)?;
        self.checked_header(method, &answer.at, &answer.header)?;
        Ok(answer)
    }

    /// `chain_getFinalizedHead`.
    pub async fn finalized_head(&self) -> Result<HeaderAnswer, SdkError> {
        let method = "chain_getFinalizedHead";
        let answer = self.told(method, self.http().finalized_head().await)?;
        self.checked_header(method, &answer.at, &answer.header)?;
        Ok(answer)
    }

    /// `chain_getValidators`. That the sets are those of the header, which [`Client::header`] has checked,
    /// their hashes say.
    pub async fn validators(&self, at: BlockSelector) -> Result<ValidatorsAnswer, SdkError> {
        let answer = self.http().validators(Some(at)).await;
        self.told("chain_getValidators", answer)
    }

    /// `chain_getCertificate`. Who may sign it is for the caller to know
    /// ([`argosy_proof::verify_certificate`]).
    pub async fn certificate(&self, at: BlockSelector) -> Result<CertificateAnswer, SdkError> {
        let method = "chain_getCertificate";
        let answer = self.told(method, self.http().certificate(Some(at)).await)?;
        self.checked_header(method, &answer.at, &answer.header)?;
        Ok(answer)
    }

    /// `chain_getSupply`, unproven. Who wants it proven asks [`Client::state_proof`] for
    /// [`Supply::KEY`](argosy_proof::Supply::KEY) of the chain's own records, which
    /// [`ProvenState::supply`](crate::proof::ProvenState::supply) reads.
    pub async fn supply(&self, at: BlockSelector) -> Result<SupplyAnswer, SdkError> {
        let answer = self.http().supply(Some(at)).await;
        self.told("chain_getSupply", answer)
    }

    fn checked_header(
        &self,
        method: &'static str,
        at: &At,
        view: &HeaderView,
    ) -> Result<Header, SdkError> {
        proof::header(method, self.chain(), at, view)
    }
}
