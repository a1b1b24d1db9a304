//! `argosy events …`.

use argosy_primitives::{EventCursor, Hash32};
use clap::Subcommand;
use clap_complete::ArgValueCandidates;

use crate::account::AccountRef;
use crate::completion;

/// `argosy events …`.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events in the order they happened
    Query {
        /// Only those of this contract
        #[arg(long, value_name = "ADDRESS", add = ArgValueCandidates::new(completion::contracts))]
        contract: Option<AccountRef>,
        /// Only those with this topic, a 0x hash
        #[arg(long, value_name = "HASH")]
        topic: Option<Hash32>,
        /// Only those after this cursor, as `resume` of the page before
        #[arg(long, value_name = "CURSOR")]
        after: Option<EventCursor>,
        /// At most this many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Print events as they come, each once, a line each; nothing is lost when the node is away for a
    /// while
    Watch {
        /// Only those of this contract
        #[arg(long, value_name = "ADDRESS", add = ArgValueCandidates::new(completion::contracts))]
        contract: Option<AccountRef>,
        /// Only those with this topic, a 0x hash
        #[arg(long, value_name = "HASH")]
        topic: Option<Hash32>,
        /// Begin behind this cursor; without it, with what comes from now on
        #[arg(long, value_name = "CURSOR")]
        after: Option<EventCursor>,
        /// End after this many
        #[arg(long, value_name = "NUMBER")]
        count: Option<u64>,
    },
}
