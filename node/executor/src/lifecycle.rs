//! Creating and upgrading contracts, for actions and for contracts alike.
//!
//! Invariant: a contract's code counts it as a user; both change only together with the contract's
//! own `init` or `upgrade`, or not at all.
//! Not here: who may upgrade (`actions` asks the admin, the adapter the manifest).

use argosy_primitives::{Address, Balance, CodeHash, Gas, StatusCode, blake3};
use argosy_state::ContractRecord;
use argosy_vm_abi::Entry;
use argosy_vm_host::{CallOutcome, InstantiateOutcome, MigrationFacts, Place};
use parity_scale_codec::Encode;

use crate::error::Fault;
use crate::frame::{Call, Frame, refused};
use crate::scope::{Halt, Step, TxScope};
use crate::system_event::SystemEvent;

/// A contract to create.
pub(crate) struct Creation<'b> {
    pub(crate) creator: Address,
    pub(crate) code: CodeHash,
    pub(crate) place: Place,
    pub(crate) admin: Option<Address>,
    pub(crate) funds: Balance,
    pub(crate) input: &'b [u8],
    pub(crate) gas: Gas,
}

/// Other code for a contract.
pub(crate) struct Upgrade<'b> {
    pub(crate) caller: Address,
    pub(crate) contract: Address,
    pub(crate) code: CodeHash,
    pub(crate) input: &'b [u8],
    pub(crate) gas: Gas,
}

