//! Contracts of what is built here, and their calls: read from the chain's blocks.
//!
//! Only what was sent in transactions and succeeded counts; what contracts did to each other comes again by
//! itself. Where the chain went back, everything is read anew.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Where those went that could not stay, each to the next one.
    moves: BTreeMap<Address, Address>,
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
            self.contracts.clear();
            self.read = None;
        }
        let head = client.header(BlockSelector::Latest).await?.at;
        let mut height = self.read.map_or(1, |it| it.height.0.saturating_add(1));
        while height <= head.height.0 {
            let at = BlockSelector::Height(height);
            match client.block(at, BlockDetail::Full).await {
                Ok(block) => {
                    let transactions = block.transactions.unwrap_or_default();
                    let done = self.done(client, modules, &transactions).await?;
                    // All of a block or nothing: what cannot be read now is read once more.
                    for (sender, actions) in done {
                        for action in actions {
                            self.action(modules, sender, action);
                        }
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
        self.settle();
        Ok(())
    }

    /// Whoever has a successor on this chain is followed no more, also when it was read anew; where the chain
    /// went back behind the successor there is none.
    fn settle(&mut self) {
        let is_left = |from: &Address| {
            let mut successors = self.successors(*from);
            successors.any(|it| self.contracts.contains_key(&it))
        };
        let left: BTreeSet<Address> = (self.moves.keys().copied()).filter(is_left).collect();
        self.moves.retain(|from, _| left.contains(from));
        self.contracts.retain(|it, _| !left.contains(it));
    }

    /// Where a contract went, and where that went.
    fn successors(&self, from: Address) -> impl Iterator<Item = Address> {
        let next = |it: &Address| self.moves.get(it).copied();
        // No way is longer than there are steps.
        std::iter::successors(next(&from), next).take(self.moves.len())
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
        self.moves.insert(from, to);
    }

    /// The contract is no more.
    pub(super) fn forget(&mut self, address: &Address) {
        self.contracts.remove(address);
    }

    /// Where contracts went, to the last of their successors.
    pub(super) fn moved(&self) -> BTreeMap<Address, Address> {
        let end = |from: &Address| Some((*from, self.successors(*from).last()?));
        self.moves.keys().filter_map(end).collect()
    }

    /// What succeeded of a block's transactions and is about contracts that are followed, by sender.
    async fn done(
        &self,
        client: &Client,
        modules: &Modules,
        transactions: &[TransactionView],
    ) -> Result<Vec<(Address, Vec<Action>)>, SdkError> {
        let mut done = Vec::new();
        let mut creates = false;
        for view in transactions {
            let actions: Vec<Action> = view.actions.iter().map(Action::from).collect();
            let concerns = |action: &Action| match action {
                Action::Instantiate { code, .. } => modules.name_of(code).is_some(),
                // It may be called in the block in which it is created.
                Action::Call { contract, .. } => creates || self.contracts.contains_key(contract),
                _ => false,
            };
            if actions.iter().any(concerns) && succeeded(client, view.id.0).await? {
                let is_creation = |it: &Action| matches!(it, Action::Instantiate { .. });
                creates |= actions.iter().any(is_creation);
                done.push((view.sender.address, actions));
            }
        }
        Ok(done)
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
                // A file stays of one kind.
                let Some(host) = modules.newest(module).map(|it| it.host) else {
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
                let address = contract::address_of(host, &sender, &salt, &code);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u8) -> Address {
        Address::from_bytes([number; 32])
    }

    /// What is followed after the chain was read, which has these contracts.
    fn read(history: &mut History, found: &[u8]) -> Vec<Address> {
        let past = || Past {
            module: "out.wasm".to_owned(),
            creator: address(9),
            admin: None,
            init: (Vec::new(), 0),
            calls: Vec::new(),
            is_cut: false,
        };
        let found = found.iter().map(|it| (address(*it), past()));
        history.contracts.extend(found);
        history.settle();
        history.contracts_of("out.wasm")
    }

    #[test]
    fn who_has_a_successor_is_followed_no_more_however_often_the_chain_is_read() {
        let mut history = History::default();
        assert_eq!(read(&mut history, &[1]), [address(1)]);
        history.moves(address(1), address(2));
        assert_eq!(read(&mut history, &[2]), [address(2)]);
        history.moves(address(2), address(3));
        assert_eq!(read(&mut history, &[3]), [address(3)]);
        let ends = BTreeMap::from([(address(1), address(3)), (address(2), address(3))]);
        assert_eq!(history.moved(), ends);
        // The chain went back a little: all of it is read anew.
        let mut anew = |found: &[u8]| {
            history.contracts.clear();
            (read(&mut history, found), history.moved())
        };
        assert_eq!(anew(&[1, 2, 3]), (vec![address(3)], ends));
        // Behind the last successor, and behind both.
        let ends = BTreeMap::from([(address(1), address(2))]);
        assert_eq!(anew(&[1, 2]), (vec![address(2)], ends));
        assert_eq!(anew(&[1]), (vec![address(1)], BTreeMap::new()));
    }
}
