//! Events as wasmd builds them, and how they stand in receipts.
//!
//! ```text
//! execute                _contract_address              one for each entry that ran, `reply` too
//! wasm                   _contract_address, attributes  if the response has attributes
//! wasm-<type>            _contract_address, attributes  for each event of the response
//!
//! in a receipt: topic 1 = hash of the type, data = {"type", "attributes": [{"key", "value"}]}
//! ```
//!
//! Source: wasmd, `x/wasm/keeper/events.go`.

use argosy_primitives::{AbiKind, StatusCode};
use argosy_vm_abi::{Entry, event_topic};
use argosy_vm_host::{HostError, SeenEvent, Stop};
use cosmwasm_std::{Attribute, Event};

use crate::ask;
use crate::begin::json;
use crate::coins::coins_text;
use crate::desk::Desk;
use crate::table::Afterwards;

/// The attribute that says whose event it is.
const CONTRACT: &str = "_contract_address";
const CODE_ID: &str = "code_id";
/// Attributes that begin so are the chain's.
const RESERVED: char = '_';
/// A type of a contract's own, in bytes.
const TYPE_BYTES_MIN: usize = 3;
/// Bytes of a topic.
const TOPIC_BYTES: u64 = 32;

impl Desk<'_> {
    /// Announces that an entry of the contract with this text ran.
    pub(crate) fn announce_entry(&mut self, entry: Entry, text: &str) -> Result<(), Stop> {
        let address = attribute(CONTRACT, text.to_owned());
        let ty = match self.is_sudo(entry) {
            true => "sudo",
            false => type_of(entry),
        };
        let mut event = Event::new(ty);
        match entry {
            Entry::Call | Entry::Reply => event.attributes.push(address),
            Entry::Query => return Ok(()),
            Entry::Init | Entry::Upgrade => {
                let contract = self.host.context().contract;
                let facts = ask::contract(self.host, &contract)?;
                let code_id = facts.map_or(0, |it| it.code_id).to_string();
                let code_id = attribute(CODE_ID, code_id);
                event.attributes.extend(match entry {
                    Entry::Init => [address, code_id],
                    _ => [code_id, address],
                });
            }
        }
        self.announce(&event)
    }

    /// Announces what a response of the contract with this text says.
    pub(crate) fn announce_response(
        &mut self,
        contract: &str,
        attributes: Vec<Attribute>,
        events: Vec<Event>,
    ) -> Result<(), Stop> {
        let built = build(contract, attributes, events);
        for event in built.map_err(|flaw| Stop::Reverted(flaw.as_bytes().to_vec()))? {
            self.announce(&event)?;
        }
        Ok(())
    }

    /// The contract that runs, as text.
    pub(crate) fn contract_text(&self) -> String {
        self.terms.text(&self.host.context().contract)
    }

    fn announce(&mut self, event: &Event) -> Result<(), Stop> {
        self.afterwards(Afterwards::Event, |desk| desk.emit(event))
    }

    fn emit(&mut self, event: &Event) -> Result<(), Stop> {
        let data = json(event)?;
        if data.len() > self.terms.limits.event_bytes_max as usize {
            return Err(Stop::Refused(StatusCode::LimitExceeded));
        }
        let bytes = TOPIC_BYTES + data.len() as u64;
        self.pay(self.terms.prices.emit, bytes)?;
        let emitted: Result<(), HostError> = self.host.emit(&[event_topic(&event.ty)], &data);
        Ok(emitted?)
    }
}

/// What a contract is shown of events: those of its ABI, and moved funds as bank announces them. As on
/// Cosmos chains their attributes are in the order of their keys then.
pub(crate) fn shown(seen: Vec<SeenEvent>, desk: &Desk<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    for seen in seen {
        match seen {
            SeenEvent::Announced {
                abi: AbiKind::CosmWasm,
                event,
            } => events.extend(serde_json::from_slice::<Event>(&event.data)),
            SeenEvent::Announced { .. } => {}
            SeenEvent::Transferred { from, to, amount } => {
                let (from, to) = (desk.terms.text(&from), desk.terms.text(&to));
                let amount = coins_text(amount, &desk.terms.denom);
                events.extend(bank_events(&from, &to, &amount));
            }
        }
    }
    for event in &mut events {
        event.attributes.sort_by(|a, b| a.key.cmp(&b.key));
    }
    events
}

