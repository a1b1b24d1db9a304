//! What all answers from a view need: the block that is asked about, texts, failures told.
//!
//! Always: reads one snapshot. State is that of the block which the answer's `at` names; where the
//! node no longer keeps it, the answer is `Pruned`.
//! Not here: the answers themselves, which are with the port of their group (`node`).

use argosy_chain::{ChainView, FailedFrame, Selector, Trace};
use argosy_primitives::{Address, Header, Height, Hrp};
use argosy_rpc_api::{AddressText, At, BlockSelector, CallFrame, HeaderView, RpcError};

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

    pub(crate) fn call_stack(&self, trace: &Trace) -> Vec<CallFrame> {
        let frame = |it: &FailedFrame| CallFrame {
            contract: self.text(it.contract),
            // The trace keeps no messages, so methods are not known.
            method: None,
        };
        running(&trace.frames).into_iter().map(frame).collect()
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

/// The frames that were running at the failure that ended the whole, outermost first.
///
/// Frames are noted when they end, so those of the last failure stand at the end, from the inside
/// outwards; failures that a contract lived through come before.
fn running(frames: &[FailedFrame]) -> Vec<&FailedFrame> {
    let outwards = frames.iter().rev().zip(1..);
    let (frames, _): (Vec<_>, Vec<u32>) = outwards
        .take_while(|(frame, depth)| frame.depth == *depth)
        .unzip();
    frames
}

/// The trace in one line: the reason, or what the innermost frame of the last failure had to say.
/// What a contract lived through is not why the whole failed.
pub(crate) fn describe(trace: &Trace) -> Option<String> {
    let innermost = running(&trace.frames).pop();
    let said = innermost.and_then(|frame| frame.diagnostic.clone());
    trace.reason.clone().or(said)
}

#[cfg(test)]
mod tests {
    use argosy_chain::FrameEntry;
    use argosy_primitives::StatusCode;

    use super::*;

    /// `noted`: depth and contract of each failed frame as it ended.
    #[track_caller]
    fn check(noted: &[(u32, u8)], expected: &[u8]) {
        let frame = |(depth, contract): &(u32, u8)| FailedFrame {
            depth: *depth,
            contract: Address::from_bytes([*contract; 32]),
            entry: FrameEntry::Call,
            status: StatusCode::Reverted,
            gas_used: 0,
            data: None,
            diagnostic: None,
        };
        let frames: Vec<FailedFrame> = noted.iter().map(frame).collect();
        let found = running(&frames)
            .into_iter()
            .map(|it| it.contract.as_bytes()[0]);
        assert_eq!(found.collect::<Vec<u8>>(), expected, "{noted:?}");
    }

    #[test]
    fn the_stack_is_that_of_the_last_failure() {
        check(&[], &[]);
        check(&[(1, 7)], &[7]);
        check(&[(3, 9), (2, 8), (1, 7)], &[7, 8, 9]);
        // Contract 7 lived through the failure of 5 and failed for that of 8.
        check(&[(2, 5), (2, 8), (1, 7)], &[7, 8]);
        // What failed was no contract, or an action after one that lived through a failure.
        check(&[(2, 5)], &[]);
    }
}
