//! The exact JSON of every answer.

use argosy_primitives::{
    AbiHash, AbiKind, CodeHash, EventCursor, GenesisHash, Hrp, MerkleProof, PublicKey, StatusCode,
    TxCursor, ValidatorSetHash,
};
use argosy_proof::{Account, ReceiptProof, StateKey, StateMultiproof, StateProof, TxProof};
use argosy_rpc_api::{
    ADMIN_METHODS, AbiAnswer, AccountAnswer, AddressText, AskedCall, At, BlockAnswer, BlockDetail,
    BlockIdAnswer, Bytes, CertificateAnswer, ChainInfo, Class, CodeHashAnswer, ContractAnswer,
    ContractsAnswer, Decimal, DecodedTx, DropReasonView, EventEntry, EventView, EventsPage,
    HeaderAnswer, HeaderView, Health, HealthStatus, Height, HistoryAnswer, HistoryEntry, KeepsView,
    LimitsView, ListedContract, METHODS, MethodNames, ModuleLimitsView, NodeInfo, NonceAnswer,
    PoolView, ProfileAnswer, QueryAnswer, ReceiptAnswer, ReceiptView, Received, ReceivedFrom,
    RpcError, ServerLimits, ShareView, SimulationAnswer, SpecAnswer, StateAnswer, StateDiffAnswer,
    StateEntry, StateKeyView, StatePlace, StateProofAnswer, StateProofsAnswer, StateRangeAnswer,
    StateValue, Status, StorageAnswer, StorageEntry, StoragePageAnswer, Submitted, SupplyAnswer,
    SyncStatus, Text, TimestampMs, TraceAnswer, TransactionView, TxAnswer, TxProofAnswer, TxStatus,
    TxStatusAnswer, ValidatorSetView, ValidatorView, ValidatorsAnswer, VersionAnswer,
};
use argosy_spec::ChainSpec;
use serde_json::{Map, Value, json};

use crate::{check_golden, debug, dev, sample};

pub(crate) fn at() -> At {
    At::new(sample::header().height, sample::header().hash())
}

pub(crate) fn text(address: argosy_primitives::Address) -> AddressText {
    AddressText::new(Hrp::Dev, address)
}

fn merkle() -> MerkleProof {
    MerkleProof {
        index: 0,
        count: 1,
        path: vec![],
    }
}

fn chain_info() -> ChainInfo {
    ChainInfo {
        at: at(),
        name: "argosy-dev".to_owned(),
        caip2: format!("argosy:{}", "01".repeat(16)),
        genesis_hash: Text(GenesisHash::from_bytes([1; 32])),
        hrp: "dargo".to_owned(),
        token_symbol: "ARGO".to_owned(),
        token_decimals: 18,
        protocol_version: 1,
        limits: LimitsView {
            block_size_bytes_max: 4 * 1024 * 1024,
            block_gas_max: Decimal(300_000_000),
            tx_size_bytes_max: 640 * 1024,
            tx_gas_max: Decimal(100_000_000),
            valid_blocks_max: Height(10_000),
            actions_max: 16,
            data_bytes_max: 64 * 1024,
            code_bytes_max: 512 * 1024,
            modules: [
                (AbiKind::Native, 512 * 1024),
                (AbiKind::CosmWasm, 800 * 1024),
            ]
            .map(|(abi, code_bytes_max)| ModuleLimitsView {
                abi: Text(abi),
                code_bytes_max,
            })
            .to_vec(),
        },
        base_price_min: Decimal(1000),
    }
}

