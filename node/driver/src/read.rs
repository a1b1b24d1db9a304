//! Answers from a view: what the RPC server's port asks, in its words.
//!
//! Always: reads one snapshot. State is that of the block which the answer's `at` names; where the
//! node no longer keeps it, the answer is `Pruned`.

use argosy_chain::{
    ChainError, ChainView, EventFilter, FailedFrame, InadmissibleOr, Location, QueryRequest,
    Selector, Trace,
};
use argosy_primitives::{AbiHash, Address, Block, Header, Height, Transaction, TxId};
use argosy_rpc::{EventsQuery, Found, Included, Outcome, QueryCall, Simulated};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, AddressText, At, BlockSelector, Bytes, CallFrame, ContractAnswer,
    EventEntry, EventView, EventsPage, HeaderView, ReceiptView, RpcError, StateKeyView,
    StateProofAnswer, StateProofsAnswer, StateValue, Text, TxProofAnswer,
};

use argosy_vm_abi::{ABI_SECTION, custom_sections};

use crate::error::{inadmissible, unread};

/// One snapshot that answers.
pub(crate) struct Reader(pub(crate) ChainView);

impl Reader {
    pub(crate) fn at(&self) -> At {
        let head = self.0.head();
        At::new(head.header.height, head.hash)
    }

    pub(crate) fn header(&self, at: BlockSelector) -> Result<Found<Header>, RpcError> {
        let height = self.height(at)?;
        let header = self
            .0
            .header(height)
            .map_err(unread)?
            .ok_or_else(|| no_block(at))?;
        Ok(Found {
            at: At::new(height, header.hash()),
            value: header,
        })
    }

    pub(crate) fn block(&self, at: BlockSelector) -> Result<Found<Block>, RpcError> {
        let height = self.height(at)?;
        let block = self
            .0
            .block(height)
            .map_err(unread)?
            .ok_or_else(|| no_block(at))?;
        Ok(Found {
            at: At::new(height, block.header.hash()),
            value: block,
        })
    }

