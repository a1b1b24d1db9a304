//! What only development chains do to state: set it, and act as somebody without a signature.
//!
//! Always: an edit that is refused has changed nothing, and the executor may go on; afterwards the
//! state is one that the executor could go on with: a contract's record counts what it stores, a
//! code's record those who run it, the supply is the sum over all records once the block ends, and no sum of
//! balances wraps.
//! Not here: which chains let anybody do this (`chain`).

use argosy_primitives::{Action, Address, Balance, CodeHash, Gas, Nonce, Receipt};
use argosy_state::{CodeBlobs, CodeRecord, State, StateError};
use argosy_vm_engine::{PreparedModule, Refusal, sha256};

use crate::admit::check_shape;
use crate::block::{BlockExecutor, TOO_MANY};
use crate::deposits;
use crate::error::{Fault, Inadmissible};
use crate::scope::TxScope;
use crate::supply::SupplyChange;
use crate::transaction::{act, signed_difference};

/// The highest balance that can be set: so low that no number of edits makes a sum wrap.
pub const EDITED_BALANCE_MAX: Balance = 1 << 100;

/// Any deposit, and far from the end of the type, since refunds add to it.
const DEPOSIT_MAX: Balance = Balance::MAX / 2;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// An account has so much.
    Balance {
        /// Whose.
        address: Address,
        /// At most [`EDITED_BALANCE_MAX`].
        balance: Balance,
    },
    /// An account has so much more.
    Fund {
        /// Whose.
        address: Address,
        /// How much more.
        amount: Balance,
    },
    /// An account has sent so many transactions. Never fewer than it has: their ids stay used.
    Nonce {
        /// Whose.
        address: Address,
        /// The nonce of its next transaction.
        nonce: Nonce,
    },
    /// A contract stores a value, or no longer does.
    Storage {
        /// Which contract.
        contract: Address,
        /// As the contract knows it.
        key: Vec<u8>,
        /// `None`: nothing.
        value: Option<Vec<u8>>,
    },
    /// A contract runs another code from now on; nothing is migrated.
    Code {
        /// Which contract.
        contract: Address,
        /// The module.
        code: Vec<u8>,
    },
    /// What a transaction of this sender would do, without signature, nonce and fee. Its receipt is
    /// the block's own.
    Act {
        /// Any account or contract.
        sender: Address,
        /// Run in order, all or nothing.
        actions: Vec<Action>,
        /// Most gas that it may use.
        gas_limit: Gas,
        /// Most that may be locked; what the sender does not have of it comes out of nothing.
        deposit_max: Balance,
    },
}

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditRefusal {
    /// There is no contract at the address.
    #[error("there is no contract at this address")]
    NoContract,
    /// More than may be set.
    #[error("balance {found} is above {EDITED_BALANCE_MAX}, the most that can be set")]
    Balance {
        /// What the account would have.
        found: Balance,
    },
    /// The nonce was used.
    #[error("nonce {found} was already used, the next one is {next}; a nonce only rises")]
    NonceUsed {
        /// The account's next nonce.
        next: Nonce,
        /// What was asked for.
        found: Nonce,
    },
    /// A key or value is larger than a contract could have written.
    #[error("the {what} has {found} bytes, at most {max} are allowed")]
    TooLarge {
        /// Key or value.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The chain's limit.
        max: u32,
    },
    /// The module is not one that the chain takes.
    #[error("the code is refused: {0}")]
    Code(String),
    /// The actions are not ones that the chain takes.
    #[error(transparent)]
    Actions(#[from] Inadmissible),
}

/// Why there is no block with an edit.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It cannot be made.
    #[error(transparent)]
    Refused(#[from] EditRefusal),
    /// The node is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StateError> for EditError {
    fn from(error: StateError) -> EditError {
        EditError::Fault(error.into())
    }
}

impl Edit {
    /// The account whose waiting transactions it may concern.
    pub fn address(&self) -> Address {
        match self {
            Edit::Balance { address, .. }
            | Edit::Fund { address, .. }
            | Edit::Nonce { address, .. } => *address,
            Edit::Storage { contract, .. } | Edit::Code { contract, .. } => *contract,
            Edit::Act { sender, .. } => *sender,
        }
    }
}

impl BlockExecutor<'_> {
    /// Makes an edit, after the transactions of the block.
    pub fn edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        let change = self.change(edit)?;
        self.edited = self.edited.and(change)?;
        Ok(())
    }

    /// Makes it, and says what it does to the supply.
    fn change(&mut self, edit: &Edit) -> Result<SupplyChange, EditError> {
        match edit {
            Edit::Balance { address, balance } => set_balance(&mut self.state, address, *balance),
            Edit::Fund { address, amount } => {
                let account = self.state.account(address)?.unwrap_or_default();
                let balance = account.balance.saturating_add(*amount);
                set_balance(&mut self.state, address, balance)
            }
            Edit::Nonce { address, nonce } => {
                set_nonce(&mut self.state, address, *nonce)?;
                Ok(SupplyChange::default())
            }
            Edit::Storage {
                contract,
                key,
                value,
            } => self.set_storage(contract, key, value.as_deref()),
            Edit::Code { contract, code } => {
                self.set_code(contract, code)?;
                Ok(SupplyChange::default())
            }
            Edit::Act {
                sender,
                actions,
                gas_limit,
                deposit_max,
            } => self.act_as(sender, actions, *gas_limit, *deposit_max),
        }
    }

    fn set_storage(
        &mut self,
        contract: &Address,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<SupplyChange, EditError> {
        let limits = &self.env.spec.limits;
        at_most("key", key.len(), limits.storage_key_bytes_max)?;
        let value_size = value.map_or(0, <[u8]>::len);
        at_most("value", value_size, limits.storage_value_bytes_max)?;
        let record = self.state.contract(contract)?;
        let mut record = record.ok_or(EditRefusal::NoContract)?;
        let entry = |value: &[u8]| (key.len() as u64).saturating_add(value.len() as u64);
        let before = self.state.storage_get(contract, key)?;
        let before = before.map(|it| entry(&it));
        let after = value.map(entry);
        let locked = record.deposit;
        if before != after {
            // What is locked more or less is nobody's: it comes out of nothing, and goes there.
            deposits::change_entry(&mut record, before, after, &self.env.spec.fees)
                .ok_or(Fault::Invariant("a contract stores more than it counts"))?;
            self.state.set_contract(contract, &record);
        }
        match value {
            Some(value) => self.state.storage_set(contract, key, value),
            None => self.state.storage_remove(contract, key),
        }
        Ok(SupplyChange::between(locked, record.deposit))
    }

    fn set_code(&mut self, contract: &Address, code: &[u8]) -> Result<(), EditError> {
        let record = self.state.contract(contract)?;
        let mut record = record.ok_or(EditRefusal::NoContract)?;
        let hash = CodeHash::of(code);
        if hash == record.code {
            return Ok(());
        }
        self.store_code(&hash, code)?;
        let absent = Fault::Invariant("a contract's code is missing");
        let mut new = self.state.code(&hash)?.ok_or(absent)?;
        let absent = Fault::Invariant("a contract's code is missing");
        let mut old = self.state.code(&record.code)?.ok_or(absent)?;
        old.users = old.users.saturating_sub(1);
        new.users = new.users.saturating_add(1);
        self.state.set_code(&record.code, &old);
        self.state.set_code(&hash, &new);
        record.code = hash;
        record.abi = new.abi;
        self.state.set_contract(contract, &record);
        Ok(())
    }

    /// Stores a module that is not there yet. Nobody paid for it and nobody can remove it.
    fn store_code(&mut self, hash: &CodeHash, code: &[u8]) -> Result<(), EditError> {
        if self.state.code(hash)?.is_some() {
            return Ok(());
        }
        let engine = self.env.engine;
        let refused = |refusal: Refusal| EditRefusal::Code(refusal.to_string());
        engine.measure(code).map_err(refused)?;
        let (abi, module) = engine.accept(code).map_err(refused)?;
        let PreparedModule {
            bytes: instrumented,
            facts,
        } = module;
        let size = |bytes: &[u8]| {
            u32::try_from(bytes.len())
                .map_err(|_| Fault::Invariant("a module is larger than its limit"))
        };
        let record = CodeRecord {
            sha256: sha256(code),
            code_id: 0,
            abi,
            size_bytes: size(code)?,
            instrumented_bytes: size(&instrumented)?,
            uploader: Address::SYSTEM,
            deposit: 0,
            users: 0,
            abi_hash: facts.abi.as_deref().map(argosy_primitives::AbiHash::of),
            capabilities: facts.manifest.capabilities.bits(),
            storage_version: facts.storage_version,
        };
        let blobs = CodeBlobs {
            original: code.into(),
            instrumented: instrumented.into(),
        };
        self.state.add_code(hash, record, blobs)?;
        Ok(())
    }

    fn act_as(
        &mut self,
        sender: &Address,
        actions: &[Action],
        gas_limit: Gas,
        deposit_max: Balance,
    ) -> Result<SupplyChange, EditError> {
        let env = self.env;
        check_shape(actions, 0, env.block.version, env.spec).map_err(EditRefusal::Actions)?;
        let gas_max = env.spec.limits.tx_gas_max;
        if gas_limit > gas_max {
            let refusal = Inadmissible::GasLimitTooHigh { gas_limit, gas_max };
            return Err(EditRefusal::Actions(refusal).into());
        }
        let deposit_max = deposit_max.min(DEPOSIT_MAX);
        let mut scope = TxScope::new(env, &mut self.state, *sender);
        scope.allow_deposit(deposit_max);
        scope.gas_left = gas_limit;
        let acted = act(&mut scope, actions)?;
        let gas_used = gas_limit.saturating_sub(scope.gas_left);
        let deposit = signed_difference(deposit_max, scope.deposit_left)?;
        let TxScope {
            events,
            loaded,
            trace,
            ..
        } = scope;
        let change = settle_deposit(&mut self.state, sender, deposit)?;
        self.gas_used = self.gas_used.saturating_add(gas_used);
        self.loaded.extend(loaded);
        if !acted.outcome.status.is_success() {
            let index = u32::try_from(self.receipts.len()).map_err(|_| TOO_MANY)?;
            self.traces.push((index, trace));
        }
        self.receipts.push(Receipt {
            status: acted.outcome.status,
            action: acted.action,
            data: acted.outcome.data,
            gas_used,
            fee: 0,
            deposit,
            events,
        });
        Ok(change)
    }
}

