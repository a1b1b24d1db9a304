//! The chain of a test: people, time, contracts, and blocks of one transaction each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_chain::{
    Ask, BuildRequest, Candidates, Chain, ChainError, ChainView, Edit, Engine, Location, Moment,
    QueryOutcome, QueryRequest, Trace, validator_set,
};
use argosy_kv::MemoryStore;
use argosy_primitives::{
    AbiKind, Action, Address, Balance, CodeHash, Header, Height, Hrp, Receipt, SecretKey,
    TimestampMs, Transaction, VerifiedTransaction, blake3,
};
use argosy_spec::ChainSpec;
use argosy_values::{Args, Codec};
use argosy_vm_abi::schema::MessageKind;
use serde_json::Value;

use crate::contract::{Contract, Deploy, abi_of};
use crate::error::WorldError;
use crate::gas::GasTable;
use crate::outcome::{Asked, Outcome};
use crate::report::Recorder;

/// What a new person owns: far more than any test spends.
const RICHES: Balance = 1 << 90;
/// Most that a transaction may lock as deposits.
const DEPOSIT_MAX: Balance = 1 << 80;
/// Between two blocks lies a second, unless a test says otherwise.
const BLOCK_MS: u64 = 1_000;

/// The chain of one test.
pub struct World {
    chain: Chain,
    proposer: Address,
    now_ms: TimestampMs,
    known: Known,
    gas: GasTable,
    /// Hears of questions, too, which change nothing.
    recorder: RefCell<Recorder>,
}

/// Who and what there is, as long as the chain has it.
#[derive(Clone, Default)]
struct Known {
    people: BTreeMap<String, Person>,
    /// By address.
    contracts: BTreeMap<Address, Contract>,
    /// People and contracts by name, for arguments.
    names: BTreeMap<String, Address>,
    /// Tells contracts of one creator and code apart.
    salts: u64,
}

/// Somebody who signs.
#[derive(Clone, Debug)]
pub struct Person {
    name: String,
    key: SecretKey,
    address: Address,
}

/// A moment of a world, to go back to.
#[derive(Clone)]
pub struct Mark {
    moment: Moment,
    now_ms: TimestampMs,
    known: Known,
}

impl Person {
    /// What they are called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Their account.
    pub fn address(&self) -> Address {
        self.address
    }
}

impl World {
    /// A chain by the rules of the dev chain.
    pub fn new() -> Result<World, WorldError> {
        World::of(ChainSpec::dev())
    }

    /// A chain by these rules; one validator must decide alone.
    pub fn of(spec: ChainSpec) -> Result<World, WorldError> {
        let engine = Arc::new(Engine::new(&spec));
        World::with_engine(spec, engine)
    }

    /// As [`World::of`], whose contracts an engine of the caller's runs, made for the same spec: compiled, for
    /// example.
    pub fn with_engine(spec: ChainSpec, engine: Arc<Engine>) -> Result<World, WorldError> {
        let chain = Chain::open_dev_with(Arc::new(MemoryStore::new()), Arc::new(spec), engine)?;
        World::on(chain)
    }

    /// On a development chain that is there already, such as one over the state of a chain that runs
    /// (`argosy_fork::Fork`): its contracts are found by [`World::find`].
    pub fn on(chain: Chain) -> Result<World, WorldError> {
        let validators = validator_set(chain.spec());
        let proposer = validators.0.first().map(|it| it.address);
        let proposer = proposer.ok_or(WorldError::NoValidator)?;
        let now_ms = chain.head().header.time_ms;
        Ok(World {
            chain,
            proposer,
            now_ms,
            known: Known::default(),
            gas: GasTable::default(),
            recorder: RefCell::new(Recorder::of_environment()),
        })
    }

    /// Somebody of a name, who is rich when they are first asked for. The same name is the same person.
    pub fn person(&mut self, name: &str) -> Result<Person, WorldError> {
        if let Some(known) = self.known.people.get(name) {
            return Ok(known.clone());
        }
        let key = SecretKey::generate_from(blake3(name.as_bytes()));
        let address = Address::of_key(&key.public());
        let person = Person {
            name: name.to_owned(),
            key,
            address,
        };
        self.set_balance(address, RICHES)?;
        self.known.names.insert(name.to_owned(), address);
        self.known.people.insert(name.to_owned(), person.clone());
        Ok(person)
    }

    /// What an address owns, deposits not counted.
    pub fn balance(&self, address: Address) -> Result<Balance, WorldError> {
        let account = self.chain.view().account(&address)?;
        Ok(account.unwrap_or_default().balance)
    }

