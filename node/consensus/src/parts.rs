//! Blocks in and out, in parts, as the engine's network carries them.

use argosy_bft::{Assembled, Inbox, Part, PartInit, Place, StreamError, proposal_parts};
use argosy_primitives::Block;
use malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use malachitebft_engine::util::streaming::StreamContent;

/// Takes a part; gives a block of this height that was not taken before, once it is whole.
pub(crate) fn take(
    inbox: &mut Inbox,
    place: &Place,
    publisher: &argosy_links::PeerId,
    message: StreamMessage<Part>,
) -> Result<Option<Assembled>, StreamError> {
    let StreamContent::Data(part) = message.content else {
        return Ok(None); // An end without content says nothing that the parts do not.
    };
    let stream = message.stream_id.to_bytes();
    inbox.take(
        place,
        (&publisher.to_bytes(), &stream),
        (message.sequence, part),
    )
}

/// The messages that carry a block, in order, in a stream of its own.
pub(crate) fn messages(stream: u128, init: PartInit, block: &Block) -> Vec<StreamMessage<Part>> {
    let id = StreamId::new(stream.to_be_bytes().to_vec().into());
    let parts = proposal_parts(init, block);
    let message =
        |(sequence, part)| StreamMessage::new(id.clone(), sequence, StreamContent::Data(part));
    (0..).zip(parts).map(message).collect()
}
