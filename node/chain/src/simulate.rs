//! The real executor on a view: what a transaction would do, what a contract answers.
//!
//! Always: nothing is written; the block is the one after the head, at the head's time, so that a
//! simulation reads no clock.
//! Not here: how long a caller may keep a node busy (`rpc` caps the gas).

use argosy_executor::{
    ApplyError, BlockContext, ProfileNode, QueryOutcome, QueryRequest, SimulateRequest, Simulated,
    on_big_stack, query, query_profiled, simulate,
};
use argosy_primitives::{Action, Address, Gas, PublicKey, Transaction};
use parity_scale_codec::Encode;

use crate::error::{ChainError, InadmissibleOr};
use crate::view::ChainView;

/// Bytes of a signature beside its transaction: the scheme and 64 bytes.
const SIGNATURE_BYTES: usize = 65;

impl ChainView {
    /// What `transaction` would do as the first of the next block. Signature, nonce and lifetime
    /// are not looked at; its gas limit caps the work.
    pub fn simulate(&self, transaction: &Transaction) -> Result<Simulated, InadmissibleOr> {
        let request = SimulateRequest {
            sender: Address::of_key(&transaction.signer),
            actions: &transaction.actions,
            size_bytes: transaction.encoded_size().saturating_add(SIGNATURE_BYTES),
            tip: transaction.tip,
            gas_max: transaction.gas_limit,
            deposit_max: Some(transaction.deposit_max),
        };
        self.try_out(&request)
    }

    /// What a transaction of `sender` with nothing but `action` would do as the first of the next block,
    /// whatever deposit it needs. Nobody has to be able to sign it.
    pub fn simulate_action(
        &self,
        sender: Address,
        action: Action,
        gas_max: Gas,
    ) -> Result<Simulated, InadmissibleOr> {
        self.with_request(sender, action, gas_max, |request| self.try_out(request))
    }

    /// Makes of an action the transaction with which it is tried.
    pub(crate) fn with_request<T>(
        &self,
        sender: Address,
        action: Action,
        gas_max: Gas,
        attempt: impl FnOnce(&SimulateRequest<'_>) -> T,
    ) -> T {
        // Its bytes cost gas. No field but the action has a size that its value changes much.
        let transaction = Transaction {
            chain: self.genesis,
            signer: PublicKey::Ed25519([0; 32]),
            nonce: 0,
            valid_until: self.next_height(),
            gas_limit: gas_max,
            max_gas_price: u64::MAX,
            tip: 0,
            deposit_max: u128::MAX,
            actions: vec![action],
        };
        attempt(&SimulateRequest {
            sender,
            actions: &transaction.actions,
            size_bytes: transaction.encoded_size().saturating_add(SIGNATURE_BYTES),
            tip: transaction.tip,
            gas_max,
            deposit_max: None,
        })
    }

    fn try_out(&self, request: &SimulateRequest<'_>) -> Result<Simulated, InadmissibleOr> {
        let done = simulate(
            self.state(),
            self.next_block(),
            &self.spec,
            &self.engine,
            request,
        );
        done.map_err(|error| match error {
            ApplyError::Inadmissible(reason) => InadmissibleOr::Inadmissible(reason),
            ApplyError::Fault(fault) => InadmissibleOr::Chain(fault.into()),
        })
    }

    /// What a contract answers.
    pub fn query(&self, request: &QueryRequest<'_>) -> Result<QueryOutcome, ChainError> {
        Ok(query(
            self.state(),
            self.next_block(),
            &self.spec,
            &self.engine,
            request,
        )?)
    }

    /// As [`Self::query`], and tells where the gas of the question went, by function.
    pub fn query_profiled(
        &self,
        request: &QueryRequest<'_>,
    ) -> Result<(QueryOutcome, Vec<ProfileNode>), ChainError> {
        let (state, block) = (self.state(), self.next_block());
        let asked = || query_profiled(state, block, &self.spec, &self.engine, request);
        Ok(on_big_stack(asked)??)
    }

    pub(crate) fn next_block(&self) -> BlockContext {
        let head = &self.head.header;
        BlockContext {
            chain: self.genesis,
            version: self.spec.protocol.genesis_version,
            height: head.height.saturating_add(1),
            time_ms: head.time_ms,
            proposer: head.proposer,
            base_price: self.next_base_price(),
        }
    }
}
