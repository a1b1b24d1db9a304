//! Blocks and headers.

use argosy_primitives::{Block, CommitCertificate, Header};
use argosy_rpc::{ChainPort, Found};
use argosy_rpc_api::{
    At, BlockSelector, Decimal, RpcError, SupplyAnswer, ValidatorSetView, ValidatorsAnswer,
};

use super::LocalNode;
use crate::error::unread;
use crate::read::Reader;

impl ChainPort for LocalNode {
    fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError> {
        self.reader().header(at)
    }

    fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError> {
        self.reader().block(at)
    }

    fn validators(&self, at: BlockSelector) -> Result<ValidatorsAnswer, RpcError> {
        self.reader().validators(at)
    }

    fn certificate(
        &self,
        at: BlockSelector,
    ) -> Result<Found<(Header, Option<CommitCertificate>)>, RpcError> {
        self.reader().certificate(at)
    }

    fn supply(&self, at: BlockSelector) -> Result<SupplyAnswer, RpcError> {
        self.reader().supply(at)
    }
}

impl Reader {
    pub(super) fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError> {
        let height = self.height(at)?;
        let header = self
            .0
            .header(height)
            .map_err(unread)?
            .ok_or_else(|| self.no_block(at))?;
        Ok(Found {
            at: At::new(height, header.hash()),
            value: header,
        })
    }

    pub(super) fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError> {
        let height = self.height(at)?;
        let block = self
            .0
            .block(height)
            .map_err(unread)?
            .ok_or_else(|| self.no_block(at))?;
        Ok(Found {
            at: At::new(height, block.header.hash()),
            value: block,
        })
    }

    fn validators(&self, at: BlockSelector) -> Result<ValidatorsAnswer, RpcError> {
        let then = self.state_at(at)?;
        let sets = then.0.validator_sets().map_err(unread)?;
        Ok(ValidatorsAnswer {
            at: then.at(),
            deciders: ValidatorSetView::new(&sets.last, then.hrp()),
            next: ValidatorSetView::new(&sets.current, then.hrp()),
        })
    }

    fn certificate(
        &self,
        at: BlockSelector,
    ) -> Result<Found<(Header, Option<CommitCertificate>)>, RpcError> {
        let Found { at, value } = self.header(at)?;
        let certificate = self.0.certificate(at.height.0).map_err(unread)?;
        Ok(Found {
            at,
            value: (value, certificate),
        })
    }

    fn supply(&self, at: BlockSelector) -> Result<SupplyAnswer, RpcError> {
        let then = self.state_at(at)?;
        Ok(SupplyAnswer {
            at: then.at(),
            supply: Decimal(then.0.supply().map_err(unread)?),
        })
    }
}
