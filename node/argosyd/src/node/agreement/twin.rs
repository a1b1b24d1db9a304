//! A wait before the first vote, which looks for another node with the same key.
//!
//! The node follows for some blocks and reads the votes in their certificates. A vote of its own key that it
//! did not give is somebody else's: the record here knows nothing of what was signed there.
//!
//! Always: a chain that stands still ends the wait, or validators that all wait would wait for ever.
//! Not here: what keeps one node from signing twice (`argosy_signer`).

use std::time::Duration;

use argosy_chain::{ChainError, ChainView};
use argosy_primitives::{Address, Height};
use argosy_spec::ConsensusTimes;

use crate::failure::{Exit, Failure};

/// The chain stands still if there is no block for so long, at least.
const STILL_MIN: Duration = Duration::from_secs(10);

/// The wait.
#[derive(Debug)]
pub(super) struct TwinWatch {
    own: Address,
    /// Votes up to this height may be this node's, of an earlier life.
    above: Height,
    /// Up to here blocks were looked at.
    seen: Height,
    /// With this block it is over.
    until: Height,
    still: Duration,
}

impl TwinWatch {
    /// From the head on, over so many blocks.
    pub(super) fn new(
        own: Address,
        (head, signed): (Height, Height),
        blocks: u32,
        times: &ConsensusTimes,
    ) -> TwinWatch {
        let round = times
            .target_time_ms
            .saturating_add(times.propose_timeout_ms)
            .saturating_add(times.vote_timeout_ms.saturating_mul(2));
        TwinWatch {
            own,
            above: head.max(signed),
            seen: head,
            until: head.saturating_add(blocks.into()),
            still: Duration::from_millis(round.saturating_mul(3)).max(STILL_MIN),
        }
    }

    /// Without a block for so long, the chain stands still.
    pub(super) fn still(&self) -> Duration {
        self.still
    }

    /// Whether enough blocks were seen.
    pub(super) fn is_over(&self) -> bool {
        self.seen >= self.until
    }

    /// Looks at the blocks that came. An error: somebody else votes with this key.
    pub(super) fn look(&mut self, view: &ChainView) -> Result<(), Failure> {
        let head = view.head().header.height;
        for height in self.seen.saturating_add(1)..=head {
            let certified = match view.block(height) {
                Ok(block) => block.and_then(|it| it.body.last_certificate),
                // Dropped by now: it came from others in a rush, and is old.
                Err(ChainError::Pruned { .. }) => None,
                Err(error) => return Err(Failure::from(error)),
            };
            let Some(certificate) = certified.filter(|it| it.height > self.above) else {
                continue;
            };
            if certificate
                .signatures
                .iter()
                .any(|it| it.validator == self.own)
            {
                let height = certificate.height;
                return Err(Failure::new(
                    Exit::Usage,
                    format!(
                        "block {height} carries a vote of this validator's key that this node did not give: another node runs with the same key. Stop that one for good, then start this one with a record above what it signed (docs/validators.md)"
                    ),
                ));
            }
        }
        self.seen = self.seen.max(head);
        Ok(())
    }
}