fn set_balance(
    state: &mut State,
    address: &Address,
    balance: Balance,
) -> Result<SupplyChange, EditError> {
    if balance > EDITED_BALANCE_MAX {
        return Err(EditRefusal::Balance { found: balance }.into());
    }
    let mut account = state.account(address)?.unwrap_or_default();
    let change = SupplyChange::between(account.balance, balance);
    account.balance = balance;
    state.set_account(address, &account);
    Ok(change)
}

fn set_nonce(state: &mut State, address: &Address, nonce: Nonce) -> Result<(), EditError> {
    let mut account = state.account(address)?.unwrap_or_default();
    if nonce < account.nonce {
        let (next, found) = (account.nonce, nonce);
        return Err(EditRefusal::NonceUsed { next, found }.into());
    }
    account.nonce = nonce;
    state.set_account(address, &account);
    Ok(())
}

/// The sender pays what was locked, as far as it can, and gets what came free. What it cannot pay comes out of
/// nothing.
fn settle_deposit(
    state: &mut State,
    sender: &Address,
    deposit: i128,
) -> Result<SupplyChange, Fault> {
    if deposit == 0 {
        return Ok(SupplyChange::default());
    }
    let mut account = state.account(sender)?.unwrap_or_default();
    let (before, moved) = (account.balance, deposit.unsigned_abs());
    let change = match deposit > 0 {
        true => {
            account.balance = before.saturating_sub(moved);
            SupplyChange::between(before - account.balance, moved)
        }
        false => {
            account.balance = before.saturating_add(moved);
            SupplyChange::between(moved, account.balance - before)
        }
    };
    state.set_account(sender, &account);
    Ok(change)
}

fn at_most(what: &'static str, found: usize, max: u32) -> Result<(), EditRefusal> {
    match found > max as usize {
        true => Err(EditRefusal::TooLarge { what, found, max }),
        false => Ok(()),
    }
}
