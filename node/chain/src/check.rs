//! Everything that a store holds, looked at once: what an operator asks for who does not trust a
//! disk.
//!
//! Every entry is read, so that the store compares its checksums. Then what must follow from
//! something else is computed anew: each header from its parent, each body's and receipts' root,
//! each transaction's place, each module's hash, the state's root and the supply from the records alone, and
//! what is found by account, if there is such an index.
//!
//! Always: nothing is written, and nothing is executed (`replay` does that).

use argosy_kv::{Column, Direction, Entries, KeyRange, KvError};
use argosy_primitives::{
    Balance, BlockHash, Body, CodeHash, Height, Receipt, receipts_root, tx_root,
};
use argosy_proof::{Account, CodeRecord, ContractRecord, RecordError, StateKey};
use argosy_state::{audit, code_of};

use crate::error::ChainError;
use crate::view::{ChainView, Location, index_of};
use crate::{index, keys};

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStep {
    /// Reading a column: entries so far, of it.
    Column(Column, u64),
    /// Comparing blocks: this one is done.
    Block(Height),
    /// Computing the state's root: records read so far.
    State(u64),
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Entries of all columns.
    pub entries: u64,
    /// Blocks with body and receipts.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Records of the state.
    pub state_keys: u64,
}

/// Looks at everything. The first thing that is wrong ends it, as [`ChainError::Damaged`] or as the
/// store's own error, which name the place.
pub fn check(view: &ChainView, mut each: impl FnMut(CheckStep)) -> Result<CheckReport, ChainError> {
    let mut report = CheckReport::default();
    for column in Column::ALL {
        report.entries = report
            .entries
            .saturating_add(read_column(view, column, &mut each)?);
    }
    check_code(view)?;
    check_blocks(view, &mut report, &mut each)?;
    if view.indexed_from.is_some() {
        check_contracts(view)?;
    }
    let found = audit(view.view.as_ref(), |read| each(CheckStep::State(read)))?;
    report.state_keys = found.keys;
    let expected = view.head().header.state_root;
    if found.root != expected {
        return Err(ChainError::damaged(format!(
            "column {}: its records have root {}, but block {} says {expected}",
            Column::State,
            found.root,
            view.head().header.height,
        )));
    }
    check_supply(view)?;
    Ok(report)
}

/// The supply is every balance and every deposit: nothing was made or lost.
fn check_supply(view: &ChainView) -> Result<(), ChainError> {
    let damaged = |what: String| ChainError::damaged(format!("column {}: {what}", Column::State));
    let mut found: Balance = 0;
    for entry in view
        .view
        .range(Column::State, KeyRange::all(), Direction::Ascending)
    {
        let (key, value) = entry?;
        let held = held_by(&key, &value);
        let held = held.map_err(|error| damaged(format!("a record is malformed: {error}")))?;
        found = found.saturating_add(held);
    }
    let told = view.supply()?;
    match told == found {
        true => Ok(()),
        false => Err(damaged(format!(
            "its records hold {found} of the token, but the supply in it is {told}"
        ))),
    }
}

/// What a record of state holds of the token.
fn held_by(key: &[u8], value: &[u8]) -> Result<Balance, RecordError> {
    Ok(match StateKey::of_whole(key) {
        Some((_, StateKey::Account)) => {
            let account = Account::from_value(value)?;
            account.balance.saturating_add(account.deposit)
        }
        Some((_, StateKey::Contract)) => ContractRecord::from_value(value)?.deposit,
        Some(_) if code_of(key).is_some() => CodeRecord::from_value(value)?.deposit,
        Some(_) | None => 0,
    })
}

/// Reads every entry, which compares the store's checksums.
fn read_column(
    view: &ChainView,
    column: Column,
    each: &mut impl FnMut(CheckStep),
) -> Result<u64, KvError> {
    let mut entries = 0_u64;
    for entry in view
        .view
        .range(column, KeyRange::all(), Direction::Ascending)
    {
        entry?;
        entries = entries.saturating_add(1);
        if entries.is_multiple_of(10_000) {
            each(CheckStep::Column(column, entries));
        }
    }
    Ok(entries)
}

/// A module lies under its hash twice: ‖ 0 as uploaded, ‖ 1 as instrumented.
fn check_code(view: &ChainView) -> Result<(), ChainError> {
    let damaged = |what: String| ChainError::damaged(format!("column {}: {what}", Column::Code));
    let mut uploaded: Option<CodeHash> = None;
    for entry in view
        .view
        .range(Column::Code, KeyRange::all(), Direction::Ascending)
    {
        let (key, code) = entry?;
        let (hash, form) = match key.split_first_chunk::<32>() {
            Some((hash, [form])) => (CodeHash::from_bytes(*hash), *form),
            Some(_) | None => return Err(damaged("a key is no hash and form".into())),
        };
        uploaded = match (form, uploaded) {
            (0, None) if CodeHash::of(&code) == hash => Some(hash),
            (0, None) => return Err(damaged(format!("module {hash} has another hash"))),
            (1, Some(of)) if of == hash => None,
            (_, of) => {
                let half = of.unwrap_or(hash);
                return Err(damaged(format!("module {half} is there in one form only")));
            }
        };
    }
    match uploaded {
        None => Ok(()),
        Some(half) => Err(damaged(format!("module {half} is there in one form only"))),
    }
}

