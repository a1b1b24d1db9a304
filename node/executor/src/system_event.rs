//! What the chain itself announces: moved funds, stored code, created and upgraded contracts.
//!
//! ```text
//! contract = Address::SYSTEM
//! topics   = blake3(name) ‖ indexed fields, 32 bytes each
//! data     = SCALE of all fields in order, indexed ones included
//! ```
//!
//! The layout is that of contract events, so one decoder serves both. Frozen by golden files. An admin is the topic that
//! it is searched by, and no topic where there is none. Of a creation the topics are full without: filters know four.

use argosy_primitives::{Address, Balance, CodeHash, Event, Limits, blake3, decode_untrusted};
use parity_scale_codec::Encode;

/// Something that the chain did on behalf of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemEvent {
    /// Funds moved from one account to another, by an action, a call or a contract.
    Transferred {
        /// Who paid.
        from: Address,
        /// Who received.
        to: Address,
        /// How much.
        amount: Balance,
    },
    /// New code was accepted.
    CodeStored {
        /// Its hash.
        code: CodeHash,
        /// Who uploaded it.
        uploader: Address,
        /// Its sequential number.
        code_id: u64,
    },
    /// Unused code was removed.
    CodeRemoved {
        /// Its hash.
        code: CodeHash,
        /// Who had uploaded it.
        uploader: Address,
    },
    /// A contract came to life.
    ContractCreated {
        /// Its address.
        contract: Address,
        /// Its code.
        code: CodeHash,
        /// Who created it.
        creator: Address,
        /// Who may upgrade it.
        admin: Option<Address>,
    },
    /// A contract got other code.
    ContractUpgraded {
        /// Its address.
        contract: Address,
        /// The code before.
        from: CodeHash,
        /// The code from the next frame on.
        to: CodeHash,
    },
    /// A contract got another admin, or none.
    AdminChanged {
        /// Its address.
        contract: Address,
        /// Who may upgrade it from now on.
        admin: Option<Address>,
    },
}

impl SystemEvent {
    /// The name whose hash is the first topic.
    pub const fn name(&self) -> &'static str {
        match self {
            SystemEvent::Transferred { .. } => "Transferred",
            SystemEvent::CodeStored { .. } => "CodeStored",
            SystemEvent::CodeRemoved { .. } => "CodeRemoved",
            SystemEvent::ContractCreated { .. } => "ContractCreated",
            SystemEvent::ContractUpgraded { .. } => "ContractUpgraded",
            SystemEvent::AdminChanged { .. } => "AdminChanged",
        }
    }

    /// The event as it stands in a receipt.
    pub fn to_event(&self) -> Event {
        let (indexed, data) = self.parts();
        let mut topics = Vec::with_capacity(indexed.len() + 1);
        topics.push(blake3(self.name().as_bytes()));
        topics.extend(indexed);
        Event {
            contract: Address::SYSTEM,
            topics,
            data,
        }
    }

    /// Payer, receiver and amount, if an event says that funds were moved.
    pub(crate) fn transfer_in(event: &Event) -> Option<(Address, Address, Balance)> {
        let is_transfer = event.contract == Address::SYSTEM
            && event.topics.first() == Some(&blake3(b"Transferred"));
        if !is_transfer {
            return None;
        }
        decode_untrusted(&event.data, Limits::for_size(event.data.len())).ok()
    }

    /// The accounts that an event of the chain's own names: who paid and who received, who uploaded, whose
    /// contract it is, who created it and who may upgrade it. None of an event that a contract announced.
    pub fn accounts_of(event: &Event) -> impl Iterator<Item = Address> {
        let topics = account_topics(event).iter();
        let topics = topics.filter_map(|place| event.topics.get(*place));
        let topics = topics.map(|topic| Address::from_bytes(*topic));
        topics.chain(first_admin(event))
    }

    /// Indexed fields, and all fields in order.
    fn parts(&self) -> (Vec<[u8; 32]>, Vec<u8>) {
        match self {
            SystemEvent::Transferred { from, to, amount } => (
                vec![*from.as_bytes(), *to.as_bytes()],
                (from, to, amount).encode(),
            ),
            SystemEvent::CodeStored {
                code,
                uploader,
                code_id,
            } => (
                vec![*code.as_bytes(), *uploader.as_bytes()],
                (code, uploader, code_id).encode(),
            ),
            SystemEvent::CodeRemoved { code, uploader } => (
                vec![*code.as_bytes(), *uploader.as_bytes()],
                (code, uploader).encode(),
            ),
            SystemEvent::ContractCreated {
                contract,
                code,
                creator,
                admin,
            } => (
                vec![*contract.as_bytes(), *code.as_bytes(), *creator.as_bytes()],
                (contract, code, creator, admin).encode(),
            ),
            SystemEvent::ContractUpgraded { contract, from, to } => (
                vec![*contract.as_bytes(), *from.as_bytes(), *to.as_bytes()],
                (contract, from, to).encode(),
            ),
            SystemEvent::AdminChanged { contract, admin } => {
                let mut indexed = vec![*contract.as_bytes()];
                indexed.extend(admin.map(|it| *it.as_bytes()));
                (indexed, (contract, admin).encode())
            }
        }
    }
}

