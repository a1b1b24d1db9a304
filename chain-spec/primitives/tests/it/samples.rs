//! One value of everything, each field told apart by its bytes.

use argosy_primitives::*;

/// 32 bytes that nothing else here has.
pub(crate) fn word(tag: u8) -> [u8; 32] {
    core::array::from_fn(|index| tag.wrapping_add(index as u8))
}

pub(crate) fn secret(tag: u8) -> SecretKey {
    SecretKey::generate_from(word(tag))
}

pub(crate) fn address(tag: u8) -> Address {
    Address::from_bytes(word(tag))
}

pub(crate) fn actions() -> Vec<(&'static str, Action)> {
    let transfer = Action::Transfer {
        to: address(0x10),
        amount: 1_000_000_000_000_000_000,
    };
    let instantiate = Action::Instantiate {
        code: CodeHash::from_bytes(word(0x20)),
        salt: word(0x21),
        admin: Some(address(0x22)),
        funds: 7,
        message: vec![1, 2, 3, 4, 5],
    };
    let frozen = Action::Instantiate {
        code: CodeHash::from_bytes(word(0x20)),
        salt: word(0x21),
        admin: None,
        funds: 0,
        message: vec![],
    };
    let call = Action::Call {
        contract: address(0x30),
        funds: u128::MAX,
        message: vec![0xaa; 70],
        abi_hash: None,
    };
    let bound_call = Action::Call {
        contract: address(0x30),
        funds: 0,
        message: vec![],
        abi_hash: Some(AbiHash::from_bytes(word(0x31))),
    };
    let upgrade = Action::Upgrade {
        contract: address(0x40),
        code: CodeHash::from_bytes(word(0x41)),
        message: vec![9],
    };
    let bond = Action::Bond {
        consensus_key: secret(0x50).public(),
        amount: 5,
    };
    let govern = Action::Govern {
        protocol_version: 2,
        parameters: vec![0xbb, 0xcc],
        activate_at: 1_000_000,
    };
    vec![
        ("transfer", transfer),
        (
            "store_code",
            Action::StoreCode {
                code: b"\0asm\x01\0\0\0".to_vec(),
            },
        ),
        (
            "remove_code",
            Action::RemoveCode {
                code: CodeHash::from_bytes(word(0x11)),
            },
        ),
        ("instantiate", instantiate),
        ("instantiate_frozen", frozen),
        ("call", call),
        ("call_bound_to_abi", bound_call),
        ("upgrade", upgrade),
        (
            "set_admin",
            Action::SetAdmin {
                contract: address(0x42),
                admin: Some(address(0x43)),
            },
        ),
        (
            "set_admin_none",
            Action::SetAdmin {
                contract: address(0x42),
                admin: None,
            },
        ),
        ("bond", bond),
        ("unbond", Action::Unbond { amount: 6 }),
        ("unjail", Action::Unjail),
        ("govern", govern),
    ]
}

pub(crate) fn transaction(actions: Vec<Action>) -> Transaction {
    Transaction {
        chain: GenesisHash::from_bytes(word(0x60)),
        signer: secret(0x61).public(),
        nonce: 3,
        valid_until: 1_000,
        gas_limit: 2_000_000,
        max_gas_price: 40,
        tip: 2,
        deposit_max: 500_000,
        actions,
    }
}

pub(crate) fn signed(actions: Vec<Action>) -> SignedTransaction {
    transaction(actions).sign(&secret(0x61))
}

pub(crate) fn vote(value: Option<BlockHash>) -> Vote {
    Vote {
        kind: VoteKind::Precommit,
        chain: GenesisHash::from_bytes(word(0x60)),
        height: 42,
        round: 1,
        value,
        validator: address(0x70),
    }
}

pub(crate) fn signed_vote(value: Option<BlockHash>) -> SignedVote {
    let vote = vote(value);
    SignedVote {
        vote,
        signature: secret(0x71).sign(vote.sign_hash().as_bytes()),
    }
}

pub(crate) fn proposal(valid_round: Option<Round>) -> Proposal {
    Proposal {
        chain: GenesisHash::from_bytes(word(0x60)),
        height: 42,
        round: 1,
        value: BlockHash::from_bytes(word(0x72)),
        valid_round,
        proposer: address(0x70),
    }
}