fn bank_events(from: &str, to: &str, amount: &str) -> [Event; 3] {
    let event = |ty: &str, attributes: &[(&str, &str)]| {
        let mut event = Event::new(ty);
        let attributes = attributes.iter();
        event.attributes = attributes
            .map(|(key, value)| attribute(key, (*value).to_owned()))
            .collect();
        event
    };
    [
        event("coin_spent", &[("spender", from), ("amount", amount)]),
        event("coin_received", &[("receiver", to), ("amount", amount)]),
        event(
            "transfer",
            &[("recipient", to), ("sender", from), ("amount", amount)],
        ),
    ]
}

/// The events of a response.
fn build(
    contract: &str,
    attributes: Vec<Attribute>,
    events: Vec<Event>,
) -> Result<Vec<Event>, &'static str> {
    let mut built = Vec::new();
    if !attributes.is_empty() {
        built.push(build_one("wasm".into(), contract, attributes)?);
    }
    for event in events {
        let ty = event.ty.trim();
        if ty.len() < TYPE_BYTES_MIN {
            return Err("event type too short");
        }
        built.push(build_one(format!("wasm-{ty}"), contract, event.attributes)?);
    }
    Ok(built)
}

fn build_one(
    ty: String,
    contract: &str,
    attributes: Vec<Attribute>,
) -> Result<Event, &'static str> {
    let mut event = Event::new(ty);
    event
        .attributes
        .push(attribute(CONTRACT, contract.to_owned()));
    for Attribute { key, value } in attributes {
        let key = key.trim();
        if key.is_empty() {
            return Err("event attribute key is empty");
        }
        if key.starts_with(RESERVED) {
            return Err("event attribute key starts with the reserved prefix _");
        }
        event
            .attributes
            .push(attribute(key, value.trim().to_owned()));
    }
    Ok(event)
}

/// Made in place: the library's constructor panics at reserved keys in some builds.
fn attribute(key: &str, value: String) -> Attribute {
    Attribute {
        key: key.to_owned(),
        value,
    }
}

const fn type_of(entry: Entry) -> &'static str {
    match entry {
        Entry::Init => "instantiate",
        Entry::Call => "execute",
        Entry::Query => "query",
        Entry::Upgrade => "migrate",
        Entry::Reply => "reply",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(list: &[(&str, &str)]) -> Vec<Attribute> {
        let list = list.iter();
        list.map(|(key, value)| attribute(key, (*value).into()))
            .collect()
    }

    fn event(ty: &str, list: &[(&str, &str)]) -> Event {
        let mut event = Event::new(ty);
        event.attributes = attributes(list);
        event
    }

    #[test]
    fn a_response_without_attributes_has_no_event_of_its_own() {
        assert_eq!(build("me", Vec::new(), Vec::new()), Ok(Vec::new()));
        let custom = build("me", Vec::new(), vec![event("done", &[])]);
        let expected = event("wasm-done", &[(CONTRACT, "me")]);
        assert_eq!(custom, Ok(vec![expected]));
    }

    #[test]
    fn the_contract_comes_first_and_words_are_trimmed() {
        let built = build(
            "me",
            attributes(&[(" a ", " b ")]),
            vec![event(" typ ", &[])],
        );
        let wasm = event("wasm", &[(CONTRACT, "me"), ("a", "b")]);
        let custom = event("wasm-typ", &[(CONTRACT, "me")]);
        assert_eq!(built, Ok(vec![wasm, custom]));
    }

    #[test]
    fn what_only_the_chain_may_say_is_refused() {
        for key in ["", "  ", "_contract_address", " _x"] {
            assert!(build("me", attributes(&[(key, "v")]), Vec::new()).is_err());
        }
        for ty in ["", " x ", "y", "ty", " ty "] {
            assert!(build("me", Vec::new(), vec![event(ty, &[])]).is_err());
        }
    }
}
