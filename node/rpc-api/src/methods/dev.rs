//! For development chains.

use super::spec::{MethodSpec, methods};

/// The methods of this group.
pub(super) const METHODS: &[MethodSpec] = methods! {
    "dev_mine" (; count, intervalMs) Dev weight 20: "Makes a block, empty or not, or `count` of them, each `intervalMs` later. Development chains only.";
    "dev_setMining" (mode;) Dev weight 1: "Makes blocks at another pace: `instant`, `manual`, or a period such as `1s`. `argosy dev` only, as all that follow.";
    "dev_setTime" (timeMs;) Dev weight 5: "Sets the chain's clock, never before the head, and makes a block of that time.";
    "dev_increaseTime" (byMs;) Dev weight 5: "Moves the chain's clock on, and makes a block of that time.";
    "dev_faucet" (address; amount) Dev weight 5: "Gives an account funds out of nothing: 1000 tokens, if nothing is said.";
    "dev_setBalance" (address, balance;) Dev weight 5: "Sets what an account has.";
    "dev_setNonce" (address, nonce;) Dev weight 5: "Raises the nonce of an account.";
    "dev_setStorage" (contract, key; value) Dev weight 5: "Sets what a contract stores under a key; without `value`, removes it.";
    "dev_setCode" (contract, code;) Dev weight 50: "Lets a contract run another module, without migration.";
    "dev_impersonate" (sender, transaction;) Dev weight 50: "Does what an unsigned transaction (SCALE bytes) says as any account or contract; signer, nonce and prices in it do not count.";
    "dev_snapshot" (;) Dev weight 5: "Remembers chain, waiting transactions and clock, and names the moment.";
    "dev_revert" (snapshot;) Dev weight 20: "Goes back to a snapshot, and forgets it and those taken after it.";
    "dev_reset" (;) Dev weight 20: "Goes back to how the chain began, and forgets all snapshots.";
    "dev_dumpState" (;) Dev weight 50: "Writes the whole chain to the file that `argosy dev --state` names, which is replaced at once.";
    "dev_loadState" (;) Dev weight 50: "Goes to the chain in the file that `argosy dev --state` names.";
};

#[cfg(any(feature = "client", feature = "server"))]
pub(super) mod traits {
    use jsonrpsee::proc_macros::rpc;

    #[cfg(feature = "server")] // A client's trait has the transport's errors instead.
    use crate::RpcError;
    use crate::{
        AddressText, Bytes, CodeSet, Decimal, Dumped, DurationMs, Funded, Impersonated, Mined,
        MiningSet, SnapshotTaken, TimeSet, TimestampMs,
    };

    /// For development chains.
    #[cfg_attr(
        all(feature = "client", feature = "server"),
        rpc(client, server, namespace = "dev")
    )]
    #[cfg_attr(
        all(feature = "client", not(feature = "server")),
        rpc(client, namespace = "dev")
    )]
    #[cfg_attr(
        all(feature = "server", not(feature = "client")),
        rpc(server, namespace = "dev")
    )]
    pub trait DevApi {
        /// Makes blocks, empty or not.
        #[method(name = "mine")]
        async fn mine(
            &self,
            count: Option<u32>,
            #[argument(rename = "intervalMs")] interval_ms: Option<u32>,
        ) -> Result<Mined, RpcError>;

        /// Makes blocks at another pace.
        #[method(name = "setMining")]
        async fn set_mining(&self, mode: String) -> Result<MiningSet, RpcError>;

        /// Sets the clock and makes a block.
        #[method(name = "setTime")]
        async fn set_time(
            &self,
            #[argument(rename = "timeMs")] time_ms: TimestampMs,
        ) -> Result<TimeSet, RpcError>;

        /// Moves the clock on and makes a block.
        #[method(name = "increaseTime")]
        async fn increase_time(
            &self,
            #[argument(rename = "byMs")] by_ms: DurationMs,
        ) -> Result<TimeSet, RpcError>;

        /// Gives an account funds.
        #[method(name = "faucet")]
        async fn faucet(
            &self,
            address: AddressText,
            amount: Option<Decimal<u128>>,
        ) -> Result<Funded, RpcError>;

        /// Sets what an account has.
        #[method(name = "setBalance")]
        async fn set_balance(
            &self,
            address: AddressText,
            balance: Decimal<u128>,
        ) -> Result<Mined, RpcError>;

        /// Raises the nonce of an account.
        #[method(name = "setNonce")]
        async fn set_nonce(
            &self,
            address: AddressText,
            nonce: Decimal<u64>,
        ) -> Result<Mined, RpcError>;

        /// Sets or removes what a contract stores under a key.
        #[method(name = "setStorage")]
        async fn set_storage(
            &self,
            contract: AddressText,
            key: Bytes,
            value: Option<Bytes>,
        ) -> Result<Mined, RpcError>;

        /// Lets a contract run another module.
        #[method(name = "setCode")]
        async fn set_code(&self, contract: AddressText, code: Bytes) -> Result<CodeSet, RpcError>;

        /// Acts as any account or contract.
        #[method(name = "impersonate")]
        async fn impersonate(
            &self,
            sender: AddressText,
            transaction: Bytes,
        ) -> Result<Impersonated, RpcError>;

        /// Remembers this moment.
        #[method(name = "snapshot")]
        async fn snapshot(&self) -> Result<SnapshotTaken, RpcError>;

        /// Goes back to a moment.
        #[method(name = "revert")]
        async fn revert(&self, snapshot: u32) -> Result<Mined, RpcError>;

        /// Goes back to the beginning.
        #[method(name = "reset")]
        async fn reset(&self) -> Result<Mined, RpcError>;

        /// Writes the chain to its file.
        #[method(name = "dumpState")]
        async fn dump_state(&self) -> Result<Dumped, RpcError>;

        /// Goes to the chain in its file.
        #[method(name = "loadState")]
        async fn load_state(&self) -> Result<Mined, RpcError>;
    }
}
