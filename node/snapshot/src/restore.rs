//! From sources to a chain.
//!
//! ```text
//! offer ─► store, empty ─► chunk 0 … n-1: from the first source that has it right ─► chain
//!   ▲                          └─ nobody has ─► the next offer, an empty store again
//!   └───────────────────────────────────────────────┘
//! ```
//!
//! Always: a source that has one chunk wrong is still asked for the others; what it gave, and why that
//! was refused, is kept. Memory is two chunks and what they hold; what is read is no more than what the
//! manifest announces.

use std::sync::Arc;
use std::thread;

use argosy_chain::{Head, Restore, RestoreError, crash_point};
use argosy_kv::{
    Batch, Bytes, Column, Direction, Durability, Entries, KeyRange, KvError, Store, View,
};

use crate::check::{self, Checked};
use crate::error::{Refused, RestoreFailed};
use crate::manifest::{Chunk, Manifest};
use crate::offer::{Offer, Terms, look};
use crate::seek::Seeker;
use crate::source::Source;
use crate::standing::{Refusals, Standing};

/// Why there is no store for an offer.
#[derive(Debug, thiserror::Error)]
pub enum NoStore {
    /// It says that it needs more than there is; another one may need less.
    #[error("it says that it needs {} MiB of the disk, {} are free", .needed >> 20, .free >> 20)]
    Room {
        /// Bytes, by its manifest.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// No other offer would help.
    #[error(transparent)]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// Gives an empty store; asked again, what was written into the last one is void.
pub type OpenStore<'a> = dyn FnMut(&Manifest) -> Result<Arc<dyn Store>, NoStore> + 'a;

/// How far it is, in bytes of chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreStep {
    /// Checked and taken.
    pub done: u64,
    /// In all.
    pub whole: u64,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// Where the chain goes on from.
    pub head: Head,
    /// What it was made of.
    pub manifest: Manifest,
    /// What sources gave that was not right.
    pub refused: Vec<Refused>,
}

/// Makes a chain of what sources have, in the last store that `open` gave; if it fails, none of them
/// holds a chain.
pub fn restore(
    sources: &[Box<dyn Source>],
    terms: &Terms,
    open: &mut OpenStore<'_>,
    mut each: impl FnMut(RestoreStep),
) -> Result<Restored, RestoreFailed> {
    let (offers, unfit) = look(sources, terms);
    let mut refused = Refusals::default();
    unfit.into_iter().for_each(|it| refused.push(it));
    // Whether it was for lack of room alone that no offer was tried.
    let mut is_cramped = !offers.is_empty();
    for offer in offers {
        let store = match open(offer.manifest()) {
            Ok(store) => store,
            Err(NoStore::Failed(error)) => return Err(RestoreFailed::Open(error)),
            Err(error @ NoStore::Room { .. }) => {
                refused.push(offer.refused(sources, None, error.to_string()));
                continue;
            }
        };
        is_cramped = false;
        crash_point!("restore::opened");
        let mut work = Work {
            sources,
            offer: &offer,
            refused: &mut refused,
        };
        match work.run(terms, store.as_ref(), &mut each) {
            Ok(Some(head)) => {
                return Ok(Restored {
                    head,
                    manifest: offer.manifest().clone(),
                    refused: refused.into_vec(),
                });
            }
            Ok(None) => {}
            Err(error) => return Err(error),
        }
    }
    Err(match is_cramped {
        true => RestoreFailed::NoRoom(refused.into_vec()),
        false => RestoreFailed::Sources(refused.into_vec()),
    })
}

/// The same checks; nothing is written.
pub fn verify(
    sources: &[Box<dyn Source>],
    terms: &Terms,
    each: impl FnMut(RestoreStep),
) -> Result<Restored, RestoreFailed> {
    restore(sources, terms, &mut |_| Ok(Arc::new(Nowhere)), each)
}

/// One attempt with one manifest.
struct Work<'a> {
    sources: &'a [Box<dyn Source>],
    offer: &'a Offer,
    refused: &'a mut Refusals,
}