/// The admin of a contract that came to life, for whom its event has no topic.
fn first_admin(event: &Event) -> Option<Address> {
    let is_creation = event.contract == Address::SYSTEM
        && event.topics.len() == 4
        && event.topics.first() == Some(&blake3(b"ContractCreated"));
    if !is_creation {
        return None;
    }
    let limits = Limits::for_size(event.data.len());
    let fields: (Address, CodeHash, Address, Option<Address>) =
        decode_untrusted(&event.data, limits).ok()?;
    fields.3
}

/// Which topics of an event are accounts.
fn account_topics(event: &Event) -> &'static [usize] {
    if event.contract != Address::SYSTEM {
        return &[];
    }
    let topic = event.topics.first();
    let is = |names: &[&str]| {
        let mut hashes = names.iter().map(|it| blake3(it.as_bytes()));
        hashes.any(|it| topic == Some(&it))
    };
    if is(&["Transferred"]) {
        &[1, 2]
    } else if is(&["ContractCreated"]) {
        &[1, 3]
    } else if is(&["AdminChanged"]) {
        &[1, 2]
    } else if is(&["ContractUpgraded"]) {
        &[1]
    } else if is(&["CodeStored", "CodeRemoved"]) {
        &[2]
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_is_read_back_and_nothing_else_is_one() {
        let (from, to, amount) = (Address::STAKING, Address::GOVERNANCE, 5);
        let moved = SystemEvent::Transferred { from, to, amount }.to_event();
        let found = SystemEvent::transfer_in(&moved);
        assert_eq!(found, Some((from, to, amount)));
        let elsewhere = Event {
            contract: from,
            ..moved
        };
        assert_eq!(SystemEvent::transfer_in(&elsewhere), None);
        let (contract, admin) = (from, None);
        let other = SystemEvent::AdminChanged { contract, admin }.to_event();
        assert_eq!(SystemEvent::transfer_in(&other), None);
    }

    #[test]
    fn whom_an_event_is_about_is_told() {
        let [one, two, three] = [1, 2, 5].map(|it| Address::from_bytes([it; 32]));
        let [code, other] = [3, 4].map(|it| CodeHash::from_bytes([it; 32]));
        let (from, to, amount) = (one, two, 5);
        let (contract, creator, admin) = (one, two, Some(three));
        for (event, expected) in [
            (
                SystemEvent::Transferred { from, to, amount },
                vec![one, two],
            ),
            (
                SystemEvent::CodeStored {
                    code,
                    uploader: two,
                    code_id: 7,
                },
                vec![two],
            ),
            (
                SystemEvent::CodeRemoved {
                    code,
                    uploader: two,
                },
                vec![two],
            ),
            (
                SystemEvent::ContractCreated {
                    contract,
                    code,
                    creator,
                    admin,
                },
                vec![one, two, three],
            ),
            (
                SystemEvent::ContractCreated {
                    contract,
                    code,
                    creator,
                    admin: None,
                },
                vec![one, two],
            ),
            (
                SystemEvent::ContractUpgraded {
                    contract,
                    from: code,
                    to: other,
                },
                vec![one],
            ),
            (
                SystemEvent::AdminChanged { contract, admin },
                vec![one, three],
            ),
            (
                SystemEvent::AdminChanged {
                    contract,
                    admin: None,
                },
                vec![one],
            ),
        ] {
            let mut event = event.to_event();
            let found: Vec<Address> = SystemEvent::accounts_of(&event).collect();
            assert_eq!(found, expected, "{event:?}");
            // A contract may announce what it likes, and fewer topics than there should be are no panic.
            event.contract = one;
            assert_eq!(SystemEvent::accounts_of(&event).count(), 0);
            event.contract = Address::SYSTEM;
            event.topics.truncate(1);
            assert_eq!(SystemEvent::accounts_of(&event).count(), 0);
        }
    }
}
