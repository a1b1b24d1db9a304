//! Contracts, and what they answer.

use argosy_primitives::{Address, Balance, CodeHash, Gas, StatusCode};
use argosy_rpc_api::{AbiAnswer, BlockSelector, ContractAnswer, ContractsAnswer, RpcError};

use super::{Found, Simulated};
use crate::failure::Cause;

/// Contracts.
pub trait ContractPort {
    /// A contract with its code's record, or [`RpcError::ContractNotFound`].
    fn contract(&self, contract: Address, at: BlockSelector) -> Result<ContractAnswer, RpcError>;

    /// The ABI sections of a contract's module, or [`RpcError::NotFound`] if it carries none.
    fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, RpcError>;

    /// The bytes of a code, as they were uploaded, or [`RpcError::NotFound`].
    fn code_bytes(&self, hash: &CodeHash) -> Result<Vec<u8>, RpcError>;

    /// Runs a contract's `query` on a snapshot.
    fn query(&self, call: QueryCall, at: BlockSelector) -> Result<Found<Outcome>, RpcError>;

    /// Runs a call on a snapshot as if its caller had sent it in the next block.
    fn simulate_call(
        &self,
        call: QueryCall,
        at: BlockSelector,
    ) -> Result<Found<Simulated>, RpcError>;

    /// What a contract keeps under a key, or [`RpcError::ContractNotFound`].
    fn storage(
        &self,
        contract: Address,
        key: Vec<u8>,
        at: BlockSelector,
    ) -> Result<Found<Option<Vec<u8>>>, RpcError>;

    /// A page of what a contract keeps, or [`RpcError::ContractNotFound`].
    fn storage_page(
        &self,
        request: PageRequest,
        at: BlockSelector,
    ) -> Result<Found<StoragePage>, RpcError>;

    /// At most `limit` contracts, those behind `after` if it is given, the oldest first;
    /// [`RpcError::MethodDisabled`] where no index is kept.
    fn contracts(
        &self,
        after: Option<Address>,
        limit: u32,
        at: BlockSelector,
    ) -> Result<ContractsAnswer, RpcError>;
}

/// Which of a contract's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Whose.
    pub contract: Address,
    /// What they begin with.
    pub prefix: Vec<u8>,
    /// The key behind which the page begins.
    pub after: Option<Vec<u8>>,
    /// How many at most.
    pub limit: u32,
    /// Bytes of keys and values at most; one is on the page, however large.
    pub bytes_max: usize,
}

/// Keys and values in the order of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoragePage {
    /// Them.
    pub entries: Vec<(Vec<u8>, Vec<u8>)>,
    /// There is more: the key behind which it begins.
    pub next: Option<Vec<u8>>,
}

/// A question to a contract, or a call of it that is only tried.
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
    /// Why it failed, if it did.
    pub cause: Cause,
}
