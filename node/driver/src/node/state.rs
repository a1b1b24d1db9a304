//! Values in state, with proofs.

use argosy_chain::{ChainError, Changed, DiffQuery};
use argosy_primitives::Address;
use argosy_proof::StateKey;
use argosy_rpc::{StateDiff, StatePort, StateRange};
use argosy_rpc_api::{
    BlockSelector, Bytes, Decimal, RpcError, StateAnswer, StateDiffAnswer, StateEntry,
    StateKeyView, StatePlace, StateProofAnswer, StateProofsAnswer, StateRangeAnswer, StateValue,
};

use super::LocalNode;
use crate::error::unread;
use crate::read::Reader;

/// An answer of `state_getRange` ends once its entries have so many bytes; as text they have twice as many.
const RANGE_BYTES_MAX: usize = 1 << 20;
/// `state_getProofs` gives up on values of more bytes, at the first that is too much; as text they have twice as
/// many.
const PROVEN_BYTES_MAX: usize = 2 << 20;
/// An answer of `state_getStorageDiff` ends once its keys and values have so many bytes.
const DIFF_BYTES_MAX: usize = 1 << 20;

impl StatePort for LocalNode {
    fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateAnswer, RpcError> {
        self.reader().state_value(address, key, at)
    }

    fn state_range(
        &self,
        address: Address,
        range: StateRange,
        at: BlockSelector,
    ) -> Result<StateRangeAnswer, RpcError> {
        self.reader().state_range(address, &range, at)
    }

    fn state_diff(&self, diff: StateDiff, at: BlockSelector) -> Result<StateDiffAnswer, RpcError> {
        self.reader().state_diff(&diff, at)
    }

    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError> {
        self.reader().state_proof(address, &key, at)
    }

    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        self.reader().state_proofs(&keys, at)
    }
}

impl Reader {
    fn state_diff(&self, diff: &StateDiff, at: BlockSelector) -> Result<StateDiffAnswer, RpcError> {
        let height = self.height(at)?;
        let after = diff.after.as_ref();
        let query = DiffQuery {
            height,
            address: diff.address.as_ref(),
            after: after.map(|(address, key)| (address, key.as_key())),
            changes_max: diff.limit as usize,
            bytes_max: DIFF_BYTES_MAX,
        };
        let page = self.0.changed_by(&query).map_err(unread)?;
        let page = page.ok_or_else(|| self.no_block(at))?;
        let last = page.changes.last().filter(|_| page.more);
        let next = last.and_then(Changed::place);
        Ok(StateDiffAnswer {
            at: self.block_at(height)?,
            next: next.map(|(address, key)| StatePlace {
                address: self.text(address),
                key: key.into(),
            }),
            changes: (page.changes.iter())
                .filter_map(|it| self.change(it))
                .collect(),
        })
    }

    fn state_value(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateAnswer, RpcError> {
        let then = self.state_at(at)?;
        let value = then.0.state_value(&address, key.as_key()).map_err(unread)?;
        Ok(StateAnswer {
            at: then.at(),
            address: then.text(address),
            key,
            value: value.map(|it| Bytes(it.to_vec())),
        })
    }

    fn state_range(
        &self,
        address: Address,
        range: &StateRange,
        at: BlockSelector,
    ) -> Result<StateRangeAnswer, RpcError> {
        let then = self.state_at(at)?;
        let after = range.after.as_ref().map(StateKeyView::as_key);
        let limits = (range.limit as usize, RANGE_BYTES_MAX);
        let found = then.0.state_entries(&address, after, limits);
        let (entries, more) = found.map_err(unread)?;
        let entry = |(whole, value): (Vec<u8>, argosy_kv::Bytes)| {
            let (_, key) = StateKey::of_whole(&whole)?;
            Some(StateEntry {
                key: key.into(),
                value: Bytes(value.to_vec()),
            })
        };
        let entries: Option<Vec<StateEntry>> = entries.into_iter().map(entry).collect();
        let damaged = || ChainError::Damaged {
            what: "a key of state is of no kind".to_owned(),
        };
        Ok(StateRangeAnswer {
            at: then.at(),
            address: then.text(address),
            entries: entries.ok_or_else(|| unread(damaged()))?,
            more,
        })
    }

    fn state_proof(
        &self,
        address: Address,
        key: &StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let proven = then.0.prove_state(&address, key.as_key()).map_err(unread)?;
        let header = then.header_view(&then.0.head().header);
        let value = proven.value.map(|value| value.to_vec());
        let subject = (then.text(address), key.as_key());
        Ok(StateProofAnswer::new(
            at,
            header,
            subject,
            value,
            &proven.proof,
        ))
    }

    fn state_proofs(
        &self,
        keys: &[(Address, StateKeyView)],
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        let then = self.state_at(at)?;
        let asked: Vec<_> = keys.iter().map(|(it, key)| (*it, key.as_key())).collect();
        let proven = then.0.prove_states(&asked, PROVEN_BYTES_MAX);
        let proven = proven.map_err(unread)?.map_err(|bytes| {
            // Found until it was too much: in smaller parts there is more.
            let (max, got) = (PROVEN_BYTES_MAX as u64, bytes as u64);
            RpcError::RangeTooLarge {
                what: "size in bytes of the values".to_owned(),
                max: Decimal(max),
                got: Decimal(got),
            }
        })?;
        let found = keys.iter().zip(proven.values);
        let values = found.map(|((address, key), value)| StateValue {
            address: then.text(*address),
            key: key.clone(),
            value: value.map(|value| Bytes(value.to_vec())),
        });
        let header = then.header_view(&then.0.head().header);
        Ok(StateProofsAnswer::new(
            then.at(),
            header,
            values.collect(),
            &proven.proof,
        ))
    }
}
