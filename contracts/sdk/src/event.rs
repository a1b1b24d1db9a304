//! Announcements: kept in receipts, found by topics, never read by contracts.
//!
//! ```text
//! topic 0 = blake3(name of the event)
//! topic n = nth #[topic] field: SCALE bytes padded with zeros to 32, hashed by blake3 if longer
//! data    = SCALE of all fields in order
//! ```

use parity_scale_codec::{Decode, Encode, Output};

use crate::buffer::{Buffer, encode};
use crate::host;

/// An event; `#[event]` on a struct implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    note = "add `#[event]` to the struct"
)]
pub trait Event: Encode + Decode {
    /// Its name.
    const NAME: &'static str;
    /// Topic 0.
    const SIGNATURE: [u8; 32];

    /// What it can be found by.
    fn topics(&self) -> Topics;
}

/// Announces something. If the call fails later, nothing was announced.
pub fn emit(event: &impl Event) {
    let topics = event.topics();
    host::emit(&topics.0.into_bytes(), &encode(event));
}

/// The topics of an event, end to end.
pub struct Topics(Buffer);

impl Topics {
    /// Begins with topic 0.
    pub fn new(signature: &[u8; 32]) -> Topics {
        let mut topics = Buffer::new();
        topics.write(signature);
        Topics(topics)
    }

    /// Adds a field. The macro has made sure that there is room.
    #[must_use]
    pub fn with(mut self, field: &impl Encode) -> Topics {
        self.add(&encode(field));
        self
    }

    #[inline(never)]
    fn add(&mut self, field: &[u8]) {
        let mut topic = [0; 32];
        match topic.get_mut(..field.len()) {
            Some(head) => head.copy_from_slice(field),
            None => topic = host::blake3(field),
        }
        self.0.write(&topic);
    }
}