    /// Gives an address so much, out of nothing or into it.
    pub fn set_balance(&mut self, address: Address, balance: Balance) -> Result<(), WorldError> {
        let edit = Edit::Balance { address, balance };
        self.chain.edit(self.now_ms, self.proposer, &[edit])?;
        Ok(())
    }

    /// The header of the last block, which binds all that happened so far: transactions, receipts, state.
    pub fn header(&self) -> &Header {
        &self.chain.head().header
    }

    /// The height of the last block.
    pub fn height(&self) -> Height {
        self.chain.head().header.height
    }

    /// The time of the last block.
    pub fn time(&self) -> TimestampMs {
        self.chain.head().header.time_ms
    }

    /// Lets time pass, and makes a block at its end.
    pub fn pass(&mut self, by_ms: u64) -> Result<(), WorldError> {
        self.now_ms = self.now_ms.saturating_add(by_ms);
        self.block(None)?;
        Ok(())
    }

    /// This moment.
    pub fn mark(&self) -> Result<Mark, WorldError> {
        Ok(Mark {
            moment: self.chain.moment()?,
            now_ms: self.now_ms,
            known: self.known.clone(),
        })
    }

    /// Goes back: as if nothing had happened since. Who was first asked for since is nobody again, and
    /// contracts have the words that they had. What methods cost stays counted.
    pub fn back(&mut self, mark: &Mark) -> Result<(), WorldError> {
        self.chain.restore(&mark.moment)?;
        self.now_ms = mark.now_ms;
        self.known = mark.known.clone();
        Ok(())
    }

    /// Creates a contract by a method of its `#[init]`; a contract that refuses is an error.
    pub fn deploy(
        &mut self,
        by: &Person,
        wasm: &[u8],
        method: &str,
        args: Value,
    ) -> Result<Contract, WorldError> {
        let (contract, outcome) = self.deploy_with(by, wasm, Deploy::default(), method, args)?;
        contract.ok_or_else(|| WorldError::Refused(outcome.to_string()))
    }

    /// The same with funds or an admin, and what came of it: no contract if it failed.
    pub fn deploy_with(
        &mut self,
        by: &Person,
        wasm: &[u8],
        deploy: Deploy,
        method: &str,
        args: Value,
    ) -> Result<(Option<Contract>, Outcome), WorldError> {
        let (abi, code) = (Arc::new(abi_of(wasm)?), CodeHash::of(wasm));
        let salt = self.next_salt();
        let address = Address::of_contract(AbiKind::Native, &by.address, &salt, &code);
        let contract = Contract::new(self.free_name(&abi), address, abi);
        let message = self.message(&contract, MessageKind::Init, method, &args)?;
        self.recorder.get_mut().know(contract.title(), wasm);
        let create = Action::Instantiate {
            code,
            salt,
            admin: deploy.admin,
            funds: deploy.funds,
            message,
        };
        let actions = self.upload(wasm)?.into_iter().chain([create]).collect();
        let outcome = self.send(by, actions, &contract, (MessageKind::Init, method))?;
        if !outcome.is_success() {
            return Ok((None, outcome));
        }
        self.remember(&contract);
        Ok((Some(contract), outcome))
    }

    /// A contract that is on the chain already, with the words of its code; `None`: there is none at that address.
    pub fn find(&mut self, address: Address) -> Result<Option<Contract>, WorldError> {
        if let Some(known) = self.known.contracts.get(&address) {
            return Ok(Some(known.clone()));
        }
        let view = self.chain.view();
        let Some(record) = view.contract(&address)? else {
            return Ok(None);
        };
        let Some(wasm) = view.code_bytes(&record.code)? else {
            return Ok(None);
        };
        let abi = Arc::new(abi_of(&wasm)?);
        let contract = Contract::new(self.free_name(&abi), address, abi);
        self.recorder.get_mut().know(contract.title(), &wasm);
        self.remember(&contract);
        Ok(Some(contract))
    }

    /// Calls a method.
    pub fn call(
        &mut self,
        by: &Person,
        contract: &Contract,
        method: &str,
        args: Value,
    ) -> Result<Outcome, WorldError> {
        self.pay(by, contract, 0, method, args)
    }

    /// Calls a method and sends native tokens along.
    pub fn pay(
        &mut self,
        by: &Person,
        contract: &Contract,
        funds: Balance,
        method: &str,
        args: Value,
    ) -> Result<Outcome, WorldError> {
        let message = self.message(contract, MessageKind::Call, method, &args)?;
        let call = Action::Call {
            contract: contract.address(),
            funds,
            message,
            abi_hash: None,
        };
        self.send(by, vec![call], contract, (MessageKind::Call, method))
    }

