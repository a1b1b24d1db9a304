//! Who decides blocks, and what shows that they did.

use argosy_primitives::{
    CommitCertificate, Hrp, PublicKey, Validator, ValidatorSet, ValidatorSetHash,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, CertificateView, Decimal, HeaderView, Text};

/// A block, by number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlockIdAnswer {
    /// The block.
    pub at: At,
}

/// Who decided a block, and who decides the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValidatorsAnswer {
    /// The block.
    pub at: At,
    /// Who decided it: the header's `validators`.
    pub deciders: ValidatorSetView,
    /// Who decides the block after it: the header's `nextValidators`.
    pub next: ValidatorSetView,
}

/// A validator set in the order given by the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValidatorSetView {
    /// Over all of it.
    pub hash: Text<ValidatorSetHash>,
    /// Its members.
    pub validators: Vec<ValidatorView>,
}

/// One validator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidatorView {
    /// Account that holds the stake.
    pub address: AddressText,
    /// Key that signs votes.
    pub key: Text<PublicKey>,
    /// Weight of its vote.
    pub power: Decimal<u64>,
    /// Whether it has signed nothing for so long that its turns to propose are passed over.
    pub is_absent: bool,
}

impl ValidatorSetView {
    /// A set for people of network `hrp`.
    pub fn new(set: &ValidatorSet, hrp: Hrp) -> ValidatorSetView {
        let view = |it: &Validator| ValidatorView {
            address: AddressText::new(hrp, it.address),
            key: Text(it.key),
            power: Decimal(it.power),
            is_absent: it.absent,
        };
        ValidatorSetView {
            hash: Text(set.hash()),
            validators: set.0.iter().map(view).collect(),
        }
    }
}

impl From<&ValidatorSetView> for ValidatorSet {
    fn from(view: &ValidatorSetView) -> ValidatorSet {
        let validator = |it: &ValidatorView| Validator {
            address: it.address.address,
            key: it.key.0,
            power: it.power.0,
            absent: it.is_absent,
        };
        ValidatorSet(view.validators.iter().map(validator).collect())
    }
}

/// A header and what shows that it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateAnswer {
    /// The block.
    pub at: At,
    /// Its header.
    pub header: HeaderView,
    /// Precommits of validators with more than two thirds of the power.
    pub certificate: CertificateView,
}

impl CertificateAnswer {
    /// The certificate of a block for people of network `hrp`.
    pub fn new(
        at: At,
        header: HeaderView,
        certificate: &CommitCertificate,
        hrp: Hrp,
    ) -> CertificateAnswer {
        CertificateAnswer {
            at,
            header,
            certificate: CertificateView::new(certificate, hrp),
        }
    }
}
