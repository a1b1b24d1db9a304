//! What an entry is given: the world, who called, and the message, each a JSON document in a region.

use argosy_primitives::StatusCode;
use argosy_vm_abi::Entry;
use argosy_vm_host::{CallContext, HostFault, Invocation, Invoke, MigrationFacts, Stop};
use cosmwasm_std::{Addr, BlockInfo, ContractInfo, Env, MessageInfo, MigrateInfo, Timestamp};
use serde::Serialize;

use crate::adapter::Terms;
use crate::ask;
use crate::coins::coins_of;
use crate::desk::Desk;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// Digits of the genesis hash that a chain's id has behind the network's name.
const CHAIN_ID_BYTES: usize = 4;

/// Gives the entry its documents. A migration between codes that expect the same storage runs nothing: it ends
/// here, as on Cosmos chains.
pub(crate) fn begin(desk: &mut Desk<'_>, invocation: &Invocation) -> Result<Invoke, Stop> {
    let is_sudo = desk.is_sudo(invocation.entry);
    let export = match is_sudo {
        true => SUDO,
        false => export_of(invocation.entry),
    };
    let migration = match invocation.entry {
        Entry::Upgrade => ask::migration(desk.host)?,
        _ => MigrationFacts::default(),
    };
    if migration.new.is_some() && migration.new == migration.old {
        desk.announce_entry(invocation.entry, &desk.contract_text())?;
        return Err(Stop::Finished(Vec::new()));
    }
    let Some(params) = desk.guest.params_of(export) else {
        return Err(Stop::Refused(StatusCode::EntryMissing));
    };
    let context = desk.host.context().clone();
    let env = json(&env(desk.terms, &context))?;
    let mut args = vec![desk.give_json(&env)?];
    match invocation.entry {
        Entry::Call if is_sudo => args.push(desk.give(&invocation.input)?),
        Entry::Init | Entry::Call => {
            let info = json(&info(desk.terms, &context))?;
            args.push(desk.give_json(&info)?);
            args.push(desk.give(&invocation.input)?);
        }
        Entry::Query | Entry::Reply => args.push(desk.give(&invocation.input)?),
        Entry::Upgrade => {
            args.push(desk.give(&invocation.input)?);
            if params > args.len() {
                let info = json(&migrate_info(desk.terms, &context, migration.old))?;
                args.push(desk.give_json(&info)?);
            }
        }
    }
    Ok(Invoke { export, args })
}

/// The export that serves calls of the chain itself.
const SUDO: &str = "sudo";

/// The export that serves an entry.
const fn export_of(entry: Entry) -> &'static str {
    match entry {
        Entry::Init => "instantiate",
        Entry::Call => "execute",
        Entry::Query => "query",
        Entry::Upgrade => "migrate",
        Entry::Reply => "reply",
    }
}

fn env(terms: &Terms, context: &CallContext) -> Env {
    let genesis = &context.chain.as_bytes()[..CHAIN_ID_BYTES];
    Env {
        block: BlockInfo {
            height: context.height,
            time: Timestamp::from_nanos(context.time_ms.saturating_mul(NANOS_PER_MILLI)),
            chain_id: format!("{}-{}", terms.network, const_hex::encode(genesis)),
        },
        transaction: None,
        contract: ContractInfo {
            address: Addr::unchecked(terms.text(&context.contract)),
        },
    }
}

fn info(terms: &Terms, context: &CallContext) -> MessageInfo {
    MessageInfo {
        sender: Addr::unchecked(terms.text(&context.caller)),
        funds: coins_of(context.funds, &terms.denom),
    }
}

fn migrate_info(terms: &Terms, context: &CallContext, old: Option<u64>) -> MigrateInfo {
    MigrateInfo {
        sender: Addr::unchecked(terms.text(&context.caller)),
        old_migrate_version: old,
    }
}

/// A document of the chain's own making.
pub(crate) fn json(document: &impl Serialize) -> Result<Vec<u8>, HostFault> {
    serde_json::to_vec(document).map_err(HostFault::new)
}

impl Desk<'_> {
    /// A new region with a document that the chain wrote, which is paid by its bytes.
    pub(crate) fn give_json(&mut self, document: &[u8]) -> Result<i64, Stop> {
        self.pay(self.terms.prices.json, document.len() as u64)?;
        self.give(document)
    }
}