fn node_answers() -> Vec<(&'static str, Value)> {
    let version = VersionAnswer {
        version: "0.1.0".to_owned(),
        interface: "0.1.0".to_owned(),
        groups: ["system", "chain"].map(str::to_owned).to_vec(),
    };
    let sync = SyncStatus {
        at: at(),
        is_syncing: true,
        target: Some(Height(99)),
    };
    let info = NodeInfo {
        at: at(),
        keeps: KeepsView::Blocks { count: Height(40) },
        oldest_header: Height(0),
        oldest_block: Height(3),
        oldest_state: Height(10),
        oldest_proven: Height(10),
        oldest_indexed: Some(Height(3)),
        is_fork: false,
    };
    let limits = ServerLimits {
        request_bytes_max: 2 * 640 * 1024 + 16 * 1024,
        answer_bytes_max: 5 * 1024 * 1024,
        batch_calls_max: 32,
        socket_calls_max: 64,
        sockets_of_address_max: 64,
        socket_subscriptions_max: 64,
        subscriptions_max: 4096,
        lag_blocks_max: 128,
        wait_ms_max: 60_000,
        events_max: 1000,
        proven_keys_max: 256,
        share: Some(ShareView {
            per_second: 100,
            burst: 500,
        }),
    };
    let spec = SpecAnswer {
        at: at(),
        genesis_hash: Text(GenesisHash::from_bytes([1; 32])),
        spec: Bytes(vec![4, 1, 2]),
    };
    vec![
        ("system_version", json!(version)),
        ("system_syncStatus", json!(sync)),
        ("system_nodeInfo", json!(info)),
        ("system_limits", json!(limits)),
        ("system_chainSpec", json!(spec)),
    ]
}

fn agreement_answers() -> Vec<(&'static str, Value)> {
    let set = |hash: u8, is_absent| ValidatorSetView {
        hash: Text(ValidatorSetHash::from_bytes([hash; 32])),
        validators: vec![ValidatorView {
            address: text(sample::ALICE),
            key: Text(PublicKey::Ed25519([10; 32])),
            power: Decimal(u64::MAX),
            is_absent,
        }],
    };
    let validators = ValidatorsAnswer {
        at: at(),
        deciders: set(3, false),
        next: set(4, true),
    };
    let header = HeaderView::new(&sample::header(), Hrp::Dev);
    let certificate = CertificateAnswer::new(at(), header, &sample::certificate(), Hrp::Dev);
    let supply = SupplyAnswer {
        at: at(),
        supply: Decimal(u128::MAX),
    };
    vec![
        ("chain_getBlockHash", json!(BlockIdAnswer { at: at() })),
        ("chain_getValidators", json!(validators)),
        ("chain_getCertificate", json!(certificate)),
        ("chain_getSupply", json!(supply)),
    ]
}

fn value_answers() -> Vec<(&'static str, Value)> {
    let transaction = TransactionView::new(&sample::signed(), Hrp::Dev);
    let nonce = NonceAnswer {
        at: at(),
        address: text(sample::ALICE),
        nonce: Decimal(3),
        next_nonce: Some(Decimal(4)),
    };
    let tx = TxAnswer {
        at: at(),
        tx_id: transaction.id,
        index: 3,
        transaction: transaction.clone(),
    };
    let decoded = DecodedTx {
        transaction,
        size_bytes: 700,
        problem: Some("signature does not hold".to_owned()),
        calls: vec![AskedCall {
            action: 1,
            entry: "call".to_owned(),
            method: "add".to_owned(),
            args: Some(json!({"add": "2"})),
            call: Some("add(add: 2)".to_owned()),
        }],
    };
    let code = CodeHashAnswer {
        at: at(),
        contract: text(sample::CONTRACT),
        code: Text(CodeHash::from_bytes([1; 32])),
        abi_hash: Some(Text(AbiHash::from_bytes([2; 32]))),
    };
    let storage = StorageAnswer {
        at: at(),
        contract: text(sample::CONTRACT),
        key: Bytes(b"total".to_vec()),
        value: Some(Bytes(vec![7])),
    };
    let page = StoragePageAnswer {
        at: at(),
        contract: text(sample::CONTRACT),
        entries: vec![StorageEntry {
            key: Bytes(b"total".to_vec()),
            value: Bytes(vec![7]),
        }],
        next: Some(Bytes(b"total".to_vec())),
    };
    let state = StateAnswer {
        at: at(),
        address: text(sample::CONTRACT),
        key: StateKey::Storage(b"total").into(),
        value: Some(Bytes(vec![7])),
    };
    vec![
        ("account_getNonce", json!(nonce)),
        ("account_getHistory", json!(history())),
        ("tx_get", json!(tx)),
        ("tx_decode", json!(decoded)),
        ("contract_getCodeHash", json!(code)),
        ("contract_getStorage", json!(storage)),
        ("contract_listStorage", json!(page)),
        ("contract_list", json!(contracts())),
        ("state_getStorage", json!(state)),
        ("state_getStorageDiff", json!(diff())),
    ]
}

