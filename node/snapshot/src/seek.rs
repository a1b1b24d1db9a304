//! One chunk, from the first source that has it right, on a thread of its own.
//!
//! Always: sources are asked in the order of their standing, and each at most once.

use std::thread::{Builder, Scope, ScopedJoinHandle};

use argosy_primitives::StateRoot;

use crate::check::{Checked, check};
use crate::error::{ChunkError, Refused};
use crate::manifest::{Chunk, Part};
use crate::source::Source;
use crate::standing::Standing;

/// Number, kind and hash of a chunk.
type Wanted<'a> = (u32, Part<'a>, Chunk);

/// Where chunks may be.
#[derive(Clone, Copy)]
pub(crate) struct Seeker<'a> {
    pub(crate) sources: &'a [Box<dyn Source>],
    /// How they did so far.
    pub(crate) standing: &'a Standing,
    /// That of the header.
    pub(crate) root: StateRoot,
}

/// What came of a chunk.
pub(crate) struct Found {
    /// `None`: no source has it right.
    pub(crate) checked: Option<Checked>,
    /// What was not.
    pub(crate) refused: Vec<Refused>,
}

/// A chunk that is being looked for.
pub(crate) struct Ahead<'scope> {
    chunk: (u32, Chunk),
    found: Pending<'scope>,
}

enum Pending<'scope> {
    Thread(ScopedJoinHandle<'scope, Found>),
    /// The system refused a thread.
    Here(Box<Found>),
}

impl<'a> Seeker<'a> {
    /// Looks for a chunk while the caller goes on.
    pub(crate) fn ahead<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        wanted: Wanted<'a>,
    ) -> Ahead<'scope>
    where
        'a: 'scope,
    {
        let chunk = (wanted.0, wanted.2);
        let builder = Builder::new().name("snapshot".into());
        let found = match builder.spawn_scoped(scope, move || self.find(wanted)) {
            Ok(thread) => Pending::Thread(thread),
            Err(_) => Pending::Here(Box::new(self.find(wanted))),
        };
        Ahead { chunk, found }
    }

    fn find(self, wanted: Wanted<'_>) -> Found {
        let mut refused = Vec::new();
        let order = self.standing.order().into_iter();
        for (index, source) in order.filter_map(|it| Some((it, self.sources.get(it)?))) {
            let taken = self.take(source.as_ref(), wanted);
            self.standing.note(index, taken.is_ok());
            match taken {
                Ok(checked) => {
                    let checked = Some(checked);
                    return Found { checked, refused };
                }
                Err(error) => refused.push(Refused {
                    source: source.name(),
                    chunk: Some(wanted.0),
                    reason: error.to_string(),
                }),
            }
        }
        let checked = None;
        Found { checked, refused }
    }

    fn take(
        self,
        source: &dyn Source,
        (index, part, chunk): Wanted<'_>,
    ) -> Result<Checked, ChunkError> {
        let bytes = source.chunk(index, chunk.bytes)?;
        check(bytes, &chunk, part, self.root)
    }
}

impl Ahead<'_> {
    /// Number and hash of the chunk, and what came of it.
    pub(crate) fn wait(self) -> ((u32, Chunk), Found) {
        let found = match self.found {
            Pending::Thread(thread) => match thread.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Pending::Here(found) => *found,
        };
        (self.chunk, found)
    }
}
