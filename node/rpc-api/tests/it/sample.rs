//! One of everything, and strategies that make many.

use argosy_primitives::{
    AbiHash, AbiKind, Action, Address, Block, BlockHash, Body, CertificateHash, CodeHash,
    CommitCertificate, CommitSignature, Event, EvidenceRoot, GenesisHash, Header, PublicKey,
    Receipt, ReceiptsRoot, Signature, SignedTransaction, StateRoot, StatusCode, Transaction,
    TxRoot, ValidatorSetHash,
};
use argosy_proof::{CodeRecord, ContractRecord};
use argosy_rpc_api::{AddressText, Bytes, CallFrame, Decimal, DecodedRevert, RevertReason, Status};
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) const ALICE: Address = Address::from_bytes([0xa1; 32]);
pub(crate) const CONTRACT: Address = Address::from_bytes([0xc0; 32]);

pub(crate) fn header() -> Header {
    Header {
        version: 1,
        chain: GenesisHash::from_bytes([1; 32]),
        height: 42,
        time_ms: 1_700_000_000_123,
        parent: BlockHash::from_bytes([2; 32]),
        proposer: ALICE,
        round: 0,
        validators: ValidatorSetHash::from_bytes([3; 32]),
        next_validators: ValidatorSetHash::from_bytes([4; 32]),
        last_certificate: CertificateHash::from_bytes([5; 32]),
        tx_root: TxRoot::from_bytes([6; 32]),
        evidence_root: EvidenceRoot::from_bytes([7; 32]),
        base_price: 1000,
        gas_used: u64::MAX,
        state_root: StateRoot::from_bytes([8; 32]),
        receipts_root: ReceiptsRoot::from_bytes([9; 32]),
    }
}

pub(crate) fn actions() -> Vec<Action> {
    vec![
        Action::Transfer {
            to: ALICE,
            amount: u128::MAX,
        },
        Action::StoreCode {
            code: b"\0asm".to_vec(),
        },
        Action::RemoveCode {
            code: CodeHash::from_bytes([1; 32]),
        },
        Action::Instantiate {
            code: CodeHash::from_bytes([1; 32]),
            salt: [2; 32],
            admin: Some(ALICE),
            funds: 3,
            message: vec![4],
        },
        Action::Call {
            contract: CONTRACT,
            funds: 5,
            message: vec![],
            abi_hash: Some(AbiHash::from_bytes([6; 32])),
        },
        Action::Upgrade {
            contract: CONTRACT,
            code: CodeHash::from_bytes([7; 32]),
            message: vec![8, 9],
        },
        Action::SetAdmin {
            contract: CONTRACT,
            admin: None,
        },
        Action::Bond {
            consensus_key: PublicKey::Ed25519([10; 32]),
            amount: 11,
        },
        Action::Unbond { amount: 12 },
        Action::Unjail,
        Action::Govern {
            protocol_version: 2,
            parameters: vec![13],
            activate_at: 14,
        },
    ]
}

pub(crate) fn signed() -> SignedTransaction {
    SignedTransaction {
        transaction: Transaction {
            chain: GenesisHash::from_bytes([1; 32]),
            signer: PublicKey::Ed25519([2; 32]),
            nonce: 7,
            valid_until: 100,
            gas_limit: 1_000_000,
            max_gas_price: 2000,
            tip: 1,
            deposit_max: 10u128.pow(30),
            actions: actions(),
        },
        signature: Signature::Ed25519([3; 64]),
    }
}

pub(crate) fn event() -> Event {
    Event {
        contract: CONTRACT,
        topics: vec![[1; 32], [2; 32]],
        data: vec![3, 4, 5],
    }
}

pub(crate) fn receipt() -> Receipt {
    Receipt {
        status: StatusCode::Success,
        action: 1,
        data: vec![0xff],
        gas_used: 51_234,
        fee: 51_234_000,
        deposit: -77,
        events: vec![event()],
    }
}

pub(crate) fn certificate() -> CommitCertificate {
    CommitCertificate {
        height: 41,
        round: 1,
        block: BlockHash::from_bytes([2; 32]),
        signatures: vec![CommitSignature {
            validator: ALICE,
            signature: Signature::Ed25519([4; 64]),
        }],
    }
}

pub(crate) fn block() -> Block {
    Block {
        header: header(),
        body: Body {
            transactions: vec![signed()],
            last_certificate: Some(certificate()),
            evidence: vec![],
        },
    }
}

pub(crate) fn code_record() -> CodeRecord {
    CodeRecord {
        sha256: [1; 32],
        code_id: 3,
        abi: AbiKind::Native,
        size_bytes: 1000,
        instrumented_bytes: 2000,
        uploader: ALICE,
        deposit: 4,
        users: 5,
        abi_hash: Some(AbiHash::from_bytes([6; 32])),
        capabilities: 3,
        storage_version: None,
    }
}

pub(crate) fn contract_record() -> ContractRecord {
    ContractRecord {
        abi: AbiKind::Native,
        code: CodeHash::from_bytes([7; 32]),
        admin: None,
        creator: ALICE,
        deposit: 8,
        storage_bytes: 9,
        storage_items: 10,
        created_at: 11,
    }
}

/// What a contract said when it gave up.
pub(crate) fn decoded_revert() -> DecodedRevert {
    DecodedRevert {
        text: "TooLarge { add: 7 }".to_owned(),
        reason: RevertReason::Error {
            error: serde_json::json!({"type": "TooLarge", "add": "7"}),
        },
    }
}