fn diff() -> StateDiffAnswer {
    StateDiffAnswer {
        at: at(),
        changes: debug::changes(),
        next: Some(StatePlace {
            address: text(sample::CONTRACT),
            key: StateKey::Storage(b"total").into(),
        }),
    }
}

fn history() -> HistoryAnswer {
    HistoryAnswer {
        at: at(),
        address: text(sample::ALICE),
        entries: vec![HistoryEntry {
            height: Height(41),
            index: 3,
            tx_id: Some(Text(sample::signed().id())),
        }],
        from: Height(0),
        next: Some(Text(TxCursor { height: 41, tx: 3 })),
        truncated: false,
    }
}

fn contracts() -> ContractsAnswer {
    ContractsAnswer {
        at: at(),
        contracts: vec![ListedContract {
            contract: text(sample::CONTRACT),
            created_at: Height(7),
            creator: text(sample::ALICE),
            code: Text(CodeHash::from_bytes([1; 32])),
        }],
        next: Some(text(sample::CONTRACT)),
    }
}

fn meta_answers() -> Vec<(&'static str, Value)> {
    let names = ["system_chainInfo", "system_health"].map(str::to_owned);
    let methods = MethodNames {
        methods: names.to_vec(),
    };
    // The document cannot be an example in itself: this is its outline.
    let document = json!({
        "openrpc": "1.3.2",
        "info": {"title": "Argosy JSON-RPC", "version": "0.1.0"},
        "methods": [],
        "components": {},
    });
    vec![("rpc_methods", json!(methods)), ("rpc.discover", document)]
}

fn chain_answers() -> Vec<(&'static str, Value)> {
    let health = Health {
        status: HealthStatus::Ok,
        reason: None,
        version: "0.1.0".to_owned(),
        at: at(),
        time_ms: TimestampMs(1_700_000_000_123),
        pool: PoolView {
            transactions: 2,
            size_bytes: Decimal(512),
        },
    };
    let block = sample::block();
    let header = HeaderAnswer {
        at: at(),
        header: HeaderView::new(&sample::header(), Hrp::Dev),
    };
    vec![
        ("system_chainInfo", json!(chain_info())),
        ("system_health", json!(health)),
        ("chain_getHeader", json!(header)),
        ("chain_getFinalizedHead", json!(header)),
        (
            "chain_getBlock ids",
            json!(BlockAnswer::new(at(), &block, BlockDetail::Ids, Hrp::Dev)),
        ),
        (
            "chain_getBlock full",
            json!(BlockAnswer::new(at(), &block, BlockDetail::Full, Hrp::Dev)),
        ),
    ]
}

fn tx_answers() -> Vec<(&'static str, Value)> {
    let tx_id = Text(sample::signed().id());
    let receipt = ReceiptView::new(&sample::receipt(), Hrp::Dev);
    let status = |status| TxStatusAnswer::new(at(), tx_id.0, status, None);
    let included = TxStatus::Included {
        block: at(),
        index: 3,
        status: Status(StatusCode::OutOfGas),
        error: Some(Box::new(RpcError::OutOfGas {
            used: Decimal(50_000),
            limit: Decimal(50_000),
            estimate: None,
            contract: Some(text(sample::CONTRACT)),
            call_stack: vec![],
        })),
    };
    let by = Text(argosy_primitives::TxId::from_bytes([9; 32]));
    let dropped = TxStatus::Dropped {
        reason: DropReasonView::Replaced { by },
    };
    let received = Received {
        time_ms: TimestampMs(1_700_000_000_456),
        from: ReceivedFrom::Client,
    };
    let pending = TxStatusAnswer::new(at(), tx_id.0, TxStatus::Pending, Some(received));
    let refused = TxStatus::Refused {
        error: RpcError::SenderFull { max: 64 },
    };
    let receipt_answer = ReceiptAnswer {
        at: at(),
        tx_id,
        index: 3,
        receipt: receipt.clone(),
        error: None,
    };
    let failed_answer = ReceiptAnswer {
        receipt: ReceiptView {
            status: Status(StatusCode::Reverted),
            data: Bytes(vec![0, 1]),
            events: vec![],
            ..receipt.clone()
        },
        error: Some(Box::new(RpcError::Reverted {
            contract: Some(text(sample::CONTRACT)),
            action: Some(1),
            revert_data: Bytes(vec![0, 1]),
            decoded: Some(Box::new(sample::decoded_revert())),
            call_stack: vec![sample::call_frame()],
            gas_used: Decimal(51_234),
        })),
        ..receipt_answer.clone()
    };
    let simulation = SimulationAnswer {
        at: at(),
        receipt: receipt.clone(),
        gas_limit: Decimal(60_000),
        deposit_max: Decimal(1_000),
    };
    let tx_proof = TxProof {
        id: tx_id.0,
        signature: sample::signed().signature,
        merkle: merkle(),
    };
    let receipt_proof = ReceiptProof {
        receipt: sample::receipt().summary(),
        merkle: merkle(),
    };
    let header = HeaderView::new(&sample::header(), Hrp::Dev);
    let proof = TxProofAnswer::new(at(), header, receipt, &tx_proof, &receipt_proof);
    vec![
        ("tx_submit", json!(Submitted { tx_id })),
        ("tx_submitAndWait", json!(receipt_answer)),
        ("tx_getStatus pending", json!(pending)),
        ("tx_getStatus included", json!(status(included))),
        ("tx_getStatus dropped", json!(status(dropped))),
        ("tx_getStatus refused", json!(status(refused))),
        ("tx_getReceipt", json!(receipt_answer)),
        ("tx_getReceipt failed", json!(failed_answer)),
        ("tx_simulate", json!(simulation)),
        ("contract_simulate", json!(simulation)),
        ("tx_getProof", json!(proof)),
    ]
}