impl Work<'_> {
    /// `None`: no source has all of it.
    fn run(
        &mut self,
        terms: &Terms,
        store: &dyn Store,
        each: &mut impl FnMut(RestoreStep),
    ) -> Result<Option<Head>, RestoreFailed> {
        let manifest = self.offer.manifest();
        let (engine, chain) = (Arc::clone(&terms.engine), terms.chain.clone());
        let begun = Restore::begin(store, engine, chain, manifest.header.clone());
        let mut restore = match begun {
            Ok(restore) => restore,
            Err(error) => return self.given_up(None, error),
        };
        let standing = Standing::new(self.offer.source(), self.sources.len());
        let seeker = Seeker {
            sources: self.sources,
            standing: &standing,
            root: manifest.header.state_root,
        };
        let whole = manifest.total_bytes();
        let mut done = 0;
        let mut chunks = manifest.chunks();
        let taken = thread::scope(|scope| {
            let mut ahead = chunks.next().map(|it| seeker.ahead(scope, it));
            while let Some(found) = ahead.take() {
                let (chunk, found) = found.wait();
                for it in found.refused {
                    it.tell();
                    self.refused.push(it);
                }
                let Some(checked) = found.checked else {
                    return Ok(false);
                };
                // The next one is checked while this one is written.
                ahead = chunks.next().map(|it| seeker.ahead(scope, it));
                if let Err(error) = put(&mut restore, checked, &chunk.1) {
                    return self.given_up(Some(chunk.0), error).map(|_| false);
                }
                crash_point!("restore::chunk_written");
                done += u64::from(chunk.1.bytes);
                each(RestoreStep { done, whole });
            }
            Ok(true)
        });
        if !taken? {
            return Ok(None);
        }
        match restore.finish(manifest.certificate.as_ref()) {
            Ok(head) => Ok(Some(head)),
            Err(error) => self.given_up(None, error),
        }
    }

    /// The manifest promised what its chunks do not hold, or our store failed.
    fn given_up(
        &mut self,
        chunk: Option<u32>,
        error: RestoreError,
    ) -> Result<Option<Head>, RestoreFailed> {
        if let Some(cause) = error.cause() {
            return Err(RestoreFailed::Store { error, cause });
        }
        let refused = self.offer.refused(self.sources, chunk, error.to_string());
        self.refused.push(refused);
        Ok(None)
    }
}

impl Offer {
    /// Logs why it is of no use.
    fn refused(&self, sources: &[Box<dyn Source>], chunk: Option<u32>, reason: String) -> Refused {
        let source = sources.get(self.source());
        let refused = Refused {
            source: source.map(|it| it.name()).unwrap_or_default(),
            chunk,
            reason,
        };
        refused.tell();
        refused
    }
}

/// Writes a chunk.
fn put(restore: &mut Restore<'_>, checked: Checked, chunk: &Chunk) -> Result<(), RestoreError> {
    match checked {
        Checked::Records(records) => restore.records(records.iter()),
        Checked::Modules(bytes) => {
            let modules = check::modules(&bytes, chunk).unwrap_or_default();
            restore.modules(modules)
        }
        Checked::Blocks(blocks) => {
            let mut blocks = blocks.iter();
            blocks.try_for_each(|(block, receipts)| restore.block(block, receipts))
        }
    }
}

impl Refused {
    fn tell(&self) {
        let Refused {
            source,
            chunk,
            reason,
        } = self;
        tracing::warn!(
            target: "snapshot",
            code = "snapshot.part_refused",
            source,
            chunk,
            reason,
            "refused a part of a snapshot"
        );
    }
}

/// A store that forgets: for checks that write nothing.
struct Nowhere;

impl Store for Nowhere {
    fn view(&self) -> Arc<dyn View> {
        Arc::new(Nowhere)
    }

    fn commit(&self, _: Batch, _: Durability) -> Result<(), KvError> {
        Ok(())
    }
}

impl View for Nowhere {
    fn get(&self, _: Column, _: &[u8]) -> Result<Option<Bytes>, KvError> {
        Ok(None)
    }

    fn range(&self, _: Column, _: KeyRange, _: Direction) -> Entries<'_> {
        Box::new(std::iter::empty())
    }
}
