//! A chain for tests: accounts with keys, blocks that are committed to a store in memory.

use argosy_executor::{ApplyError, BlockContext, BlockExecutor, BlockOutcome, next_base_price};
use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store};
use argosy_primitives::{
    Action, Address, Balance, CodeHash, Gas, Height, Receipt, SecretKey, StatusCode, Transaction,
    VerifiedTransaction,
};
use argosy_spec::{ChainSpec, GenesisAccount};
use argosy_state::{Account, CodeRecord, ContractRecord, State, committed_root};
use argosy_vm_engine::Engine;

use crate::puppet::{Steps, puppet};

/// What every account has at genesis.
pub(crate) const FUNDS: Balance = 1_000_000_000_000_000_000;
/// What transactions may lock unless a test says otherwise.
pub(crate) const DEPOSIT_MAX: Balance = 100_000_000_000_000;
/// Gas limit unless a test says otherwise.
pub(crate) const GAS_LIMIT: Gas = 50_000_000;
pub(crate) const TIP: u64 = 7;

pub(crate) const ALICE: u8 = 1;
pub(crate) const BOB: u8 = 2;
pub(crate) const CAROL: u8 = 3;
/// Has nothing.
pub(crate) const NOBODY: u8 = 99;

/// A chain.
pub(crate) struct Kit {
    pub(crate) spec: ChainSpec,
    /// Runs every frame on both tiers.
    pub(crate) engine: Engine,
    pub(crate) store: MemoryStore,
    pub(crate) height: Height,
    pub(crate) base_price: u64,
    pub(crate) burned: Balance,
}

pub(crate) fn key(who: u8) -> SecretKey {
    SecretKey::generate_from([who; 32])
}

pub(crate) fn address(who: u8) -> Address {
    Address::of_key(&key(who).public())
}

/// Who proposes every block; has an account.
pub(crate) fn proposer() -> Address {
    address(CAROL)
}

impl Kit {
    pub(crate) fn new() -> Kit {
        Kit::with_spec(|_| {})
    }

    pub(crate) fn with_spec(change: impl FnOnce(&mut ChainSpec)) -> Kit {
        let mut spec = ChainSpec::dev();
        let account = |who| GenesisAccount {
            name: None,
            address: address(who),
            balance: FUNDS,
        };
        spec.genesis.accounts = [ALICE, BOB, CAROL].map(account).into();
        change(&mut spec);
        let store = MemoryStore::new();
        let mut state = State::new(store.view());
        for account in &spec.genesis.accounts {
            let balance = account.balance;
            state.set_account(
                &account.address,
                &Account {
                    balance,
                    ..Account::default()
                },
            );
        }
        let given = spec.genesis.accounts.iter().map(|it| it.balance);
        state.set_supply(given.sum());
        let base_price = spec.genesis.base_price;
        let engine = argosy_vm_lab::shadow_engine(&spec);
        let kit = Kit {
            spec,
            engine,
            store,
            height: 0,
            base_price,
            burned: 0,
        };
        kit.commit(state.into_delta().unwrap());
        kit
    }

    pub(crate) fn state(&self) -> State {
        State::new(self.store.view())
    }

    pub(crate) fn context(&self) -> BlockContext {
        BlockContext {
            chain: self.spec.genesis_hash(),
            version: self.spec.protocol.genesis_version,
            height: self.height + 1,
            time_ms: 1_000 * (self.height + 1),
            proposer: proposer(),
            base_price: self.base_price,
        }
    }

