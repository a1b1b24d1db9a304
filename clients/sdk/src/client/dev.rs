//! What only development chains do. Elsewhere each of these is `METHOD_DISABLED`.

use argosy_primitives::{Address, Balance, Nonce, Transaction};
use argosy_rpc_api::{
    AddressText, Bytes, CodeSet, Decimal, DevApiClient, Dumped, DurationMs, Funded, Impersonated,
    Mined, MiningSet, SnapshotTaken, TimeSet, TimestampMs,
};
use parity_scale_codec::Encode;

use super::Client;
use crate::SdkError;

impl Client {
    /// `dev_mine`, one block.
    pub async fn mine(&self) -> Result<Mined, SdkError> {
        self.told("dev_mine", self.http().mine(None, None).await)
    }

    /// `dev_mine`: so many blocks, each so many milliseconds later.
    pub async fn mine_many(&self, count: u32, interval_ms: u32) -> Result<Mined, SdkError> {
        let mined = self.http().mine(Some(count), Some(interval_ms)).await;
        self.told("dev_mine", mined)
    }

    /// `dev_setMining`: `instant`, `manual`, or a period such as `1s`.
    pub async fn set_mining(&self, mode: &str) -> Result<MiningSet, SdkError> {
        let set = self.http().set_mining(mode.to_owned()).await;
        self.told("dev_setMining", set)
    }

    /// `dev_setTime`.
    pub async fn set_time(
        &self,
        time_ms: argosy_primitives::TimestampMs,
    ) -> Result<TimeSet, SdkError> {
        let set = self.http().set_time(TimestampMs::capped(time_ms)).await;
        self.told("dev_setTime", set)
    }

    /// `dev_increaseTime`.
    pub async fn increase_time(&self, by_ms: u64) -> Result<TimeSet, SdkError> {
        let by_ms = DurationMs::capped(by_ms);
        let set = self.http().increase_time(by_ms).await;
        self.told("dev_increaseTime", set)
    }

    /// `dev_faucet`; `None`: as much as it gives.
    pub async fn faucet(
        &self,
        address: Address,
        amount: Option<Balance>,
    ) -> Result<Funded, SdkError> {
        let address = AddressText::new(self.hrp(), address);
        let funded = self.http().faucet(address, amount.map(Decimal)).await;
        self.told("dev_faucet", funded)
    }

    /// `dev_setBalance`.
    pub async fn set_balance(&self, address: Address, balance: Balance) -> Result<Mined, SdkError> {
        let address = AddressText::new(self.hrp(), address);
        let set = self.http().set_balance(address, Decimal(balance)).await;
        self.told("dev_setBalance", set)
    }

    /// `dev_setNonce`.
    pub async fn set_nonce(&self, address: Address, nonce: Nonce) -> Result<Mined, SdkError> {
        let address = AddressText::new(self.hrp(), address);
        let set = self.http().set_nonce(address, Decimal(nonce)).await;
        self.told("dev_setNonce", set)
    }

    /// `dev_setStorage`; `None` removes the key.
    pub async fn set_storage(
        &self,
        contract: Address,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<Mined, SdkError> {
        let contract = AddressText::new(self.hrp(), contract);
        let (key, value) = (Bytes(key.to_vec()), value.map(|it| Bytes(it.to_vec())));
        let set = self.http().set_storage(contract, key, value).await;
        self.told("dev_setStorage", set)
    }

    /// `dev_setCode`.
    pub async fn set_code(&self, contract: Address, code: &[u8]) -> Result<CodeSet, SdkError> {
        let contract = AddressText::new(self.hrp(), contract);
        let set = self.http().set_code(contract, Bytes(code.to_vec())).await;
        self.told("dev_setCode", set)
    }

    /// `dev_impersonate`: signer, nonce and prices of the transaction do not count.
    pub async fn impersonate(
        &self,
        sender: Address,
        transaction: &Transaction,
    ) -> Result<Impersonated, SdkError> {
        let sender = AddressText::new(self.hrp(), sender);
        let done = self
            .http()
            .impersonate(sender, Bytes(transaction.encode()))
            .await;
        self.told("dev_impersonate", done)
    }

    /// `dev_snapshot`.
    pub async fn snapshot(&self) -> Result<SnapshotTaken, SdkError> {
        self.told("dev_snapshot", self.http().snapshot().await)
    }

    /// `dev_revert`.
    pub async fn revert(&self, snapshot: u32) -> Result<Mined, SdkError> {
        self.told("dev_revert", self.http().revert(snapshot).await)
    }

    /// `dev_reset`.
    pub async fn reset(&self) -> Result<Mined, SdkError> {
        self.told("dev_reset", self.http().reset().await)
    }

    /// `dev_dumpState`.
    pub async fn dump_state(&self) -> Result<Dumped, SdkError> {
        self.told("dev_dumpState", self.http().dump_state().await)
    }

    /// `dev_loadState`.
    pub async fn load_state(&self) -> Result<Mined, SdkError> {
        self.told("dev_loadState", self.http().load_state().await)
    }
}