    /// Gives a contract other code, whose `#[upgrade]` method takes the state over. The contract with the
    /// words of its new code, if it succeeded.
    pub fn upgrade(
        &mut self,
        by: &Person,
        contract: &Contract,
        wasm: &[u8],
        method: &str,
        args: Value,
    ) -> Result<(Option<Contract>, Outcome), WorldError> {
        let upgraded = contract.with_abi(Arc::new(abi_of(wasm)?));
        let message = self.message(&upgraded, MessageKind::Upgrade, method, &args)?;
        self.recorder.get_mut().know(upgraded.title(), wasm);
        let upgrade = Action::Upgrade {
            contract: contract.address(),
            code: CodeHash::of(wasm),
            message,
        };
        let actions = self.upload(wasm)?.into_iter().chain([upgrade]).collect();
        let outcome = self.send(by, actions, &upgraded, (MessageKind::Upgrade, method))?;
        if !outcome.is_success() {
            return Ok((None, outcome));
        }
        self.remember(&upgraded);
        Ok((Some(upgraded), outcome))
    }

    /// Asks a contract, in nobody's name.
    pub fn query(
        &self,
        contract: &Contract,
        method: &str,
        args: Value,
    ) -> Result<Value, WorldError> {
        self.query_as(Address::from_bytes([0; 32]), contract, method, args)
    }

    /// Asks a contract in somebody's name; what it refuses is an error.
    pub fn query_as(
        &self,
        caller: Address,
        contract: &Contract,
        method: &str,
        args: Value,
    ) -> Result<Value, WorldError> {
        let kind = MessageKind::Query;
        let message = self.message(contract, kind, method, &args)?;
        let answer = self.answer(&QueryRequest {
            contract: contract.address(),
            caller,
            funds: 0,
            message: &message,
            gas_max: self.chain.spec().limits.tx_gas_max,
        })?;
        let codec = Codec::new(contract.abi(), self.hrp());
        if !answer.status.is_success() {
            let (status, name) = (answer.status, contract.name());
            let why = codec.decode_revert(Some((kind, method)), &answer.data);
            return Err(WorldError::Refused(format!(
                "{name}.{method}: {status}: {why}"
            )));
        }
        let value = codec.decode_return(kind, method, &answer.data);
        let value = value.map_err(|source| WorldError::Answer {
            contract: contract.name().to_owned(),
            method: method.to_owned(),
            source: Box::new(source),
        })?;
        Ok(value.to_json())
    }

    /// What a contract keeps under a key, as it is.
    pub fn storage(&self, contract: &Contract, key: &[u8]) -> Result<Option<Vec<u8>>, WorldError> {
        let value = self.chain.view().storage(&contract.address(), key)?;
        Ok(value.map(|it| it.to_vec()))
    }

    /// What methods have cost so far.
    pub fn gas(&self) -> &GasTable {
        &self.gas
    }

    /// How addresses are written here.
    pub fn hrp(&self) -> Hrp {
        self.chain.spec().network.hrp
    }

    fn message(
        &self,
        contract: &Contract,
        kind: MessageKind,
        method: &str,
        args: &Value,
    ) -> Result<Vec<u8>, WorldError> {
        let codec = Codec::new(contract.abi(), self.hrp()).with_names(&self.known.names);
        let message = codec.encode_call(kind, method, Args::Json(args));
        message.map_err(|source| WorldError::Message {
            contract: contract.name().to_owned(),
            method: method.to_owned(),
            source: Box::new(source),
        })
    }

    /// What a contract answers, listened to if somebody wants to know what ran.
    fn answer(&self, request: &QueryRequest<'_>) -> Result<QueryOutcome, ChainError> {
        let view = self.chain.view();
        if !self.recorder.borrow().wants_coverage() {
            return view.query(request);
        }
        let (outcome, profile) = view.query_profiled(request)?;
        self.recorder.borrow_mut().ran(&profile);
        Ok(outcome)
    }

    /// The module, unless the chain has it.
    fn upload(&self, wasm: &[u8]) -> Result<Option<Action>, WorldError> {
        let is_there = self.chain.view().code(&CodeHash::of(wasm))?.is_some();
        Ok((!is_there).then(|| Action::StoreCode {
            code: wasm.to_vec(),
        }))
    }

    fn next_salt(&mut self) -> [u8; 32] {
        self.known.salts = self.known.salts.saturating_add(1);
        blake3(&self.known.salts.to_le_bytes())
    }