pub(crate) fn signed_proposal(valid_round: Option<Round>) -> SignedProposal {
    let proposal = proposal(valid_round);
    SignedProposal {
        proposal,
        signature: secret(0x71).sign(proposal.sign_hash().as_bytes()),
    }
}

pub(crate) fn certificate() -> CommitCertificate {
    let block = BlockHash::from_bytes(word(0x72));
    let unsigned = CommitCertificate {
        height: 42,
        round: 1,
        block,
        signatures: vec![],
    };
    let signature = |tag| {
        let validator = address(tag);
        let vote = unsigned.precommit_of(GenesisHash::from_bytes(word(0x60)), validator);
        let signature = secret(tag + 1).sign(vote.sign_hash().as_bytes());
        CommitSignature {
            validator,
            signature,
        }
    };
    let signatures = vec![signature(0x70), signature(0x74)];
    CommitCertificate {
        signatures,
        ..unsigned
    }
}

pub(crate) fn evidence() -> Vec<(&'static str, Evidence)> {
    let votes = Evidence::DuplicateVote {
        first: signed_vote(None),
        second: signed_vote(Some(BlockHash::from_bytes(word(0x72)))),
    };
    let proposals = Evidence::DuplicateProposal {
        first: signed_proposal(None),
        second: signed_proposal(Some(0)),
    };
    vec![("duplicate_vote", votes), ("duplicate_proposal", proposals)]
}

pub(crate) fn validators() -> ValidatorSet {
    let validator = |tag, power, absent| Validator {
        address: address(tag),
        key: secret(tag + 1).public(),
        power,
        absent,
    };
    ValidatorSet(vec![
        validator(0x70, 10, false),
        validator(0x74, u64::MAX, true),
    ])
}

pub(crate) fn parts() -> ProposalParts {
    ProposalParts {
        chain: GenesisHash::from_bytes(word(0x60)),
        height: 7,
        round: 2,
        valid_round: Some(1),
        block: BlockHash::from_bytes(word(0x61)),
        pieces: 9,
    }
}

pub(crate) fn peer() -> PeerProof {
    PeerProof {
        chain: GenesisHash::from_bytes(word(0x60)),
        peer: vec![0, 36, 8, 1, 18, 32],
    }
}

pub(crate) fn header() -> Header {
    Header {
        version: 1,
        chain: GenesisHash::from_bytes(word(0x60)),
        height: 43,
        time_ms: 1_700_000_000_123,
        parent: BlockHash::from_bytes(word(0x72)),
        proposer: address(0x70),
        round: 2,
        validators: validators().hash(),
        next_validators: ValidatorSetHash::from_bytes(word(0x80)),
        last_certificate: body().certificate_hash(),
        tx_root: body().tx_root(),
        evidence_root: body().evidence_root(),
        base_price: 25,
        gas_used: 1_234_567,
        state_root: StateRoot::from_bytes(word(0x81)),
        receipts_root: receipts_root(&receipts()),
    }
}

pub(crate) fn body() -> Body {
    let (one, all) = (
        vec![actions().remove(0).1],
        actions().into_iter().map(|(_, it)| it),
    );
    Body {
        transactions: vec![signed(one), signed(all.collect())],
        last_certificate: Some(certificate()),
        evidence: evidence().into_iter().map(|(_, it)| it).collect(),
    }
}

pub(crate) fn events() -> Vec<Event> {
    vec![
        Event {
            contract: address(0x90),
            topics: vec![word(0x91), word(0x92)],
            data: vec![5; 40],
        },
        Event {
            contract: Address::SYSTEM,
            topics: vec![],
            data: vec![],
        },
    ]
}

pub(crate) fn receipts() -> Vec<Receipt> {
    let success = Receipt {
        status: StatusCode::Success,
        action: 1,
        data: vec![0xdd; 32],
        gas_used: 123_456,
        fee: 3_086_400,
        deposit: -250,
        events: events(),
    };
    let failure = Receipt {
        status: StatusCode::OutOfGas,
        action: 0,
        data: vec![],
        gas_used: 2_000_000,
        fee: 54_000_000,
        deposit: 0,
        events: vec![],
    };
    vec![success, failure]
}
