//! Contracts of what is built here, and their calls: read from the chain's blocks.
//!
//! Only what was sent in transactions and succeeded counts; what contracts did to each other comes again by
//! itself. Where the chain went back, everything is read anew.

use std::collections::BTreeMap;

use argosy_primitives::{Action, Address, Balance, TxId};
use argosy_rpc_api::{At, BlockDetail, BlockSelector, Height, RpcError, TransactionView};
use argosy_sdk::{Client, SdkError, contract};

use super::modules::Modules;

/// So many contracts are followed; later ones are not.
const CONTRACTS_MAX: usize = 256;
/// So many calls of a contract are made once more.
const CALLS_MAX: usize = 1_000;

/// What happened to the contracts.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The last block that was read.
    read: Option<At>,
    contracts: BTreeMap<Address, Past>,
    /// Where those went that could not stay.
    moved: BTreeMap<Address, Address>,
}

/// A contract's past.
#[derive(Debug, Clone)]
pub(super) struct Past {
    /// The name of its module.
    pub(super) module: String,
    /// Its creator.
    pub(super) creator: Address,
    /// Who could upgrade it at first.
    pub(super) admin: Option<Address>,
    /// The message to `init`, and what was sent along.
    pub(super) init: (Vec<u8>, Balance),
    /// In their order.
    pub(super) calls: Vec<PastCall>,
    /// Whether there were more calls than are remembered.
    pub(super) is_cut: bool,
}

/// A call that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PastCall {
    /// Who called.
    pub(super) sender: Address,
    /// What was sent along.
    pub(super) funds: Balance,
    /// Its bytes.
    pub(super) message: Vec<u8>,
}

impl History {
    /// Reads the blocks since the last time.
    pub(super) async fn read(
        &mut self,
        client: &Client,
        modules: &Modules,
    ) -> Result<(), SdkError> {
        if let Some(read) = self.read
            && !is_there(client, &read).await?
        {
            *self = History::default();
        }
        let head = client.header(BlockSelector::Latest).await?.at;
        let mut height = self.read.map_or(1, |it| it.height.0.saturating_add(1));
        while height <= head.height.0 {
            let at = BlockSelector::Height(height);
            match client.block(at, BlockDetail::Full).await {
                Ok(block) => {
                    for transaction in block.transactions.unwrap_or_default() {
                        self.transaction(client, modules, &transaction).await?;
                    }
                    self.read = Some(block.at);
                    height = height.saturating_add(1);
                }
                Err(error) => match error.rpc() {
                    // A chain from a file may begin later.
                    Some(RpcError::Pruned { oldest_height }) if oldest_height.0 > height => {
                        height = oldest_height.0;
                    }
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// The contracts of a module, by address.
    pub(super) fn contracts_of(&self, module: &str) -> Vec<Address> {
        let of_module = self.contracts.iter().filter(|(_, it)| it.module == module);
        of_module.map(|(address, _)| *address).collect()
    }

    /// A contract's past.
    pub(super) fn past(&self, address: &Address) -> Option<&Past> {
        self.contracts.get(address)
    }

    /// The contract is another one from now on.
    pub(super) fn moves(&mut self, from: Address, to: Address) {
        self.contracts.remove(&from);
        for target in self.moved.values_mut().filter(|it| **it == from) {
            *target = to;
        }
        self.moved.insert(from, to);
    }

    /// The contract is no more.
    pub(super) fn forget(&mut self, address: &Address) {
        self.contracts.remove(address);
    }

    /// Where contracts went.
    pub(super) fn moved(&self) -> &BTreeMap<Address, Address> {
        &self.moved
    }

    async fn transaction(
        &mut self,
        client: &Client,
        modules: &Modules,
        view: &TransactionView,
    ) -> Result<(), SdkError> {
        let sender = view.sender.address;
        let actions: Vec<Action> = view.actions.iter().map(Action::from).collect();
        let concerns = |action: &Action| match action {
            Action::Instantiate { code, .. } => modules.name_of(code).is_some(),
            Action::Call { contract, .. } => self.contracts.contains_key(contract),
            _ => false,
        };
        // A transaction may create a contract and call it at once.
        if !actions.iter().any(concerns) || !succeeded(client, view.id.0).await? {
            return Ok(());
        }
        for action in actions {
            self.action(modules, sender, action);
        }
        Ok(())
    }

    fn action(&mut self, modules: &Modules, sender: Address, action: Action) {
        match action {
            Action::Instantiate {
                code,
                salt,
                admin,
                funds,
                message,
            } => {
                let Some(module) = modules.name_of(&code) else {
                    return;
                };
                if self.contracts.len() >= CONTRACTS_MAX {
                    return;
                }
                let past = Past {
                    module: module.to_owned(),
                    creator: sender,
                    admin,
                    init: (message, funds),
                    calls: Vec::new(),
                    is_cut: false,
                };
                let address = contract::address_of(&sender, &salt, &code);
                self.contracts.insert(address, past);
            }
            Action::Call {
                contract,
                funds,
                message,
                ..
            } => {
                let Some(past) = self.contracts.get_mut(&contract) else {
                    return;
                };
                past.is_cut |= past.calls.len() >= CALLS_MAX;
                if !past.is_cut {
                    past.calls.push(PastCall {
                        sender,
                        funds,
                        message,
                    });
                }
            }
            _ => {}
        }
    }
}

/// Whether the chain still has this block.
async fn is_there(client: &Client, at: &At) -> Result<bool, SdkError> {
    let Height(height) = at.height;
    match client.header(BlockSelector::Height(height)).await {
        Ok(found) => Ok(found.at == *at),
        Err(error) => match error.rpc() {
            Some(RpcError::NotFound { .. } | RpcError::Pruned { .. }) => Ok(false),
            _ => Err(error),
        },
    }
}

async fn succeeded(client: &Client, id: TxId) -> Result<bool, SdkError> {
    Ok(client.receipt(id).await?.receipt.status.0.is_success())
}