fn state_answers() -> Vec<(&'static str, Value)> {
    let account = Account {
        nonce: 3,
        balance: 10u128.pow(24),
        deposit: 5,
    };
    let mut account = AccountAnswer::new(at(), text(sample::ALICE), &account, false);
    account.next_nonce = Some(Decimal(4));
    let contract = ContractAnswer::new(
        at(),
        text(sample::CONTRACT),
        12,
        &sample::contract_record(),
        &sample::code_record(),
    );
    let abi = AbiAnswer {
        at: at(),
        code: Text(CodeHash::from_bytes([1; 32])),
        abi_hash: Text(AbiHash::from_bytes([2; 32])),
        section: Bytes(vec![1, 2]),
    };
    let query = QueryAnswer {
        at: at(),
        data: Bytes(vec![]),
        gas_used: Decimal(99),
    };
    let header = HeaderView::new(&sample::header(), Hrp::Dev);
    let proof = StateProofAnswer::new(
        at(),
        header,
        (text(sample::CONTRACT), StateKey::Storage(b"total")),
        Some(vec![7]),
        &StateProof::default(),
    );
    let value = |key, value| StateValue {
        address: text(sample::CONTRACT),
        key,
        value,
    };
    let proofs = StateProofsAnswer::new(
        at(),
        HeaderView::new(&sample::header(), Hrp::Dev),
        vec![
            value(StateKeyView::Account {}, Some(Bytes(vec![7]))),
            value(StateKey::Storage(b"total").into(), None),
        ],
        &StateMultiproof::default(),
    );
    let range = StateRangeAnswer {
        at: at(),
        address: text(sample::CONTRACT),
        entries: vec![StateEntry {
            key: StateKey::Storage(b"total").into(),
            value: Bytes(vec![7]),
        }],
        more: true,
    };
    let page = EventsPage {
        at: at(),
        events: vec![EventEntry {
            cursor: Text(EventCursor {
                height: 42,
                tx: 0,
                event: 0,
            }),
            tx_id: Some(Text(sample::signed().id())),
            event: EventView::new(&sample::event(), Hrp::Dev),
        }],
        resume: Some(Text(EventCursor {
            height: 42,
            tx: 1,
            event: 7,
        })),
        more: false,
    };
    let back: EventsPage = serde_json::from_value(json!(page)).unwrap();
    assert_eq!(back, page);
    vec![
        ("account_get", json!(account)),
        ("contract_getInfo", json!(contract)),
        ("contract_getAbi", json!(abi)),
        ("contract_query", json!(query)),
        ("state_getProof", json!(proof)),
        ("state_getProofs", json!(proofs)),
        ("state_getRange", json!(range)),
        ("events_query", json!(page)),
    ]
}