impl TxScope<'_> {
    /// Creates a contract and runs its `init`; if that fails, there is no contract.
    pub(crate) fn instantiate(
        &mut self,
        creation: Creation<'_>,
    ) -> Result<InstantiateOutcome, Fault> {
        let mark = self.mark();
        let (address, outcome) = match self.register(&creation) {
            Ok(address) => (Some(address), self.init(address, creation)?),
            Err(Halt::Failed(status)) => (None, refused(status)),
            Err(Halt::Fault(fault)) => return Err(fault),
        };
        if outcome.status.is_success() {
            self.keep(mark);
            return Ok(InstantiateOutcome { address, outcome });
        }
        self.rollback(mark);
        Ok(InstantiateOutcome {
            address: None,
            outcome,
        })
    }

    /// Writes the contract's record. Its account may be there already: funds may be sent ahead.
    fn register(&mut self, creation: &Creation<'_>) -> Step<Address> {
        let Creation {
            creator,
            code,
            place,
            admin,
            ..
        } = creation;
        let mut code_record = self.state.code(code)?.ok_or(StatusCode::CodeNotFound)?;
        let by_salt = |salt: &[u8; 32]| Address::of_contract(code_record.abi, creator, salt, code);
        let contract = match place {
            Place::Salted(salt) => by_salt(salt),
            Place::Fresh => by_salt(&self.fresh_salt()?),
            Place::At(address) => *address,
        };
        if self.state.contract(&contract)?.is_some() {
            return Err(StatusCode::AlreadyExists.into());
        }
        self.account_or_new(&contract)?;
        code_record.users = code_record.users.checked_add(1).ok_or(TOO_MANY_USERS)?;
        self.state.set_code(code, &code_record);
        self.state.set_contract(
            &contract,
            &ContractRecord {
                abi: code_record.abi,
                code: *code,
                admin: *admin,
                creator: *creator,
                deposit: 0,
                storage_bytes: 0,
                storage_items: 0,
                created_at: self.env.block.height,
            },
        );
        let (code, creator, admin) = (*code, *creator, *admin);
        self.announce(SystemEvent::ContractCreated {
            contract,
            code,
            creator,
            admin,
        })?;
        Ok(contract)
    }

    /// A salt that no other creation has: of this block, this signer's transaction in it, and the
    /// number of such creations before.
    fn fresh_salt(&mut self) -> Result<[u8; 32], Fault> {
        let account = self.state.account(&self.signer)?.unwrap_or_default();
        let number = self.creations;
        self.creations = number.checked_add(1).ok_or(TOO_MANY_CREATIONS)?;
        let height = self.env.block.height;
        let parts = (FRESH_SALT, height, self.signer, account.nonce, number);
        Ok(blake3(&parts.encode()))
    }

    fn init(&mut self, contract: Address, creation: Creation<'_>) -> Result<CallOutcome, Fault> {
        let call = Call {
            caller: creation.creator,
            to: contract,
            funds: creation.funds,
            input: creation.input,
            gas: creation.gas,
            read_only: false,
        };
        self.run(&Frame {
            call,
            code: creation.code,
            entry: Entry::Init,
        })
    }

    /// Gives a contract other code and runs that code's `upgrade`; if that fails, nothing changes.
    /// Frames of the contract that are running go on with the code they began with.
    pub(crate) fn upgrade(&mut self, upgrade: Upgrade<'_>) -> Result<CallOutcome, Fault> {
        let mark = self.mark();
        let outcome = match self.replace_code(&upgrade) {
            Ok(migration) => self.migrate(upgrade, migration)?,
            Err(Halt::Failed(status)) => refused(status),
            Err(Halt::Fault(fault)) => return Err(fault),
        };
        if outcome.status.is_success() {
            self.keep(mark);
        } else {
            self.rollback(mark);
        }
        Ok(outcome)
    }

    /// The versions of the contract's storage that the codes expect.
    fn replace_code(&mut self, upgrade: &Upgrade<'_>) -> Step<MigrationFacts> {
        let Upgrade { contract, code, .. } = upgrade;
        let record = self
            .state
            .contract(contract)?
            .ok_or(StatusCode::ContractNotFound)?;
        // Frozen is frozen: without an admin nobody changes it, itself included.
        if record.admin.is_none() {
            return Err(StatusCode::Unauthorized.into());
        }
        let mut new = self.state.code(code)?.ok_or(StatusCode::CodeNotFound)?;
        if new.abi != record.abi {
            return Err(StatusCode::AbiMismatch.into());
        }
        let old = self.state.code(&record.code)?;
        let mut old = old.ok_or(Fault::Invariant("a contract runs code that is not stored"))?;
        let migration = MigrationFacts {
            old: old.storage_version,
            new: new.storage_version,
        };
        if record.code != *code {
            old.users = old.users.checked_sub(1).ok_or(TOO_FEW_USERS)?;
            new.users = new.users.checked_add(1).ok_or(TOO_MANY_USERS)?;
            self.state.set_code(&record.code, &old);
            self.state.set_code(code, &new);
        }
        self.state.set_contract(
            contract,
            &ContractRecord {
                code: *code,
                ..record
            },
        );
        let (contract, from, to) = (*contract, record.code, *code);
        self.announce(SystemEvent::ContractUpgraded { contract, from, to })?;
        Ok(migration)
    }

    /// Hands a contract over, or freezes it. Who may is the caller's to know.
    pub(crate) fn set_admin(&mut self, contract: &Address, admin: Option<Address>) -> Step<()> {
        let record = self.state.contract(contract)?;
        let record = record.ok_or(StatusCode::ContractNotFound)?;
        self.announce(SystemEvent::AdminChanged {
            contract: *contract,
            admin,
        })?;
        self.state
            .set_contract(contract, &ContractRecord { admin, ..record });
        Ok(())
    }

    fn migrate(
        &mut self,
        upgrade: Upgrade<'_>,
        migration: MigrationFacts,
    ) -> Result<CallOutcome, Fault> {
        let call = Call {
            caller: upgrade.caller,
            to: upgrade.contract,
            funds: 0,
            input: upgrade.input,
            gas: upgrade.gas,
            read_only: false,
        };
        self.migrations.push(migration);
        let outcome = self.run(&Frame {
            call,
            code: upgrade.code,
            entry: Entry::Upgrade,
        });
        self.migrations.pop();
        outcome
    }
}

/// What sets these hashes apart from all others.
const FRESH_SALT: &[u8] = b"argosy:fresh-salt";

const TOO_MANY_CREATIONS: Fault =
    Fault::Invariant("a transaction creates more contracts than can be counted");
const TOO_MANY_USERS: Fault = Fault::Invariant("a code has more users than can be counted");
const TOO_FEW_USERS: Fault = Fault::Invariant("a code has fewer users than contracts run it");
