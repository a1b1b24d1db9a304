//! Questions to the chain, each with the answer of its kind.

use argosy_primitives::{Address, Balance};
use argosy_vm_host::{
    CodeFacts, ContractFacts, Facts, Host, HostFault, MigrationFacts, Question, SeenEvent,
};

/// The contract at an address.
pub(crate) fn contract(
    host: &mut dyn Host,
    address: &Address,
) -> Result<Option<ContractFacts>, HostFault> {
    match host.look_up(&Question::Contract(*address))? {
        Facts::Contract(facts) => Ok(facts),
        _ => Err(odd()),
    }
}

/// The code with a number.
pub(crate) fn code(host: &mut dyn Host, code_id: u64) -> Result<Option<CodeFacts>, HostFault> {
    match host.look_up(&Question::Code(code_id))? {
        Facts::Code(facts) => Ok(facts),
        _ => Err(odd()),
    }
}

/// What a contract keeps under a key.
pub(crate) fn stored(
    host: &mut dyn Host,
    contract: &Address,
    key: &[u8],
) -> Result<Option<Vec<u8>>, HostFault> {
    match host.look_up(&Question::Stored(*contract, key.to_vec()))? {
        Facts::Stored(value) => Ok(value),
        _ => Err(odd()),
    }
}

/// How many events there are.
pub(crate) fn event_count(host: &mut dyn Host) -> Result<u32, HostFault> {
    match host.look_up(&Question::EventCount)? {
        Facts::EventCount(count) => Ok(count),
        _ => Err(odd()),
    }
}

/// How many bytes the events behind the first so many have.
pub(crate) fn event_bytes(host: &mut dyn Host, first: u32) -> Result<u64, HostFault> {
    match host.look_up(&Question::EventBytesFrom(first))? {
        Facts::EventBytes(bytes) => Ok(bytes),
        _ => Err(odd()),
    }
}

/// The events behind the first so many.
pub(crate) fn events_from(host: &mut dyn Host, first: u32) -> Result<Vec<SeenEvent>, HostFault> {
    match host.look_up(&Question::EventsFrom(first))? {
        Facts::Events(events) => Ok(events),
        _ => Err(odd()),
    }
}

/// Which versions of the contract's storage the running migration lies between.
pub(crate) fn migration(host: &mut dyn Host) -> Result<MigrationFacts, HostFault> {
    match host.look_up(&Question::Migration)? {
        Facts::Migration(facts) => Ok(facts),
        _ => Err(odd()),
    }
}

/// How much was there of the chain's token when the block began.
pub(crate) fn supply(host: &mut dyn Host) -> Result<Balance, HostFault> {
    match host.look_up(&Question::Supply)? {
        Facts::Supply(supply) => Ok(supply),
        _ => Err(odd()),
    }
}

fn odd() -> HostFault {
    HostFault::new("the chain answered another question than was asked")
}
