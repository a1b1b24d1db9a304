//! A chain whose every block changes accounts and a contract's storage, and what was seen of it
//! when each block was the head.

use argosy_chain::{Account, Chain, ChainView, CodeRecord, ContractRecord};
use argosy_kv::Bytes;
use argosy_primitives::{Action, Address, Balance, CodeHash, Header, Height};
use argosy_proof::StateKey;

use crate::world::{address, block, next_tx, transfer};

/// Keeps the height of its last call, and that of each of its last two calls under a key of its own.
const DIARY: &str = r#"(module
    (import "argosy" "block_height" (func $height (result i64)))
    (import "argosy" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "argosy" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
    (import "argosy" "storage_remove" (func $remove (param i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "last")
    (func (export "init"))
    (func (export "call")
        (i64.store (i32.const 0) (call $height))
        (call $set (i32.const 16) (i32.const 4) (i32.const 0) (i32.const 8))
        (call $set (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 8))
        (i64.store (i32.const 8) (i64.sub (call $height) (i64.const 2)))
        (drop (call $remove (i32.const 8) (i32.const 8))))
    (func (export "query")
        (drop (call $get (i32.const 16) (i32.const 4) (i32.const 0) (i32.const 8)))
        (call $finish (i32.const 0) (i32.const 8))))"#;

/// What every key held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) header: Header,
    accounts: Vec<Option<Account>>,
    contract: Option<ContractRecord>,
    code: Option<CodeRecord>,
    code_bytes: Option<Bytes>,
    storage: Vec<Option<Bytes>>,
    supply: Balance,
}

pub(crate) fn code() -> CodeHash {
    CodeHash::of(&module())
}

pub(crate) fn contract() -> Address {
    let kind = argosy_primitives::AbiKind::Native;
    Address::of_contract(kind, &address(1), &[7; 32], &code())
}

/// The keys that are looked at: the contract's, and two accounts'.
pub(crate) fn storage_keys(heights: Height) -> Vec<Vec<u8>> {
    let of_height = |height: Height| height.to_le_bytes().to_vec();
    let heights = (0..=heights + 1).map(of_height);
    heights.chain([b"last".to_vec()]).collect()
}

/// Every kind of key, to be proven.
pub(crate) fn proven_keys(storage: &[Vec<u8>]) -> Vec<(Address, StateKey<'_>)> {
    let storage = storage.iter().map(|it| (contract(), StateKey::Storage(it)));
    let others = [
        (address(1), StateKey::Account),
        (address(3), StateKey::Account),
        (address(99), StateKey::Account),
        (contract(), StateKey::Contract),
    ];
    storage.chain(others).collect()
}

/// What a view says at its head, of the blocks up to `heights`.
pub(crate) fn see(view: &ChainView, heights: Height) -> Seen {
    let account = |number: u8| view.account(&address(number)).unwrap();
    let storage = |key: &Vec<u8>| view.storage(&contract(), key).unwrap();
    Seen {
        header: view.head().header.clone(),
        accounts: [1, 2, 3, 99].map(account).to_vec(),
        contract: view.contract(&contract()).unwrap(),
        code: view.code(&code()).unwrap(),
        code_bytes: view.code_bytes(&code()).unwrap(),
        storage: storage_keys(heights).iter().map(storage).collect(),
        supply: view.supply().unwrap(),
    }
}

/// Makes the next block: the contract is uploaded at height 3, made at 5, and called from 6 on.
pub(crate) fn next_block(chain: &mut Chain) {
    let height = chain.head().header.height + 1;
    let nonce = |from: u8| {
        let account = chain.view().account(&address(from)).unwrap();
        account.unwrap_or_default().nonce
    };
    let action = match height {
        0..3 => None,
        3 => Some(Action::StoreCode { code: module() }),
        4 => None,
        5 => Some(Action::Instantiate {
            code: code(),
            salt: [7; 32],
            admin: None,
            funds: 0,
            message: Vec::new(),
        }),
        6.. => Some(Action::Call {
            contract: contract(),
            funds: 0,
            message: Vec::new(),
            abi_hash: None,
        }),
    };
    let mut txs: Vec<_> = action
        .map(|it| next_tx(chain, 1, nonce(1), it))
        .into_iter()
        .collect();
    // Every seventh block changes no more than the chain itself does.
    match height.is_multiple_of(7) {
        true => txs.clear(),
        false => txs.push(transfer(chain, 2, nonce(2), 3, u128::from(height))),
    }
    let committed = block(chain, txs);
    for receipt in committed.receipts.iter() {
        assert_eq!(
            receipt.status,
            argosy_primitives::StatusCode::Success,
            "{height}"
        );
    }
}

/// Makes blocks up to `heights`, and looks after each, genesis included.
pub(crate) fn write(chain: &mut Chain, heights: Height) -> Vec<Seen> {
    let mut seen = vec![see(&chain.view(), heights)];
    while chain.head().header.height < heights {
        next_block(chain);
        seen.push(see(&chain.view(), heights));
    }
    seen
}

fn module() -> Vec<u8> {
    wat::parse_str(DIARY).unwrap()
}
