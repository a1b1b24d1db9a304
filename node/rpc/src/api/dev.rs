//! What only development chains do.

use argosy_primitives::{CodeHash, Limits, Transaction, decode_untrusted};
use argosy_rpc_api::{
    AddressText, Bytes, CodeSet, Decimal, DevApiServer, Dumped, DurationMs, Funded, Impersonated,
    Mined, MiningSet, ReceiptView, RpcError, SnapshotTaken, Text, TimeSet, TimestampMs,
};
use jsonrpsee::core::async_trait;

use super::Api;
use super::tx::malformed;
use crate::{DevEdit, DevTime, Edited};

/// Blocks that one call may ask for.
const MINED_MAX: u32 = 10_000;

#[async_trait]
impl DevApiServer for Api {
    async fn mine(&self, count: Option<u32>, interval_ms: Option<u32>) -> Result<Mined, RpcError> {
        let count = count.unwrap_or(1);
        if count == 0 {
            return Err(RpcError::invalid("count", "at least 1"));
        }
        if count > MINED_MAX {
            return Err(RpcError::RangeTooLarge {
                what: "count".to_owned(),
                max: Decimal(MINED_MAX.into()),
                got: Decimal(count.into()),
            });
        }
        let node = self.workers.node();
        let at = node.mine(count, interval_ms.unwrap_or(0)).await?;
        Ok(Mined { at })
    }

    async fn set_mining(&self, mode: String) -> Result<MiningSet, RpcError> {
        let (at, mode) = self.workers.node().set_mining(&mode).await?;
        Ok(MiningSet { at, mode })
    }

    async fn set_time(&self, time_ms: TimestampMs) -> Result<TimeSet, RpcError> {
        self.clock(DevTime::Set(time_ms.0)).await
    }

    async fn increase_time(&self, by_ms: DurationMs) -> Result<TimeSet, RpcError> {
        self.clock(DevTime::Increase(by_ms.0)).await
    }

    async fn faucet(
        &self,
        address: AddressText,
        amount: Option<Decimal<u128>>,
    ) -> Result<Funded, RpcError> {
        let to = self.address("address", address)?;
        let edited = self.edit(DevEdit::Fund(to, amount.map(|it| it.0))).await?;
        Ok(Funded {
            at: edited.at,
            address,
            amount: Decimal(edited.amount),
            balance: Decimal(edited.balance),
        })
    }

    async fn set_balance(
        &self,
        address: AddressText,
        balance: Decimal<u128>,
    ) -> Result<Mined, RpcError> {
        let address = self.address("address", address)?;
        let edited = self.edit(DevEdit::Balance(address, balance.0)).await?;
        Ok(Mined { at: edited.at })
    }

    async fn set_nonce(
        &self,
        address: AddressText,
        nonce: Decimal<u64>,
    ) -> Result<Mined, RpcError> {
        let address = self.address("address", address)?;
        let edited = self.edit(DevEdit::Nonce(address, nonce.0)).await?;
        Ok(Mined { at: edited.at })
    }

    async fn set_storage(
        &self,
        contract: AddressText,
        key: Bytes,
        value: Option<Bytes>,
    ) -> Result<Mined, RpcError> {
        let contract = self.address("contract", contract)?;
        let edit = DevEdit::Storage(contract, key.0, value.map(|it| it.0));
        let edited = self.edit(edit).await?;
        Ok(Mined { at: edited.at })
    }

    async fn set_code(&self, contract: AddressText, code: Bytes) -> Result<CodeSet, RpcError> {
        let contract = self.address("contract", contract)?;
        let hash = CodeHash::of(&code.0);
        let edited = self.edit(DevEdit::Code(contract, code.0)).await?;
        Ok(CodeSet {
            at: edited.at,
            code: Text(hash),
        })
    }

    async fn impersonate(
        &self,
        sender: AddressText,
        transaction: Bytes,
    ) -> Result<Impersonated, RpcError> {
        let sender = self.address("sender", sender)?;
        let size_max = self.workers.node().spec().limits.tx_size_bytes_max as usize;
        let transaction: Transaction =
            decode_untrusted(&transaction, Limits::for_size(size_max)).map_err(malformed)?;
        let edited = self.edit(DevEdit::Act(sender, transaction)).await?;
        let receipt = edited.receipt.ok_or_else(|| RpcError::Internal {
            reference: "a block without the receipt that it is about".to_owned(),
        })?;
        Ok(Impersonated {
            at: edited.at,
            receipt: ReceiptView::new(&receipt, self.hrp),
            error: edited.error,
        })
    }

    async fn snapshot(&self) -> Result<SnapshotTaken, RpcError> {
        let (at, snapshot) = self.workers.node().snapshot().await?;
        Ok(SnapshotTaken { at, snapshot })
    }

    async fn revert(&self, snapshot: u32) -> Result<Mined, RpcError> {
        let at = self.workers.node().revert(snapshot).await?;
        Ok(Mined { at })
    }

    async fn reset(&self) -> Result<Mined, RpcError> {
        let at = self.workers.node().reset().await?;
        Ok(Mined { at })
    }

    async fn dump_state(&self) -> Result<Dumped, RpcError> {
        let dumped = self.workers.node().dump_state().await?;
        Ok(Dumped {
            at: dumped.at,
            file: dumped.file,
            size_bytes: Decimal(dumped.size_bytes),
            records: Decimal(dumped.records),
        })
    }

    async fn load_state(&self) -> Result<Mined, RpcError> {
        let at = self.workers.node().load_state().await?;
        Ok(Mined { at })
    }
}

impl Api {
    async fn clock(&self, time: DevTime) -> Result<TimeSet, RpcError> {
        let (at, time_ms) = self.workers.node().set_time(time).await?;
        Ok(TimeSet {
            at,
            time_ms: TimestampMs(time_ms),
        })
    }

    async fn edit(&self, edit: DevEdit) -> Result<Edited, RpcError> {
        self.workers.node().edit(edit).await
    }
}
