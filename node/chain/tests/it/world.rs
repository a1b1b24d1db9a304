//! A small world for the tests: a spec with known keys, transactions, two chains.

use std::sync::Arc;

use argosy_chain::{BuildRequest, Candidates, Chain, Committed};
use argosy_kv::MemoryStore;
use argosy_primitives::{
    Action, Address, GenesisHash, Height, Nonce, SecretKey, Transaction, VerifiedTransaction,
};
use argosy_spec::{ChainSpec, GenesisAccount};

pub(crate) const TIME_MS: u64 = 1_800_000_000_000;

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::generate_from([number; 32])
}

pub(crate) fn address(number: u8) -> Address {
    Address::of_key(&key(number).public())
}

/// The dev spec with accounts 1 to 3 in place of the well-known ones, and validator 9.
pub(crate) fn spec() -> ChainSpec {
    let mut spec = ChainSpec::dev();
    let account = |number: u8| GenesisAccount {
        name: None,
        address: address(number),
        balance: 1_000_000_000_000_000_000,
    };
    spec.genesis.accounts = vec![account(1), account(2), account(3)];
    spec.genesis.validators.truncate(1);
    spec.genesis.validators[0].key = key(9).public();
    spec
}

pub(crate) fn open(spec: &ChainSpec) -> Chain {
    Chain::open(Arc::new(MemoryStore::new()), Arc::new(spec.clone())).unwrap()
}

/// A signed transaction of account `from`, for one of the first hundred blocks.
pub(crate) fn tx(
    chain: GenesisHash,
    from: u8,
    nonce: Nonce,
    actions: Vec<Action>,
) -> Arc<VerifiedTransaction> {
    tx_until(100, chain, from, nonce, actions)
}

fn tx_until(
    valid_until: Height,
    chain: GenesisHash,
    from: u8,
    nonce: Nonce,
    actions: Vec<Action>,
) -> Arc<VerifiedTransaction> {
    let transaction = Transaction {
        chain,
        signer: key(from).public(),
        nonce,
        valid_until,
        gas_limit: 20_000_000,
        max_gas_price: 10_000,
        tip: 5,
        deposit_max: 1_000_000_000_000_000,
        actions,
    };
    Arc::new(transaction.sign(&key(from)).verify().unwrap())
}

pub(crate) fn transfer(
    chain: &Chain,
    from: u8,
    nonce: Nonce,
    to: u8,
    amount: u128,
) -> Arc<VerifiedTransaction> {
    let to = address(to);
    next_tx(chain, from, nonce, Action::Transfer { to, amount })
}

/// A signed transaction for one of the next hundred blocks.
pub(crate) fn next_tx(
    chain: &Chain,
    from: u8,
    nonce: Nonce,
    action: Action,
) -> Arc<VerifiedTransaction> {
    let (genesis, head) = (chain.view().genesis_hash(), chain.head().header.height);
    tx_until(head + 100, genesis, from, nonce, vec![action])
}

/// Transactions in the order given.
pub(crate) struct InOrder(pub(crate) Vec<Arc<VerifiedTransaction>>);

impl Candidates for InOrder {
    fn peek(&mut self) -> Option<Arc<VerifiedTransaction>> {
        self.0.first().cloned()
    }

    fn take(&mut self) {
        self.0.remove(0);
    }

    fn leave(&mut self) {
        self.0.remove(0);
    }
}

pub(crate) fn request(chain: &Chain) -> BuildRequest {
    let now_ms = TIME_MS + chain.head().header.height * 1_000;
    BuildRequest {
        now_ms,
        proposer: address(9),
        round: 0,
        txs_max: 1_000,
        evidence: Vec::new(),
    }
}

/// Builds and commits one block.
pub(crate) fn block(chain: &mut Chain, txs: Vec<Arc<VerifiedTransaction>>) -> Committed {
    let built = chain.build(request(chain), &mut InOrder(txs)).unwrap();
    assert_eq!(built.refused, []);
    chain.commit(built.candidate).unwrap()
}
