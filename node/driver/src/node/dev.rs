//! What only development chains do.
//!
//! Always: refused as `METHOD_DISABLED`, whatever the parameters, where the node was not started for
//! it; the thread refuses once more where the chain is none in memory.

use std::sync::Arc;

use argosy_chain::{ChainView, DumpError, Edit, EditRefusal, Location};
use argosy_primitives::TimestampMs;
use argosy_replica::{BlockMode, BlockModeError};
use argosy_rpc::{DevEdit, DevPort, DevTime, DumpedState, Edited};
use argosy_rpc_api::{AddressText, At, BlockSelector, Decimal, RpcError};
use async_trait::async_trait;

use super::{Developing, LocalNode};
use crate::dev::{DevRefusal, DevRequest, Developed, SNAPSHOTS_MAX};
use crate::error;
use crate::explain::Uploads;
use crate::read::Reader;
use crate::state_file::{StateFile, StateFileError};

#[async_trait]
impl DevPort for LocalNode {
    async fn mine(&self, count: u32, interval_ms: u32) -> Result<At, RpcError> {
        if !self.mines {
            return Err(disabled("dev_mine"));
        }
        if interval_ms > 0 && self.develops.is_none() {
            let reason = "only argosy dev moves its clock: leave it away";
            return Err(RpcError::invalid("intervalMs", reason));
        }
        let mut at = self.reader().at();
        for _ in 0..count {
            at = match interval_ms {
                0 => {
                    let height = self.driver.mine().await.map_err(error::mine)?;
                    self.reader().header(BlockSelector::Height(height))?.at
                }
                by_ms => {
                    let request = DevRequest::IncreaseTime(by_ms.into());
                    at_of(&self.develop("dev_mine", request).await?.view)
                }
            };
        }
        Ok(at)
    }

    async fn set_mining(&self, mode: &str) -> Result<(At, String), RpcError> {
        self.tools("dev_setMining")?;
        let blocks: BlockMode = mode
            .parse()
            .map_err(|error: BlockModeError| RpcError::invalid("mode", error))?;
        let request = DevRequest::Blocks(blocks);
        let done = self.develop("dev_setMining", request).await?;
        Ok((at_of(&done.view), blocks.to_string()))
    }

    async fn set_time(&self, time: DevTime) -> Result<(At, TimestampMs), RpcError> {
        let (method, request) = match time {
            DevTime::Set(time_ms) => ("dev_setTime", DevRequest::SetTime(time_ms)),
            DevTime::Increase(by_ms) => ("dev_increaseTime", DevRequest::IncreaseTime(by_ms)),
        };
        let done = self.develop(method, request).await?;
        Ok((at_of(&done.view), done.view.head().header.time_ms))
    }

    async fn edit(&self, edit: DevEdit) -> Result<Edited, RpcError> {
        let method = edit.method();
        let tools = self.tools(method)?;
        let amount = match &edit {
            DevEdit::Fund(_, amount) => amount.unwrap_or(tools.faucet_amount),
            DevEdit::Balance(..)
            | DevEdit::Nonce(..)
            | DevEdit::Storage(..)
            | DevEdit::Code(..)
            | DevEdit::Act(..) => 0,
        };
        let edit = edit_of(edit, amount);
        let address = edit.address();
        // A failure is told by what was to be done.
        let actions = match &edit {
            Edit::Act { actions, .. } => actions.clone(),
            Edit::Balance { .. }
            | Edit::Fund { .. }
            | Edit::Nonce { .. }
            | Edit::Storage { .. }
            | Edit::Code { .. } => Vec::new(),
        };
        let request = DevRequest::Edit(vec![edit]);
        let done = self.develop(method, request).await?;
        let account = done.view.account(&address).map_err(error::unread)?;
        let at = at_of(&done.view);
        let failed = (done.receipt.as_ref()).filter(|it| !it.status.is_success());
        let error = failed.map(|receipt| {
            // The block has no transactions, so its own receipt is its first.
            let location = Location {
                height: at.height.0,
                index: 0,
            };
            let reader = Reader(done.view.clone(), self.heard());
            Box::new(reader.failed(location, receipt, Uploads::Of(&actions)))
        });
        Ok(Edited {
            at,
            amount,
            balance: account.unwrap_or_default().balance,
            receipt: done.receipt,
            error,
        })
    }

    async fn snapshot(&self) -> Result<(At, u32), RpcError> {
        let done = self.develop("dev_snapshot", DevRequest::Snapshot).await?;
        let id = done.snapshot.ok_or_else(|| RpcError::Internal {
            reference: "a snapshot without a name".into(),
        })?;
        Ok((at_of(&done.view), id))
    }

    async fn revert(&self, snapshot: u32) -> Result<At, RpcError> {
        let request = DevRequest::Revert(snapshot);
        Ok(at_of(&self.develop("dev_revert", request).await?.view))
    }

    async fn reset(&self) -> Result<At, RpcError> {
        let done = self.develop("dev_reset", DevRequest::Reset).await?;
        Ok(at_of(&done.view))
    }

