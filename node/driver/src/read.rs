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

/// One snapshot that answers.
pub(crate) struct Reader(pub(crate) ChainView);

impl Reader {
    pub(crate) fn at(&self) -> At {
        let head = self.0.head();
        At::new(head.header.height, head.hash)
    }

    pub(crate) fn height(&self, at: BlockSelector) -> Result<Height, RpcError> {
        self.0
            .resolve(selector(at))
            .map_err(unread)?
            .ok_or_else(|| no_block(at))
    }

    /// Reads state right after a block.
    pub(crate) fn state_at(&self, at: BlockSelector) -> Result<Reader, RpcError> {
        let found = self.0.at(selector(at)).map_err(unread)?;
        found.map(Reader).ok_or_else(|| no_block(at))
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

pub(crate) fn no_block(at: BlockSelector) -> RpcError {
    RpcError::not_found("block", at)
}