    pub(crate) fn executor(&self) -> BlockExecutor<'_> {
        BlockExecutor::begin(self.state(), self.context(), &self.spec, &self.engine).unwrap()
    }

    /// An unsigned transaction that is admissible now, if its signer can pay.
    pub(crate) fn draft(&self, who: u8, actions: Vec<Action>) -> Transaction {
        let account = self
            .state()
            .account(&address(who))
            .unwrap()
            .unwrap_or_default();
        Transaction {
            chain: self.spec.genesis_hash(),
            signer: key(who).public(),
            nonce: account.nonce,
            valid_until: self.height + 10,
            gas_limit: GAS_LIMIT,
            max_gas_price: self.base_price + TIP,
            tip: TIP,
            deposit_max: DEPOSIT_MAX,
            actions,
        }
    }

    /// Executes and commits one block.
    pub(crate) fn block(&mut self, txs: &[VerifiedTransaction]) -> BlockOutcome {
        let mut executor = self.executor();
        for tx in txs {
            executor.apply(tx).unwrap();
        }
        let outcome = executor.finish().unwrap();
        let gas_max = self.spec.limits.block_gas_max;
        let next = next_base_price(self.base_price, outcome.gas_used, gas_max, &self.spec.fees);
        self.height += 1;
        self.commit(outcome.delta.clone());
        self.base_price = next;
        self.burned += outcome.burned;
        outcome
    }

    fn commit(&self, delta: argosy_state::StateDelta) {
        let mut batch = Batch::new();
        delta.write_to(self.height, &mut batch);
        self.store.commit(batch, Durability::Buffered).unwrap();
        assert_eq!(committed_root(&*self.store.view()).unwrap(), delta.root());
    }

    /// What no contract did: it keeps a value under a key, its record left as it is.
    pub(crate) fn set_storage(&mut self, contract: &Address, key: &[u8], value: &[u8]) {
        let mut state = self.state();
        state.storage_set(contract, key, value);
        self.height += 1;
        self.commit(state.into_delta().unwrap());
    }

    /// A block with one transaction.
    pub(crate) fn run(&mut self, who: u8, actions: Vec<Action>) -> Receipt {
        let draft = self.draft(who, actions);
        self.run_draft(who, draft)
    }

    pub(crate) fn run_draft(&mut self, who: u8, draft: Transaction) -> Receipt {
        let tx = sign(who, draft);
        self.block(&[tx]).receipts.remove(0)
    }

    /// As [`Kit::run`], and the transaction must succeed.
    #[track_caller]
    pub(crate) fn must(&mut self, who: u8, action: Action) -> Receipt {
        let receipt = self.run(who, vec![action]);
        assert_eq!(receipt.status, StatusCode::Success, "{receipt:?}");
        receipt
    }

    /// Tries a transaction on the next block without committing it.
    pub(crate) fn try_draft(&self, who: u8, draft: Transaction) -> Result<Receipt, ApplyError> {
        self.executor().apply(&sign(who, draft)).cloned()
    }

    #[track_caller]
    pub(crate) fn store_code(&mut self, who: u8, code: Vec<u8>) -> CodeHash {
        let receipt = self.must(who, Action::StoreCode { code });
        CodeHash::from_bytes(receipt.data.try_into().unwrap())
    }

    #[track_caller]
    pub(crate) fn instantiate(
        &mut self,
        who: u8,
        code: CodeHash,
        salt: u8,
        funds: Balance,
    ) -> Address {
        let action = Action::Instantiate {
            code,
            salt: [salt; 32],
            admin: Some(address(who)),
            funds,
            message: Vec::new(),
        };
        let receipt = self.must(who, action);
        Address::from_bytes(receipt.data[..32].try_into().unwrap())
    }

    /// `count` puppets of alice's with funds.
    pub(crate) fn puppets(&mut self, count: u8) -> (CodeHash, Vec<Address>) {
        let code = self.store_code(ALICE, puppet());
        let contracts = (0..count).map(|salt| self.instantiate(ALICE, code, salt, 1_000_000));
        (code, contracts.collect())
    }

    pub(crate) fn account(&self, who: &Address) -> Account {
        self.state().account(who).unwrap().unwrap_or_default()
    }

    pub(crate) fn contract(&self, contract: &Address) -> ContractRecord {
        self.state().contract(contract).unwrap().unwrap()
    }

    pub(crate) fn code(&self, code: &CodeHash) -> CodeRecord {
        self.state().code(code).unwrap().unwrap()
    }

    /// What the state says of the supply, which must be every balance and every deposit in the store.
    #[track_caller]
    pub(crate) fn kept_supply(&self) -> Balance {
        let kept = self.state().supply().unwrap();
        assert_eq!(kept, self.supply(), "the state keeps another sum");
        kept
    }

    /// Every balance and every deposit in the store.
    pub(crate) fn supply(&self) -> Balance {
        let view = self.store.view();
        let mut supply = 0;
        for entry in view.range(Column::State, KeyRange::all(), Direction::Ascending) {
            let (key, value) = entry.unwrap();
            supply += match (key[32], key.get(33)) {
                (0, _) => {
                    let account = Account::from_value(&value).unwrap();
                    account.balance + account.deposit
                }
                (1, _) => ContractRecord::from_value(&value).unwrap().deposit,
                (3, Some(0)) => CodeRecord::from_value(&value).unwrap().deposit,
                _ => 0,
            };
        }
        supply
    }
}

pub(crate) fn sign(who: u8, draft: Transaction) -> VerifiedTransaction {
    draft.sign(&key(who)).verify().unwrap()
}

pub(crate) fn transfer(to: &Address, amount: Balance) -> Action {
    Action::Transfer { to: *to, amount }
}

pub(crate) fn call(contract: &Address, steps: Steps) -> Action {
    Action::Call {
        contract: *contract,
        funds: 0,
        message: steps.bytes(),
        abi_hash: None,
    }
}

/// What the puppet returned: statuses, numbers and registers, read in the order they were written.
pub(crate) struct Returned(std::collections::VecDeque<u8>);

impl Returned {
    pub(crate) fn of(data: &[u8]) -> Returned {
        Returned(data.iter().copied().collect())
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        self.0.drain(..count).collect()
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes(8).try_into().unwrap())
    }

    pub(crate) fn u128(&mut self) -> u128 {
        u128::from_le_bytes(self.bytes(16).try_into().unwrap())
    }

    pub(crate) fn address(&mut self) -> Address {
        Address::from_bytes(self.bytes(32).try_into().unwrap())
    }

    pub(crate) fn status(&mut self) -> StatusCode {
        StatusCode::from_u8(self.bytes(1)[0]).unwrap()
    }

    pub(crate) fn register(&mut self) -> Vec<u8> {
        let len = u32::from_le_bytes(self.bytes(4).try_into().unwrap());
        self.bytes(len as usize)
    }
}