    pub(crate) fn account(
        &self,
        address: Address,
        at: BlockSelector,
    ) -> Result<AccountAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let account = then
            .0
            .account(&address)
            .map_err(unread)?
            .unwrap_or_default();
        let is_contract = then.0.contract(&address).map_err(unread)?.is_some();
        Ok(AccountAnswer::new(
            at,
            then.text(address),
            &account,
            is_contract,
        ))
    }

    pub(crate) fn contract(
        &self,
        contract: Address,
        at: BlockSelector,
    ) -> Result<ContractAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let record = then.contract_record(contract)?;
        let code = then.0.code(&record.code).map_err(unread)?;
        let code = code.ok_or_else(|| {
            unread(ChainError::Damaged {
                what: format!("code {}", record.code),
            })
        })?;
        let balance = then
            .0
            .account(&contract)
            .map_err(unread)?
            .unwrap_or_default()
            .balance;
        Ok(ContractAnswer::new(
            at,
            then.text(contract),
            balance,
            &record,
            &code,
        ))
    }

    pub(crate) fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let code = then.contract_record(contract)?.code;
        let module = then.0.code_bytes(&code).map_err(unread)?;
        let section = module.and_then(|module| custom_sections(&module, ABI_SECTION));
        let section = section.ok_or_else(|| RpcError::not_found("ABI of code", code))?;
        let abi_hash = Text(AbiHash::of(&section));
        Ok(AbiAnswer {
            at,
            code: Text(code),
            abi_hash,
            section: Bytes(section),
        })
    }

    pub(crate) fn query(
        &self,
        call: &QueryCall,
        at: BlockSelector,
    ) -> Result<Found<Outcome>, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let request = QueryRequest {
            contract: call.contract,
            caller: call.caller,
            message: &call.message,
            gas_max: call.gas_limit,
        };
        let done = then.0.query(&request).map_err(unread)?;
        let diagnostic = describe(&done.trace);
        let value = Outcome {
            status: done.status,
            data: done.data,
            gas_used: done.gas_used,
            diagnostic,
            call_stack: then.call_stack(&done.trace),
        };
        Ok(Found { at, value })
    }

    pub(crate) fn simulate(
        &self,
        tx: &Transaction,
        at: BlockSelector,
    ) -> Result<Found<Simulated>, RpcError> {
        let then = self.state_at(at)?;
        let at = then.at();
        let done = then.0.simulate(tx).map_err(|error| match error {
            InadmissibleOr::Inadmissible(reason) => inadmissible(&reason),
            InadmissibleOr::Chain(error) => unread(error),
        })?;
        let diagnostic = describe(&done.trace);
        Ok(Found {
            at,
            value: Simulated {
                receipt: done.receipt,
                gas_limit: done.gas_limit,
                deposit_max: done.deposit_max,
                diagnostic,
                call_stack: then.call_stack(&done.trace),
            },
        })
    }

    pub(crate) fn state_proof(
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

    pub(crate) fn state_proofs(
        &self,
        keys: &[(Address, StateKeyView)],
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        let then = self.state_at(at)?;
        let asked: Vec<_> = keys.iter().map(|(it, key)| (*it, key.as_key())).collect();
        let proven = then.0.prove_states(&asked).map_err(unread)?;
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

    pub(crate) fn included(&self, location: Location) -> Result<Included, RpcError> {
        let receipt = self.0.receipt(location).map_err(unread)?;
        let receipt = receipt.ok_or_else(|| unread(damaged("receipt", location)))?;
        Ok(Included {
            at: self.block_at(location.height)?,
            index: location.index,
            receipt,
        })
    }

    pub(crate) fn tx_proof(&self, id: &TxId) -> Result<Option<TxProofAnswer>, RpcError> {
        let Some(location) = self.0.locate(id).map_err(unread)? else {
            return Ok(None);
        };
        let tx = self.0.prove_transaction(location).map_err(unread)?;
        let receipt = self.0.prove_receipt(location).map_err(unread)?;
        let (tx, proof) = tx
            .zip(receipt)
            .ok_or_else(|| unread(damaged("block", location)))?;
        let header = self.header(BlockSelector::Height(location.height))?;
        let view = ReceiptView::new(&self.included(location)?.receipt, self.hrp());
        Ok(Some(TxProofAnswer::new(
            header.at,
            self.header_view(&header.value),
            view,
            &tx,
            &proof,
        )))
    }

    pub(crate) fn events(&self, query: &EventsQuery) -> Result<EventsPage, RpcError> {
        let filter = EventFilter {
            contract: query.contract,
            topics: query.topics.clone(),
            after: query.after,
            from: query.from,
            to: query.to,
        };
        let page = self
            .0
            .events(&filter, query.limit as usize)
            .map_err(unread)?;
        let entry = |found: argosy_chain::FoundEvent| EventEntry {
            cursor: Text(found.cursor),
            tx_id: found.transaction.map(Text),
            event: EventView::new(&found.event, self.hrp()),
        };
        let events = page.events.into_iter().map(entry).collect();
        Ok(EventsPage {
            at: self.at(),
            events,
            resume: page.resume.or(query.after).map(Text),
            more: page.more,
        })
    }

    fn contract_record(&self, contract: Address) -> Result<argosy_chain::ContractRecord, RpcError> {
        let record = self.0.contract(&contract).map_err(unread)?;
        record.ok_or_else(|| RpcError::ContractNotFound {
            contract: Some(self.text(contract)),
            gas_used: None,
        })
    }

    fn height(&self, at: BlockSelector) -> Result<Height, RpcError> {
        self.0
            .resolve(selector(at))
            .map_err(unread)?
            .ok_or_else(|| no_block(at))
    }

    /// Reads state right after a block.
    fn state_at(&self, at: BlockSelector) -> Result<Reader, RpcError> {
        let found = self.0.at(selector(at)).map_err(unread)?;
        found.map(Reader).ok_or_else(|| no_block(at))
    }

    fn block_at(&self, height: Height) -> Result<At, RpcError> {
        Ok(self.header(BlockSelector::Height(height))?.at)
    }

    fn header_view(&self, header: &Header) -> HeaderView {
        HeaderView::new(header, self.hrp())
    }

    fn call_stack(&self, trace: &Trace) -> Vec<CallFrame> {
        let frame = |it: &FailedFrame| CallFrame {
            contract: self.text(it.contract),
            // The trace keeps no messages, so methods are not known.
            method: None,
        };
        running(&trace.frames).into_iter().map(frame).collect()
    }

    fn text(&self, address: Address) -> AddressText {
        AddressText::new(self.hrp(), address)
    }

    fn hrp(&self) -> argosy_primitives::Hrp {
        self.0.spec().network.hrp
    }
}

fn selector(at: BlockSelector) -> Selector {
    match at {
        BlockSelector::Height(height) => Selector::Height(height),
        BlockSelector::Hash(hash) => Selector::Hash(hash),
        BlockSelector::Latest | BlockSelector::Finalized => Selector::Latest,
        BlockSelector::Earliest => Selector::Earliest,
    }
}

fn no_block(at: BlockSelector) -> RpcError {
    RpcError::not_found("block", at)
}

fn damaged(what: &str, location: Location) -> ChainError {
    ChainError::Damaged {
        what: format!("{what} {}.{}", location.height, location.index),
    }
}

/// The frames that were running at the failure that ended the whole, outermost first.
///
/// Frames are noted when they end, so those of the last failure stand at the end, from the inside
/// outwards; failures that a contract lived through come before.
fn running(frames: &[FailedFrame]) -> Vec<&FailedFrame> {
    let outwards = frames.iter().rev().zip(1..);
    let (frames, _): (Vec<_>, Vec<u32>) = outwards
        .take_while(|(frame, depth)| frame.depth == *depth)
        .unzip();
    frames
}

/// The trace in one line: the reason, or what the innermost frame of the last failure had to say.
/// What a contract lived through is not why the whole failed.
fn describe(trace: &Trace) -> Option<String> {
    let innermost = running(&trace.frames).pop();
    let said = innermost.and_then(|frame| frame.diagnostic.clone());
    trace.reason.clone().or(said)
}

#[cfg(test)]
mod tests {
    use argosy_chain::FrameEntry;
    use argosy_primitives::StatusCode;

    use super::*;

    /// `noted`: depth and contract of each failed frame as it ended.
    #[track_caller]
    fn check(noted: &[(u32, u8)], expected: &[u8]) {
        let frame = |(depth, contract): &(u32, u8)| FailedFrame {
            depth: *depth,
            contract: Address::from_bytes([*contract; 32]),
            entry: FrameEntry::Call,
            status: StatusCode::Reverted,
            gas_used: 0,
            data: None,
            diagnostic: None,
        };
        let frames: Vec<FailedFrame> = noted.iter().map(frame).collect();
        let found = running(&frames)
            .into_iter()
            .map(|it| it.contract.as_bytes()[0]);
        assert_eq!(found.collect::<Vec<u8>>(), expected, "{noted:?}");
    }

    #[test]
    fn the_stack_is_that_of_the_last_failure() {
        check(&[], &[]);
        check(&[(1, 7)], &[7]);
        check(&[(3, 9), (2, 8), (1, 7)], &[7, 8, 9]);
        // Contract 7 lived through the failure of 5 and failed for that of 8.
        check(&[(2, 5), (2, 8), (1, 7)], &[7, 8]);
        // What failed was no contract, or an action after one that lived through a failure.
        check(&[(2, 5)], &[]);
    }
}
