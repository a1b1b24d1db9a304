//! Blocks and headers.

use argosy_primitives::{Block, Body, CommitCertificate, Header, Hrp, ValidatorSet};
use argosy_rpc::{ChainPort, Found};
use argosy_rpc_api::{
    BlockSelector, Decimal, RpcError, SupplyAnswer, ValidatorSetView, ValidatorsAnswer,
};
use serde_json::json;

use super::{Example, FakeNode, at, header, signed};

impl ChainPort for FakeNode {
    fn header(&self, selector: BlockSelector) -> Result<Found<Header>, RpcError> {
        self.note_call();
        let height = self.height(selector)?;
        Ok(Found {
            at: at(height),
            value: header(height),
        })
    }

    fn block(&self, selector: BlockSelector) -> Result<Found<Block>, RpcError> {
        let found = self.header(selector)?;
        let transactions = vec![signed(0); self.transactions];
        Ok(Found {
            at: found.at,
            value: Block {
                header: found.value,
                body: Body {
                    transactions,
                    ..Body::default()
                },
            },
        })
    }

    fn validators(&self, selector: BlockSelector) -> Result<ValidatorsAnswer, RpcError> {
        let set = || ValidatorSetView::new(&ValidatorSet::default(), Hrp::Dev);
        Ok(ValidatorsAnswer {
            at: at(self.height(selector)?),
            deciders: set(),
            next: set(),
        })
    }

    fn certificate(
        &self,
        selector: BlockSelector,
    ) -> Result<Found<(Header, Option<CommitCertificate>)>, RpcError> {
        let Found { at, value } = self.header(selector)?;
        let certificate = (at.height.0 > 0).then(|| CommitCertificate {
            height: at.height.0,
            round: 0,
            block: at.hash.0,
            signatures: vec![],
        });
        Ok(Found {
            at,
            value: (value, certificate),
        })
    }

    fn supply(&self, selector: BlockSelector) -> Result<SupplyAnswer, RpcError> {
        Ok(SupplyAnswer {
            at: at(self.height(selector)?),
            supply: Decimal(1_000),
        })
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    vec![
        ("chain_getBlock", vec![json!("latest"), json!("full")]),
        ("chain_getHeader", vec![json!(5)]),
        ("chain_getFinalizedHead", vec![]),
        ("chain_getBlockHash", vec![json!("earliest")]),
        ("chain_getValidators", vec![json!(5)]),
        ("chain_getCertificate", vec![json!(5)]),
        ("chain_getSupply", vec![json!(5)]),
        ("chain_subscribeHeads", vec![json!(5)]),
        ("chain_unsubscribeHeads", vec![json!("1")]),
    ]
}
