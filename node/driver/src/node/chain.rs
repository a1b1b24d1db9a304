//! Blocks and headers.

use argosy_primitives::{Block, Header};
use argosy_rpc::{ChainPort, Found};
use argosy_rpc_api::{At, BlockSelector, RpcError};

use super::LocalNode;
use crate::error::unread;
use crate::read::{Reader, no_block};

impl ChainPort for LocalNode {
    fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError> {
        self.reader().header(at)
    }

    fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError> {
        self.reader().block(at)
    }
}

impl Reader {
    pub(super) fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError> {
        let height = self.height(at)?;
        let header = self
            .0
            .header(height)
            .map_err(unread)?
            .ok_or_else(|| no_block(at))?;
        Ok(Found {
            at: At::new(height, header.hash()),
            value: header,
        })
    }

    fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError> {
        let height = self.height(at)?;
        let block = self
            .0
            .block(height)
            .map_err(unread)?
            .ok_or_else(|| no_block(at))?;
        Ok(Found {
            at: At::new(height, block.header.hash()),
            value: block,
        })
    }
}
