//! The port: what the server needs from a node. The daemon and the dev chain adapt theirs to it.
//!
//! Values come in the protocol's words where there are such words; what is only put together for
//! an answer comes as that answer, made by the constructors of `argosy-rpc-api`.

use argosy_primitives::{
    Address, Balance, Block, EventCursor, Gas, GenesisHash, Header, Height, Receipt, StatusCode,
    Transaction, TxId, VerifiedTransaction,
};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, At, BlockSelector, CallFrame, ContractAnswer, DropReasonView,
    EventsPage, Health, RpcError, StateKeyView, StateProofAnswer, StateProofsAnswer, TxProofAnswer,
    TxStatus,
};
use argosy_spec::ChainSpec;
use async_trait::async_trait;

/// A node as its RPC server sees it.
///
/// Methods that are not `async` may read from disk and compute: the server calls them on threads of
/// their own, except for the first three, which answer at once. A block that does not exist is
/// [`RpcError::NotFound`], one that is no longer kept [`RpcError::Pruned`].
#[async_trait]
pub trait Node: Send + Sync + 'static {
    /// The chain's spec.
    fn spec(&self) -> &ChainSpec;

    /// The chain's identity, the hash of its spec.
    fn genesis_hash(&self) -> GenesisHash;

    /// How the node is doing.
    fn health(&self) -> Health;

    /// A header.
    fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError>;

    /// A block.
    fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError>;

    /// An account; an empty one if there is none. With `next_nonce` for the latest block.
    fn account(&self, address: Address, at: BlockSelector) -> Result<AccountAnswer, RpcError>;

    /// A contract with its code's record, or [`RpcError::ContractNotFound`].
    fn contract(&self, contract: Address, at: BlockSelector) -> Result<ContractAnswer, RpcError>;

    /// The ABI sections of a contract's module, or [`RpcError::NotFound`] if it carries none.
    fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, RpcError>;

    /// Runs a contract's `query` on a snapshot.
    fn query(&self, call: QueryCall, at: BlockSelector) -> Result<Found<Outcome>, RpcError>;

    /// Runs a transaction on a snapshot as if it were in the next block, signature aside.
    fn simulate(&self, tx: Transaction, at: BlockSelector) -> Result<Found<Simulated>, RpcError>;

    /// A value in state, or its absence, with proof.
    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError>;

    /// Values in state, or their absence, with one proof; at most
    /// [`argosy_rpc_api::PROVEN_KEYS_MAX`] keys.
    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError>;

    /// Where a transaction is in its life, with the newest block; `None` = never seen.
    fn status(&self, id: &TxId) -> Result<Found<Option<TxStatus>>, RpcError>;

    /// What a transaction did; `None` = it is in no block.
    fn receipt(&self, id: &TxId) -> Result<Option<Included>, RpcError>;

    /// Proof of a transaction and of what it did; `None` = it is in no block.
    fn tx_proof(&self, id: &TxId) -> Result<Option<TxProofAnswer>, RpcError>;

    /// A page of events, at most `query.limit`; the work for one page is bounded by the node.
    fn events(&self, query: EventsQuery) -> Result<EventsPage, RpcError>;

    /// Hands a transaction to the mempool and answers with its verdict. May be cancelled: the
    /// transaction is then in the mempool or not, and [`Node::status`] tells.
    async fn submit(&self, tx: VerifiedTransaction) -> Result<(), RpcError>;

    /// Makes a block, empty or not; [`RpcError::MethodDisabled`] unless this is a development chain.
    async fn mine(&self) -> Result<At, RpcError>;

    /// Waits until a transaction is in a block or was let go; answers at once if it is already.
    /// May be cancelled without harm.
    async fn settled(&self, id: TxId) -> Result<Settled, RpcError>;
}

/// A value and the block it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The block.
    pub at: At,
    /// What was read.
    pub value: T,
}

/// A question to a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryCall {
    /// Who is asked.
    pub contract: Address,
    /// Who asks; anybody may claim to be anybody.
    pub caller: Address,
    /// Tokens that the contract is to believe were sent along.
    pub funds: Balance,
    /// Selector and arguments.
    pub message: Vec<u8>,
    /// Most gas the answer may take.
    pub gas_limit: Gas,
}

/// How a query ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How.
    pub status: StatusCode,
    /// The answer, or why it reverted.
    pub data: Vec<u8>,
    /// Gas used.
    pub gas_used: Gas,
    /// What went wrong, for people; never part of the chain's state.
    pub diagnostic: Option<String>,
    /// Contracts that were running when it failed, outermost first.
    pub call_stack: Vec<CallFrame>,
}

/// What a transaction would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The receipt it would get.
    pub receipt: Receipt,
    /// A gas limit with which it does what the receipt says.
    pub gas_limit: Gas,
    /// The least `deposit_max` with which it does so.
    pub deposit_max: Balance,
    /// What went wrong, for people.
    pub diagnostic: Option<String>,
    /// Contracts that were running when it failed, outermost first.
    pub call_stack: Vec<CallFrame>,
}

/// A transaction in its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// The block.
    pub at: At,
    /// The transaction's index in it.
    pub index: u32,
    /// What it did.
    pub receipt: Receipt,
}

/// How a transaction's wait ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is in a block for ever.
    Included(Included),
    /// It was let go.
    Dropped(DropReasonView),
}

/// Which events are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsQuery {
    /// Those of one contract.
    pub contract: Option<Address>,
    /// Those whose topics match by position; `None` matches any topic.
    pub topics: Vec<Option<[u8; 32]>>,
    /// Those behind this one.
    pub after: Option<EventCursor>,
    /// Those at this height or above.
    pub from: Option<Height>,
    /// Those at this height or below.
    pub to: Option<Height>,
    /// How many at most.
    pub limit: u32,
}