    /// What the ABI says, with a number if somebody is called so already.
    fn free_name(&self, abi: &argosy_vm_abi::Abi) -> String {
        let name = abi
            .contract
            .as_ref()
            .map_or("contract", |it| it.name.as_str());
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        let free = names.find(|it| !self.known.names.contains_key(it));
        free.unwrap_or_else(|| name.to_owned())
    }

    fn remember(&mut self, contract: &Contract) {
        let address = contract.address();
        self.known.names.insert(contract.name().to_owned(), address);
        self.known.contracts.insert(address, contract.clone());
    }

    /// A block with one transaction, and what came of it.
    fn send(
        &mut self,
        by: &Person,
        actions: Vec<Action>,
        contract: &Contract,
        (kind, method): (MessageKind, &str),
    ) -> Result<Outcome, WorldError> {
        let tx = self.signed(by, actions)?;
        let Some(done) = self.block(Some(Arc::new(tx.clone())))? else {
            return Err(match self.chain.view().check(&tx)? {
                Err(reason) => WorldError::Inadmissible {
                    person: by.name.clone(),
                    reason,
                },
                Ok(()) => WorldError::TooLarge {
                    person: by.name.clone(),
                },
            });
        };
        let known = |address: &Address| match *address == contract.address() {
            true => Some(contract.clone()),
            false => self.known.contracts.get(address).cloned(),
        };
        let asked = Asked {
            contract,
            kind,
            method,
        };
        let outcome = Outcome::read(&asked, done, &known, self.hrp());
        let what = format!("{}.{method}", contract.name());
        self.gas.add(what, outcome.gas(), outcome.is_success());
        self.record(contract, method, &outcome)?;
        Ok(outcome)
    }

    /// Tells the recorder of the transaction in the last block.
    fn record(
        &mut self,
        contract: &Contract,
        method: &str,
        outcome: &Outcome,
    ) -> Result<(), WorldError> {
        let recorder = self.recorder.get_mut();
        let gas = outcome.is_success().then(|| outcome.gas());
        recorder.called(contract.title(), method, gas);
        if recorder.wants_coverage() {
            let view = self.chain.view();
            let at = Location {
                height: view.head().header.height,
                index: 0,
            };
            recorder.ran(&view.retrace(at, Ask::Profile, || true)?.profile);
        }
        Ok(())
    }

    fn signed(&self, by: &Person, actions: Vec<Action>) -> Result<VerifiedTransaction, WorldError> {
        let view = self.chain.view();
        let account = view.account(&by.address)?.unwrap_or_default();
        let transaction = Transaction {
            chain: view.genesis_hash(),
            signer: by.key.public(),
            nonce: account.nonce,
            valid_until: view.head().header.height.saturating_add(10),
            gas_limit: view.spec().limits.tx_gas_max,
            max_gas_price: u64::MAX,
            tip: 0,
            deposit_max: DEPOSIT_MAX,
            actions,
        };
        let verified = transaction.sign(&by.key).verify();
        Ok(verified.expect("signed just now, with one action or two"))
    }

    /// Makes the next block; what came of the transaction, or `None` if it was left out.
    fn block(
        &mut self,
        tx: Option<Arc<VerifiedTransaction>>,
    ) -> Result<Option<(Receipt, Trace)>, WorldError> {
        let request = BuildRequest {
            now_ms: self.now_ms,
            proposer: self.proposer,
            round: 0,
            txs_max: 1,
            evidence: Vec::new(),
        };
        let built = self.chain.build(request, &mut One(tx))?;
        if built.candidate.block().body.transactions.is_empty() && !built.refused.is_empty() {
            return Ok(None);
        }
        let committed = self.chain.commit(built.candidate)?;
        self.now_ms = self.now_ms.saturating_add(BLOCK_MS);
        match committed.transactions.is_empty() {
            true => Ok(None),
            false => Ok(Some(first(&committed.view, &committed.receipts)?)),
        }
    }
}

/// The receipt and the trace of a block's first transaction.
fn first(view: &ChainView, receipts: &[Receipt]) -> Result<(Receipt, Trace), ChainError> {
    let at = Location {
        height: view.head().header.height,
        index: 0,
    };
    let receipt = receipts.first().cloned();
    let receipt = receipt.expect("a block has a receipt for each transaction");
    Ok((receipt, view.trace(at)?.unwrap_or_default()))
}

/// One transaction, or none.
struct One(Option<Arc<VerifiedTransaction>>);

impl Candidates for One {
    fn peek(&mut self) -> Option<Arc<VerifiedTransaction>> {
        self.0.clone()
    }

    fn take(&mut self) {
        self.0 = None;
    }

    fn leave(&mut self) {
        self.0 = None;
    }
}
