//! What all answers from a view need: the block that is asked about, texts.
//!
//! Always: reads one snapshot. State is that of the block which the answer's `at` names; where the
//! node no longer keeps it, the answer is `Pruned`.
//! Not here: the answers themselves, which are with the port of their group (`node`), and why an
//! execution failed (`explain`).

use argosy_chain::{ChainView, Selector};
use argosy_primitives::{Address, Header, Height, Hrp};
use argosy_rpc_api::{AddressText, At, BlockSelector, HeaderView, RpcError};

use crate::error::unread;

/// One snapshot that answers, and how far others say the chain is.
pub(crate) struct Reader(pub(crate) ChainView, pub(crate) Height);

impl Reader {
    pub(crate) fn at(&self) -> At {
        let head = self.0.head();
        At::new(head.header.height, head.hash)
    }

    pub(crate) fn height(&self, at: BlockSelector) -> Result<Height, RpcError> {
        self.0
            .resolve(selector(at))
            .map_err(unread)?
            .ok_or_else(|| self.no_block(at))
    }

    /// Reads state right after a block.
    pub(crate) fn state_at(&self, at: BlockSelector) -> Result<Reader, RpcError> {
        let found = self.0.at(selector(at)).map_err(unread)?;
        found
            .map(|view| Reader(view, self.1))
            .ok_or_else(|| self.no_block(at))
    }

    /// There is no such block, or others have it already and this node will.
    pub(crate) fn no_block(&self, at: BlockSelector) -> RpcError {
        let (height, target) = (self.at().height, self.1);
        match at {
            BlockSelector::Height(asked) if (height.0 + 1..=target).contains(&asked) => {
                let target = argosy_rpc_api::Height(target);
                RpcError::Syncing { height, target }
            }
            _ => RpcError::not_found("block", at),
        }
    }

    pub(crate) fn header_view(&self, header: &Header) -> HeaderView {
        HeaderView::new(header, self.hrp())
    }

    pub(crate) fn text(&self, address: Address) -> AddressText {
        AddressText::new(self.hrp(), address)
    }

    pub(crate) fn hrp(&self) -> Hrp {
        self.0.spec().network.hrp
    }
}

fn selector(at: BlockSelector) -> Selector {
    match at {
        BlockSelector::Height(height) => Selector::Height(height),
        BlockSelector::Hash(hash) => Selector::Hash(hash),
        BlockSelector::Latest | BlockSelector::Finalized => Selector::Latest,
        BlockSelector::Earliest => Selector::Earliest,
    }
}