fn check_blocks(
    view: &ChainView,
    report: &mut CheckReport,
    each: &mut impl FnMut(CheckStep),
) -> Result<(), ChainError> {
    let mut parent: Option<BlockHash> = None;
    for height in view.oldest_header()..=view.head().header.height {
        let header = view.header(height)?;
        let header = header.ok_or_else(|| missing(height, "header"))?;
        if header.height != height || parent.is_some_and(|it| it != header.parent) {
            return Err(wrong(
                height,
                "header",
                "does not follow from the one before",
            ));
        }
        if view.resolve(crate::Selector::Hash(header.hash()))? != Some(height) {
            return Err(wrong(height, "hash", "leads to another height"));
        }
        parent = Some(header.hash());
        if height < view.oldest_block() {
            continue; // Of older ones only the header is kept.
        }
        let block = view.block(height)?;
        let body = block.ok_or_else(|| missing(height, "body"))?.body;
        if tx_root(&body.transactions) != header.tx_root {
            return Err(wrong(
                height,
                "body",
                "has other transactions than its header says",
            ));
        }
        // Genesis has no receipts; its header's root is that of none.
        let receipts = view.receipts(height)?;
        if receipts_root(&receipts) != header.receipts_root {
            return Err(wrong(
                height,
                "receipts",
                "are not those that its header says",
            ));
        }
        for (index, tx) in body.transactions.iter().enumerate() {
            let index = index_of(index)?;
            if view.locate(&tx.id())? != Some(Location { height, index }) {
                return Err(wrong(height, "transaction index", "names another place"));
            }
        }
        if view.indexed_from.is_some_and(|from| height >= from) {
            check_accounts(view, height, &body, &receipts)?;
        }
        report.blocks = report.blocks.saturating_add(1);
        let transactions = body.transactions.len() as u64;
        report.transactions = report.transactions.saturating_add(transactions);
        each(CheckStep::Block(height));
    }
    Ok(())
}

/// Every account that a transaction of the block has to do with leads to it.
fn check_accounts(
    view: &ChainView,
    height: Height,
    body: &Body,
    receipts: &[Receipt],
) -> Result<(), ChainError> {
    for (position, receipt) in receipts.iter().enumerate() {
        let (at, signed) = (index_of(position)?, body.transactions.get(position));
        let expected = index::id_bytes(signed.map(|it| it.id()));
        for account in index::accounts(signed.map(|it| &it.transaction), receipt) {
            let key = keys::account(&account, height, at);
            let found = view.view.get(Column::Index, &key)?;
            if found.is_none_or(|it| *it != *expected) {
                let what = "does not have an account of its transactions, or for another one";
                return Err(wrong(height, "account index", what));
            }
        }
    }
    Ok(())
}

/// The contracts of the list are those of the state.
fn check_contracts(view: &ChainView) -> Result<(), ChainError> {
    let differs = |what: String| {
        let column = Column::Index;
        ChainError::damaged(format!("column {column}: {what}"))
    };
    let mut contracts = 0_u64;
    for entry in entries(view, Column::State, KeyRange::all()) {
        let (key, value) = entry?;
        let Some((contract, StateKey::Contract)) = StateKey::of_whole(&key) else {
            continue;
        };
        let key = keys::contract(index::created_at(&value)?, &contract);
        if view.view.get(Column::Index, &key)?.is_none() {
            return Err(differs(format!("contract {contract:?} is missing")));
        }
        contracts = contracts.saturating_add(1);
    }
    let mut listed = 0_u64;
    for entry in entries(view, Column::Index, keys::contracts_until(Height::MAX)) {
        entry?;
        listed = listed.saturating_add(1);
    }
    match listed == contracts {
        true => Ok(()),
        false => Err(differs(format!(
            "it lists {listed} contracts, and there are {contracts}"
        ))),
    }
}

fn entries(view: &ChainView, column: Column, keys: KeyRange) -> Entries<'_> {
    view.view.range(column, keys, Direction::Ascending)
}

fn missing(height: Height, part: &str) -> ChainError {
    ChainError::damaged(format!("block {height}: its {part} is missing"))
}

fn wrong(height: Height, part: &str, what: &str) -> ChainError {
    ChainError::damaged(format!("block {height}: its {part} {what}"))
}