/// A frame with everything.
pub(crate) fn call_frame() -> CallFrame {
    CallFrame {
        contract: AddressText::new(argosy_primitives::Hrp::Dev, CONTRACT),
        entry: "call".to_owned(),
        method: Some("add".to_owned()),
        args: Some(serde_json::json!({"add": "7"})),
        call: Some("add(add: 7)".to_owned()),
        message: Some(Bytes(vec![1, 2, 3, 4])),
        status: Status(StatusCode::Reverted),
        gas_used: Decimal(1_234),
        data: Some(Bytes(vec![0, 1])),
        decoded: Some(decoded_revert()),
        reason: None,
    }
}

/// Heights and times fit into a JSON number.
fn small() -> impl Strategy<Value = u64> {
    prop_oneof![0..(1u64 << 53), Just(0), Just((1 << 53) - 1)]
}

fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 32]>().prop_map(Address::from_bytes)
}

fn any_action() -> impl Strategy<Value = Action> {
    let data = || vec(any::<u8>(), 0..40);
    prop_oneof![
        (any_address(), any::<u128>()).prop_map(|(to, amount)| Action::Transfer { to, amount }),
        data().prop_map(|code| Action::StoreCode { code }),
        any::<[u8; 32]>().prop_map(|code| Action::RemoveCode { code: code.into() }),
        (
            any::<[u8; 32]>(),
            any::<[u8; 32]>(),
            proptest::option::of(any_address()),
            any::<u128>(),
            data()
        )
            .prop_map(|(code, salt, admin, funds, message)| Action::Instantiate {
                code: code.into(),
                salt,
                admin,
                funds,
                message
            }),
        (
            any_address(),
            any::<u128>(),
            data(),
            proptest::option::of(any::<[u8; 32]>())
        )
            .prop_map(|(contract, funds, message, abi_hash)| Action::Call {
                contract,
                funds,
                message,
                abi_hash: abi_hash.map(Into::into)
            }),
        (any_address(), any::<[u8; 32]>(), data()).prop_map(|(contract, code, message)| {
            Action::Upgrade {
                contract,
                code: code.into(),
                message,
            }
        }),
        (any_address(), proptest::option::of(any_address()))
            .prop_map(|(contract, admin)| Action::SetAdmin { contract, admin }),
        (any::<[u8; 32]>(), any::<u128>()).prop_map(|(key, amount)| Action::Bond {
            consensus_key: PublicKey::Ed25519(key),
            amount
        }),
        any::<u128>().prop_map(|amount| Action::Unbond { amount }),
        Just(Action::Unjail),
        (any::<u32>(), data(), small()).prop_map(|(protocol_version, parameters, activate_at)| {
            Action::Govern {
                protocol_version,
                parameters,
                activate_at,
            }
        }),
    ]
}

pub(crate) fn any_signed() -> impl Strategy<Value = SignedTransaction> {
    let head = (
        any::<[u8; 32]>(),
        any::<[u8; 32]>(),
        any::<u64>(),
        small(),
        any::<[u64; 3]>(),
        any::<u128>(),
    );
    let signature = vec(any::<u8>(), 64).prop_map(|it| <[u8; 64]>::try_from(it).unwrap());
    (head, vec(any_action(), 0..4), signature).prop_map(|(head, actions, signature)| {
        let (chain, signer, nonce, valid_until, prices, deposit_max) = head;
        let [gas_limit, max_gas_price, tip] = prices;
        SignedTransaction {
            transaction: Transaction {
                chain: chain.into(),
                signer: PublicKey::Ed25519(signer),
                nonce,
                valid_until,
                gas_limit,
                max_gas_price,
                tip,
                deposit_max,
                actions,
            },
            signature: Signature::Ed25519(signature),
        }
    })
}

pub(crate) fn any_receipt() -> impl Strategy<Value = Receipt> {
    let data = || vec(any::<u8>(), 0..40);
    let topics = vec(any::<[u8; 32]>(), 0..5);
    let event = (any_address(), topics, data()).prop_map(|(contract, topics, data)| Event {
        contract,
        topics,
        data,
    });
    let head = (
        proptest::sample::select(StatusCode::ALL),
        any::<u8>(),
        any::<u64>(),
        any::<u128>(),
        any::<i128>(),
    );
    (head, data(), vec(event, 0..3)).prop_map(|(head, data, events)| {
        let (status, action, gas_used, fee, deposit) = head;
        Receipt {
            status,
            action,
            data,
            gas_used,
            fee,
            deposit,
            events,
        }
    })
}

pub(crate) fn any_header() -> impl Strategy<Value = Header> {
    let hashes = proptest::array::uniform9(any::<[u8; 32]>());
    (
        any::<[u32; 2]>(),
        small(),
        small(),
        any_address(),
        any::<[u64; 2]>(),
        hashes,
    )
        .prop_map(
            |([version, round], height, time_ms, proposer, [base_price, gas_used], hashes)| {
                Header {
                    version,
                    chain: hashes[0].into(),
                    height,
                    time_ms,
                    parent: hashes[1].into(),
                    proposer,
                    round,
                    validators: hashes[2].into(),
                    next_validators: hashes[3].into(),
                    last_certificate: hashes[4].into(),
                    tx_root: hashes[5].into(),
                    evidence_root: hashes[6].into(),
                    base_price,
                    gas_used,
                    state_root: hashes[7].into(),
                    receipts_root: hashes[8].into(),
                }
            },
        )
}
