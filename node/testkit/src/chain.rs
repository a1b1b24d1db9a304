//! The chain that is simulated: small and fast, with keys that everybody knows.

use std::sync::Arc;

use argosy_chain::ChainView;
use argosy_primitives::{Action, Address, Nonce, SecretKey, Transaction, VerifiedTransaction};
use argosy_spec::{Agreement, ChainSpec, GenesisAccount, GenesisValidator};

use crate::plan::NODES;

/// Accounts that send to each other.
pub(crate) const ACCOUNTS: usize = 6;
/// More than a part of a block carries.
const UPLOAD_BYTES: usize = 150_000;

/// The key of a validator.
pub(crate) fn validator_key(index: usize) -> SecretKey {
    SecretKey::generate_from([u8::try_from(index).unwrap_or(0) + 1; 32])
}

/// The key of an account.
fn account_key(index: usize) -> SecretKey {
    SecretKey::generate_from([u8::try_from(index).unwrap_or(0) + 101; 32])
}

/// A small, fast chain of validators with these powers.
pub(crate) fn spec(powers: [u64; NODES]) -> ChainSpec {
    let mut spec = ChainSpec::dev();
    spec.protocol.agreement = Agreement::Bft;
    let funded = |index| GenesisAccount {
        name: None,
        address: Address::of_key(&account_key(index).public()),
        balance: 1 << 70,
    };
    spec.genesis.accounts = (0..ACCOUNTS).map(funded).collect();
    let validator = |(index, power)| GenesisValidator {
        name: None,
        key: validator_key(index).public(),
        power,
    };
    let validators = powers.into_iter().enumerate().map(validator);
    spec.genesis.validators = validators.collect();
    let times = &mut spec.consensus;
    times.target_time_ms = 250;
    times.propose_timeout_ms = 500;
    times.propose_timeout_delta_ms = 250;
    times.vote_timeout_ms = 250;
    times.vote_timeout_delta_ms = 125;
    // Few, so that who is away is passed over before a run ends.
    times.absence_blocks = 4;
    spec
}

/// What a transaction does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    /// Gives something to another account.
    Give { to: usize, amount: u64 },
    /// Uploads bytes that are no module: it fails, and fills more than one part of a block.
    Upload { byte: u8 },
}

/// The next transaction of an account.
pub(crate) fn transaction(
    view: &ChainView,
    from: usize,
    deed: Deed,
) -> Option<Arc<VerifiedTransaction>> {
    let key = account_key(from);
    let sender = Address::of_key(&key.public());
    let nonce: Nonce = view.account(&sender).ok()??.nonce;
    let (gas_limit, action) = match deed {
        Deed::Give { to, amount } => {
            let to = Address::of_key(&account_key(to).public());
            let amount = amount.into();
            (200_000, Action::Transfer { to, amount })
        }
        Deed::Upload { byte } => {
            let code = vec![byte; UPLOAD_BYTES];
            (20_000_000, Action::StoreCode { code })
        }
    };
    let transaction = Transaction {
        chain: view.genesis_hash(),
        signer: key.public(),
        nonce,
        valid_until: view.next_height() + 50,
        gas_limit,
        max_gas_price: 1_000_000,
        tip: 1,
        deposit_max: 0,
        actions: vec![action],
    };
    transaction.sign(&key).verify().ok().map(Arc::new)
}
