//! What a running contract may learn of others: codes, contracts, their storage, the events so far.
//!
//! Invariant: answers are of the state as the transaction has changed it by now. The supply is as the block found it:
//! what its fees burn is taken from it at the end.

use argosy_primitives::{Address, CodeHash, Event};
use argosy_vm_host::{CodeFacts, ContractFacts, Facts, Question, SeenEvent};

use crate::error::Fault;
use crate::scope::TxScope;
use crate::system_event::SystemEvent;

const TOPIC_BYTES: u64 = 32;

impl TxScope<'_> {
    /// Answers a question of a frame.
    pub(crate) fn look_up(&self, question: &Question) -> Result<Facts, Fault> {
        Ok(match question {
            Question::Contract(address) => Facts::Contract(self.contract_facts(address)?),
            Question::Code(code_id) => Facts::Code(match self.state.code_by_id(*code_id)? {
                Some(code) => self.code_facts(code)?,
                None => None,
            }),
            Question::Stored(contract, key) => {
                let value = self.state.storage_get(contract, key)?;
                Facts::Stored(value.map(|it| it.to_vec()))
            }
            Question::EventCount => {
                Facts::EventCount(u32::try_from(self.events.len()).unwrap_or(u32::MAX))
            }
            Question::EventsFrom(first) => {
                let mut seen = Vec::new();
                for event in self.events.iter().skip(*first as usize) {
                    seen.extend(self.seen(event)?);
                }
                Facts::Events(seen)
            }
            Question::EventBytesFrom(first) => {
                let size = |it: &Event| it.data.len() as u64 + TOPIC_BYTES * it.topics.len() as u64;
                let events = self.events.iter().skip(*first as usize);
                Facts::EventBytes(events.map(size).sum())
            }
            Question::Migration => {
                Facts::Migration(self.migrations.last().copied().unwrap_or_default())
            }
            Question::Supply => Facts::Supply(self.state.supply()?),
        })
    }

    fn contract_facts(&self, address: &Address) -> Result<Option<ContractFacts>, Fault> {
        let Some(record) = self.state.contract(address)? else {
            return Ok(None);
        };
        let code = self.state.code(&record.code)?;
        let code = code.ok_or(Fault::Invariant("a contract runs code that is not stored"))?;
        Ok(Some(ContractFacts {
            abi: record.abi,
            code_id: code.code_id,
            creator: record.creator,
            admin: record.admin,
        }))
    }

    fn code_facts(&self, code: CodeHash) -> Result<Option<CodeFacts>, Fault> {
        let record = self.state.code(&code)?;
        Ok(record.map(|record| CodeFacts {
            code,
            sha256: record.sha256,
            uploader: record.uploader,
        }))
    }

    /// An event as contracts see it; of the chain's own they see moved funds.
    fn seen(&self, event: &Event) -> Result<Option<SeenEvent>, Fault> {
        if event.contract == Address::SYSTEM {
            let moved = SystemEvent::transfer_in(event);
            return Ok(moved.map(|(from, to, amount)| SeenEvent::Transferred { from, to, amount }));
        }
        let record = self.state.contract(&event.contract)?;
        Ok(record.map(|record| SeenEvent::Announced {
            abi: record.abi,
            event: event.clone(),
        }))
    }
}