    async fn dump_state(&self) -> Result<DumpedState, RpcError> {
        let file = self.file("dev_dumpState")?;
        let view = self.driver.view();
        let task = tokio::task::spawn_blocking(move || {
            let report = file.write(&view)?;
            Ok::<_, StateFileError>((report, file))
        });
        let (report, file) = task.await.map_err(|_| crashed())?.map_err(file_failed)?;
        Ok(DumpedState {
            at: At::new(report.height, report.hash),
            file: file.path().display().to_string(),
            size_bytes: report.size_bytes,
            records: report.records,
        })
    }

    async fn load_state(&self) -> Result<At, RpcError> {
        let file = self.file("dev_loadState")?;
        let spec = Arc::clone(&self.spec);
        let path = file.path().display().to_string();
        let task = tokio::task::spawn_blocking(move || file.read(&spec));
        let loaded = task.await.map_err(|_| crashed())?.map_err(file_failed)?;
        let loaded = loaded.ok_or_else(|| RpcError::not_found("state file", path))?;
        let request = DevRequest::Load(loaded.moment);
        Ok(at_of(&self.develop("dev_loadState", request).await?.view))
    }
}

impl LocalNode {
    fn tools(&self, method: &str) -> Result<&Developing, RpcError> {
        self.develops.as_ref().ok_or_else(|| disabled(method))
    }

    async fn develop(&self, method: &str, request: DevRequest) -> Result<Developed, RpcError> {
        self.tools(method)?;
        let subject = match &request {
            DevRequest::Edit(edits) => edits.first().map(|it| self.reader().text(it.address())),
            _ => None,
        };
        let done = self.driver.develop(request).await;
        done.map_err(|refusal| refused(refusal, method, subject))
    }

    fn file(&self, method: &str) -> Result<Arc<StateFile>, RpcError> {
        let file = &self.tools(method)?.file;
        file.clone().ok_or_else(|| {
            RpcError::not_found("state file", "(start argosy dev with --state FILE)")
        })
    }
}

fn edit_of(edit: DevEdit, amount: u128) -> Edit {
    match edit {
        DevEdit::Balance(address, balance) => Edit::Balance { address, balance },
        DevEdit::Fund(address, _) => Edit::Fund { address, amount },
        DevEdit::Nonce(address, nonce) => Edit::Nonce { address, nonce },
        DevEdit::Storage(contract, key, value) => Edit::Storage {
            contract,
            key,
            value,
        },
        DevEdit::Code(contract, code) => Edit::Code { contract, code },
        DevEdit::Act(sender, transaction) => Edit::Act {
            sender,
            actions: transaction.actions,
            gas_limit: transaction.gas_limit,
            deposit_max: transaction.deposit_max,
        },
    }
}

fn at_of(view: &ChainView) -> At {
    let head = view.head();
    At::new(head.header.height, head.hash)
}

fn disabled(method: &str) -> RpcError {
    RpcError::MethodDisabled {
        method: method.to_owned(),
    }
}

/// `subject`: whom it was about, if it was about somebody.
fn refused(refusal: DevRefusal, method: &str, subject: Option<AddressText>) -> RpcError {
    match refusal {
        DevRefusal::Busy(reason) => error::mine(reason),
        DevRefusal::NotDev => disabled(method),
        DevRefusal::Edit(reason) => edit_refused(&reason, method, subject),
        DevRefusal::Time { .. } => {
            let param = match method {
                "dev_setTime" => "timeMs",
                "dev_increaseTime" => "byMs",
                _ => "intervalMs",
            };
            RpcError::invalid(param, refusal)
        }
        DevRefusal::NoSnapshot { id } => RpcError::not_found("snapshot", id),
        DevRefusal::Snapshots => RpcError::RangeTooLarge {
            what: "snapshots".into(),
            max: Decimal(SNAPSHOTS_MAX as u64),
            got: Decimal(SNAPSHOTS_MAX as u64 + 1),
        },
        DevRefusal::Chain(error) => error::unread(error),
    }
}

fn edit_refused(reason: &EditRefusal, method: &str, subject: Option<AddressText>) -> RpcError {
    let param = match reason {
        EditRefusal::Actions(reason) => return error::inadmissible(reason),
        EditRefusal::NoContract => {
            return RpcError::ContractNotFound {
                contract: subject,
                gas_used: None,
                call_stack: Vec::new(),
            };
        }
        EditRefusal::Balance { .. } if method == "dev_faucet" => "amount",
        EditRefusal::Balance { .. } => "balance",
        EditRefusal::NonceUsed { .. } => "nonce",
        EditRefusal::TooLarge { what, .. } => *what,
        EditRefusal::Code(_) => "code",
    };
    RpcError::invalid(param, reason)
}

/// What is wrong with the file is the developer's to know, who named it.
fn file_failed(error: StateFileError) -> RpcError {
    tracing::warn!(
        target: "driver",
        code = "chain.state_file_failed",
        %error,
        "the state of the development chain was not written or read"
    );
    match &error.source {
        DumpError::Foreign
        | DumpError::OtherChain { .. }
        | DumpError::Torn
        | DumpError::Damaged { .. } => RpcError::InvalidParams {
            param: None,
            reason: error.to_string(),
        },
        DumpError::Io(_) | DumpError::Chain(_) => RpcError::Internal {
            reference: error.to_string(),
        },
    }
}

fn crashed() -> RpcError {
    RpcError::Internal {
        reference: "panic".into(),
    }
}
