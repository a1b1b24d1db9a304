//! A stream that comes in, read frame by frame, no faster than the peer may send.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use futures::io::AsyncReadExt;
use libp2p::PeerId;
use libp2p::swarm::Stream;

use crate::frame::{HEAD_BYTES, Topic, head, is_held};
use crate::inbox::{Inbox, Verdict};
use crate::metrics::{FALSE, IGNORED, Metrics, TAKEN};
use crate::pace::{Pace, STRANGER, TRUSTED, UNSEEN};

/// Read at once of what is not held.
const CHUNK_BYTES: usize = 4 * 1024;
/// Of a signature and who made it.
const SIGNED_BYTES: usize = 96;

/// A stream of a peer.
pub(crate) struct Reader {
    pub(crate) stream: Stream,
    pub(crate) peer: PeerId,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) metrics: Metrics,
}

impl Reader {
    /// Reads until the stream ends, or gives why the peer is to be sent away.
    pub(crate) async fn run(mut self) -> Option<&'static str> {
        let (mut pace, mut unseen) = (Pace::new(Instant::now()), Pace::new(Instant::now()));
        let mut is_first = true;
        loop {
            let mut begin = [0; HEAD_BYTES];
            // An error: the peer went away, or the connection did.
            self.stream.read_exact(&mut begin).await.ok()?;
            let Some((topic, length)) = head(begin) else {
                self.metrics.received(FALSE, HEAD_BYTES);
                return Some("it sends what are no frames");
            };
            if topic == Topic::Proof && !std::mem::take(&mut is_first) {
                return Some("it proves again who it is");
            }
            is_first = false;
            let cost = HEAD_BYTES.saturating_add(length);
            // What shows the words of many has as many signatures, and each takes time.
            let looks = match topic {
                Topic::Liveness => 1 + length / SIGNED_BYTES,
                Topic::Proof | Topic::Votes | Topic::Parts | Topic::Status => 1,
            };
            let is_trusted = self.inbox.trusts(&self.peer);
            let wait = if is_held(length, is_trusted) {
                let mut content = vec![0; length];
                self.stream.read_exact(&mut content).await.ok()?;
                let verdict = self.inbox.take(self.peer, topic, content.into());
                self.metrics.received(name(verdict), length);
                if let Verdict::False(why) = verdict {
                    return Some(why);
                }
                let rate = if is_trusted { TRUSTED } else { STRANGER };
                pace.spend(cost, looks, rate, Instant::now())
            } else {
                self.skip(length).await.ok()?;
                self.metrics.received(IGNORED, length);
                unseen.spend(cost, 1, UNSEEN, Instant::now())
            };
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
    }

    /// Reads past so many bytes.
    async fn skip(&mut self, length: usize) -> io::Result<()> {
        let mut chunk = [0; CHUNK_BYTES];
        let mut left = length;
        while left > 0 {
            let next = left.min(CHUNK_BYTES);
            self.stream.read_exact(&mut chunk[..next]).await?;
            left -= next;
        }
        Ok(())
    }
}

fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Taken => TAKEN,
        Verdict::Ignored => IGNORED,
        Verdict::False(_) => FALSE,
    }
}
