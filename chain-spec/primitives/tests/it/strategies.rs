//! Any value of every type, for the property tests.

use argosy_primitives::*;
use proptest::{collection::vec, option, prelude::*, sample::select};

prop_compose! {
    fn bytes()(bytes in vec(any::<u8>(), 0..80)) -> Vec<u8> { bytes }
}

fn word<T: From<[u8; 32]> + core::fmt::Debug>() -> impl Strategy<Value = T> {
    any::<[u8; 32]>().prop_map(T::from)
}

pub(crate) fn public_key() -> impl Strategy<Value = PublicKey> {
    any::<[u8; 32]>().prop_map(PublicKey::Ed25519)
}

pub(crate) fn signature() -> impl Strategy<Value = Signature> {
    (any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(|(r, s)| {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&r);
        bytes[32..].copy_from_slice(&s);
        Signature::Ed25519(bytes)
    })
}

fn code_action() -> impl Strategy<Value = Action> {
    let instantiate = (
        word(),
        any::<[u8; 32]>(),
        option::of(word()),
        any::<u128>(),
        bytes(),
    );
    prop_oneof![
        bytes().prop_map(|code| Action::StoreCode { code }),
        word().prop_map(|code| Action::RemoveCode { code }),
        instantiate.prop_map(|(code, salt, admin, funds, message)| Action::Instantiate {
            code,
            salt,
            admin,
            funds,
            message
        }),
        (word(), word(), bytes()).prop_map(|(contract, code, message)| Action::Upgrade {
            contract,
            code,
            message
        }),
        (word(), option::of(word()))
            .prop_map(|(contract, admin)| Action::SetAdmin { contract, admin }),
    ]
}

fn stake_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        (public_key(), any::<u128>()).prop_map(|(consensus_key, amount)| Action::Bond {
            consensus_key,
            amount
        }),
        any::<u128>().prop_map(|amount| Action::Unbond { amount }),
        Just(Action::Unjail),
        (any::<u32>(), bytes(), any::<u64>()).prop_map(
            |(protocol_version, parameters, activate_at)| Action::Govern {
                protocol_version,
                parameters,
                activate_at
            }
        ),
    ]
}

pub(crate) fn action() -> impl Strategy<Value = Action> {
    let call = (word(), any::<u128>(), bytes(), option::of(word()));
    prop_oneof![
        (word(), any::<u128>()).prop_map(|(to, amount)| Action::Transfer { to, amount }),
        call.prop_map(|(contract, funds, message, abi_hash)| Action::Call {
            contract,
            funds,
            message,
            abi_hash
        }),
        code_action(),
        stake_action(),
    ]
}

prop_compose! {
    pub(crate) fn transaction()(
        chain in word(),
        signer in public_key(),
        (nonce, valid_until, gas_limit) in any::<(u64, u64, u64)>(),
        (max_gas_price, tip, deposit_max) in any::<(u64, u64, u128)>(),
        actions in vec(action(), 0..5),
    ) -> Transaction {
        Transaction {
            chain, signer, nonce, valid_until, gas_limit, max_gas_price, tip, deposit_max, actions,
        }
    }
}

prop_compose! {
    pub(crate) fn signed_transaction()(
        transaction in transaction(),
        signature in signature(),
    ) -> SignedTransaction {
        SignedTransaction { transaction, signature }
    }
}

prop_compose! {
    pub(crate) fn signed_vote()(
        kind in select(vec![VoteKind::Prevote, VoteKind::Precommit]),
        (chain, validator) in (word(), word()),
        (height, round) in any::<(u64, u32)>(),
        value in option::of(word()),
        signature in signature(),
    ) -> SignedVote {
        SignedVote { vote: Vote { kind, chain, height, round, value, validator }, signature }
    }
}

prop_compose! {
    pub(crate) fn signed_proposal()(
        (chain, value, proposer) in (word(), word(), word()),
        (height, round, valid_round) in any::<(u64, u32, Option<u32>)>(),
        signature in signature(),
    ) -> SignedProposal {
        let proposal = Proposal { chain, height, round, value, valid_round, proposer };
        SignedProposal { proposal, signature }
    }
}

prop_compose! {
    pub(crate) fn certificate()(
        (height, round, block) in (any::<u64>(), any::<u32>(), word()),
        signatures in vec((word(), signature()), 0..4),
    ) -> CommitCertificate {
        let signature = |(validator, signature)| CommitSignature { validator, signature };
        let signatures = signatures.into_iter().map(signature).collect();
        CommitCertificate { height, round, block, signatures }
    }
}

pub(crate) fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        (signed_vote(), signed_vote())
            .prop_map(|(first, second)| Evidence::DuplicateVote { first, second }),
        (signed_proposal(), signed_proposal())
            .prop_map(|(first, second)| Evidence::DuplicateProposal { first, second }),
    ]
}

pub(crate) fn validator_set() -> impl Strategy<Value = ValidatorSet> {
    let validator = (word(), public_key(), any::<u64>(), any::<bool>()).prop_map(
        |(address, key, power, absent)| Validator {
            address,
            key,
            power,
            absent,
        },
    );
    vec(validator, 0..5).prop_map(ValidatorSet)
}

prop_compose! {
    pub(crate) fn header()(
        (version, round, height, time_ms) in any::<(u32, u32, u64, u64)>(),
        (base_price, gas_used) in any::<(u64, u64)>(),
        (chain, parent, proposer) in (word(), word(), word()),
        (validators, next_validators, last_certificate) in (word(), word(), word()),
        (tx_root, evidence_root, state_root, receipts_root) in (word(), word(), word(), word()),
    ) -> Header {
        Header {
            version, chain, height, time_ms, parent, proposer, round, validators, next_validators,
            last_certificate, tx_root, evidence_root, base_price, gas_used, state_root,
            receipts_root,
        }
    }
}

prop_compose! {
    pub(crate) fn block()(
        header in header(),
        transactions in vec(signed_transaction(), 0..4),
        last_certificate in option::of(certificate()),
        evidence in vec(evidence(), 0..3),
    ) -> Block {
        Block { header, body: Body { transactions, last_certificate, evidence } }
    }
}

prop_compose! {
    pub(crate) fn event()(
        contract in word(),
        topics in vec(any::<[u8; 32]>(), 0..=4),
        data in bytes(),
    ) -> Event {
        Event { contract, topics, data }
    }
}

prop_compose! {
    pub(crate) fn receipt()(
        status in select(StatusCode::ALL),
        (action, gas_used, fee, deposit) in any::<(u8, u64, u128, i128)>(),
        data in bytes(),
        events in vec(event(), 0..4),
    ) -> Receipt {
        Receipt { status, action, data, gas_used, fee, deposit, events }
    }
}

prop_compose! {
    pub(crate) fn cursor()((height, tx, event) in any::<(u64, u32, u32)>()) -> EventCursor {
        EventCursor { height, tx, event }
    }
}

prop_compose! {
    pub(crate) fn merkle_proof()(
        (index, count) in any::<(u32, u32)>(),
        path in vec(any::<[u8; 32]>(), 0..40),
    ) -> MerkleProof {
        MerkleProof { index, count, path }
    }
}

prop_compose! {
    pub(crate) fn address_text()(
        hrp in select(&Hrp::ALL[..]),
        address in word::<Address>(),
    ) -> (Hrp, Address) {
        (hrp, address)
    }
}
