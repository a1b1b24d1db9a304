//! A block on its way out, in parts, as the engine's network carries them.

use argosy_bft::{Part, PartInit, proposal_parts};
use argosy_primitives::Block;
use malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use malachitebft_engine::util::streaming::StreamContent;

/// The messages that carry a block, in order, in a stream of its own.
pub(crate) fn messages(stream: u128, init: PartInit, block: &Block) -> Vec<StreamMessage<Part>> {
    let id = StreamId::new(stream.to_be_bytes().to_vec().into());
    let parts = proposal_parts(init, block);
    let message =
        |(sequence, part)| StreamMessage::new(id.clone(), sequence, StreamContent::Data(part));
    (0..).zip(parts).map(message).collect()
}