/// What opens a subscription and what ends it; what it tells is in another file.
fn follow_answers() -> Vec<(&'static str, Value)> {
    let number = Decimal(1u64);
    vec![
        ("chain_subscribeHeads", json!(number)),
        ("chain_unsubscribeHeads", json!(true)),
        ("tx_watch", json!(number)),
        ("tx_unwatch", json!(true)),
        ("events_subscribe", json!(number)),
        ("events_unsubscribe", json!(true)),
    ]
}

fn debug_answers() -> Vec<(&'static str, Value)> {
    let tx_id = Text(sample::signed().id());
    let trace = debug::trace(at());
    let of_tx = TraceAnswer {
        tx_id: Some(tx_id),
        index: Some(0),
        ..trace.clone()
    };
    let back: TraceAnswer = serde_json::from_value(json!(of_tx)).unwrap();
    assert_eq!(back, of_tx);
    let profile = debug::profile(at(), tx_id);
    let back: ProfileAnswer = serde_json::from_value(json!(profile)).unwrap();
    assert_eq!(back, profile);
    vec![
        ("debug_traceTransaction", json!(of_tx)),
        ("debug_traceCall", json!(trace)),
        ("debug_profileTransaction", json!(profile)),
    ]
}

/// By the method's name, and what tells several of one method apart.
pub(crate) fn all_answers() -> Vec<(&'static str, Value)> {
    [
        chain_answers(),
        tx_answers(),
        state_answers(),
        node_answers(),
        agreement_answers(),
        value_answers(),
        meta_answers(),
        follow_answers(),
        debug_answers(),
        dev::answers(),
    ]
    .concat()
}

#[test]
fn answers_keep_their_shape() {
    let all: Map<String, Value> = (all_answers().into_iter())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let mut page = serde_json::to_string_pretty(&all).unwrap();
    page.push('\n');
    check_golden("tests/golden/answers.json", &page);
}

/// A number that JavaScript would round has no place in an answer.
#[test]
fn no_answer_holds_a_number_above_2_to_the_53() {
    fn check(value: &Value) {
        match value {
            Value::Number(number) => assert!(number.as_u64().is_some_and(|it| it < 1 << 53)),
            Value::Array(items) => items.iter().for_each(check),
            Value::Object(fields) => fields.values().for_each(check),
            Value::Null => panic!("absent is left out"),
            Value::Bool(_) | Value::String(_) => {}
        }
    }
    for (_, value) in all_answers() {
        check(&value);
    }
}

#[test]
fn chain_info_names_the_chain() {
    let spec = ChainSpec::dev();
    let genesis = GenesisHash::from_bytes([0xab; 32]);
    let info = ChainInfo::new(at(), &spec, genesis, 1);
    assert_eq!(info.caip2, format!("argosy:{}", "ab".repeat(16)));
    assert_eq!(info.hrp, "dargo");
    for (abi, limits) in &spec.vm {
        let told = info.limits.of_abi(*abi).map(|it| it.code_bytes_max);
        assert_eq!(told, Some(limits.code_bytes_max), "{abi}");
    }
    assert_eq!(info.limits.of_abi(AbiKind::Near), None);
    let back: ChainInfo = serde_json::from_value(json!(info)).unwrap();
    assert_eq!(back, info);
}

#[test]
fn methods_are_unique_and_ask_for_what_they_need_first() {
    let all = [METHODS, ADMIN_METHODS].concat();
    for (index, method) in all.iter().enumerate() {
        assert!(all[index + 1..].iter().all(|it| it.name != method.name));
        assert!(
            method.params.is_sorted_by_key(|it| it.optional),
            "{}",
            method.name
        );
        assert!(method.weight > 0);
    }
}

#[test]
fn a_method_of_development_chains_is_known_by_its_name() {
    for method in METHODS {
        let is_dev = method.name.starts_with("dev_");
        assert_eq!(method.class == Class::Dev, is_dev, "{}", method.name);
    }
}

#[test]
fn methods_of_the_operators_port_are_on_no_other() {
    for method in ADMIN_METHODS {
        assert!(method.name.starts_with("admin_"), "{}", method.name);
        assert_eq!(method.class, Class::Operator);
    }
    assert!(METHODS.iter().all(|it| !it.name.starts_with("admin_")));
}
