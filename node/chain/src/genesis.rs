//! The first block: the spec's accounts as state at height 0.
//!
//! Always: two stores opened with the same spec hold the same genesis block; its supply is all that the accounts have.

use argosy_kv::{Batch, Column, Store, crash_point};
use argosy_primitives::{
    Address, Balance, Block, BlockHash, Body, CertificateHash, Header, evidence_root,
    receipts_root, tx_root,
};
use argosy_spec::ChainSpec;
use argosy_state::{Account, State};
use argosy_system::genesis_set;
use parity_scale_codec::Encode;

use crate::commit::write_first;
use crate::error::ChainError;
use crate::index;
use crate::keys;
use crate::retention::{ChainConfig, Kept};

/// Writes the genesis block of `spec`, and what is to be kept if somebody said so; the store must be
/// empty.
pub(crate) fn write(
    store: &dyn Store,
    spec: &ChainSpec,
    config: ChainConfig,
) -> Result<(), ChainError> {
    let mut state = State::new(store.view());
    for account in &spec.genesis.accounts {
        let record = Account {
            nonce: 0,
            balance: account.balance,
            deposit: 0,
        };
        state.set_account(&account.address, &record);
    }
    // A checked spec keeps it far from the end of the type. Nothing is locked or held by contracts yet.
    let balances = spec.genesis.accounts.iter().map(|it| it.balance);
    state.set_supply(balances.fold(0, Balance::saturating_add));
    argosy_system::write_genesis(&mut state, spec);
    let delta = state.into_delta()?;
    let chain = spec.genesis_hash();
    let validators = genesis_set(spec).hash();
    let body = Body {
        transactions: Vec::new(),
        last_certificate: None,
        evidence: Vec::new(),
    };
    let header = Header {
        version: spec.protocol.genesis_version,
        chain,
        height: 0,
        time_ms: spec.genesis.time_ms,
        parent: BlockHash::ZERO,
        proposer: Address::SYSTEM,
        round: 0,
        validators,
        next_validators: validators,
        last_certificate: CertificateHash::ZERO,
        tx_root: tx_root(&[]),
        evidence_root: evidence_root(&[]),
        base_price: spec.genesis.base_price,
        gas_used: 0,
        state_root: delta.root(),
        receipts_root: receipts_root(&[]),
    };
    let mut batch = Batch::new();
    delta.write_to(0, &mut batch);
    batch.put(Column::Meta, keys::META_GENESIS.to_vec(), chain.encode());
    batch.put(
        Column::Meta,
        keys::META_SCHEMA.to_vec(),
        keys::SCHEMA_VERSION.encode(),
    );
    if let Some(retention) = config.retention {
        Kept::new(retention).put(&mut batch);
    }
    if config.index == Some(true) {
        index::put_from(&mut batch, 0);
    }
    crash_point!("genesis::before_write");
    write_first(store, batch, &Block { header, body })?;
    crash_point!("genesis::written");
    Ok(())
}
