//! What of others' words reaches the engine.

use argosy_bft::{
    AGAIN_MS, BftContext, BlockHeight, BlockValue, Heard, Hearing, Members, Place, SignatureBytes,
    ValidatorAddress,
};
use argosy_primitives::{
    Address, BlockHash, GenesisHash, Proposal, SecretKey, Signature, Validator, ValidatorSet, Vote,
    VoteKind,
};
use malachitebft_core_types::{
    NilOrVal, PolkaCertificate, PolkaSignature, Round, RoundCertificate, RoundCertificateType,
    RoundSignature, Validator as _, VoteType,
};
use proptest::prelude::*;

const CHAIN: GenesisHash = GenesisHash::from_bytes([5; 32]);
const HEIGHT: u64 = 7;
const VALUE: BlockHash = BlockHash::from_bytes([1; 32]);

fn key(index: usize) -> SecretKey {
    SecretKey::generate_from([u8::try_from(index).unwrap() + 1; 32])
}

fn address(index: usize) -> Address {
    Address::of_key(&key(index).public())
}

fn place(round: u32) -> Place {
    let validator = |index: usize| Validator {
        address: address(index),
        key: key(index).public(),
        power: 1,
        absent: false,
    };
    let set = |count: usize| {
        let validators = (0..count).map(validator).collect();
        Members::new(ValidatorSet(validators)).unwrap()
    };
    Place {
        height: HEIGHT,
        round,
        members: set(4),
        // The fifth comes in with the next height.
        next_members: set(5),
    }
}

fn vote(index: usize, (height, round): (u64, u32), value: Option<BlockHash>) -> Vote {
    Vote {
        kind: VoteKind::Prevote,
        chain: CHAIN,
        height,
        round,
        value,
        validator: address(index),
    }
}

fn signed(index: usize, vote: Vote) -> (Vote, Signature) {
    let signature = key(index).sign(vote.sign_hash().as_bytes());
    (vote, signature)
}

fn hear(hearing: &mut Hearing, place: &Place, signed: &(Vote, Signature), now_ms: u64) -> Heard {
    hearing.vote(place, (&signed.0, &signed.1), now_ms)
}

#[test]
fn a_vote_passes_once_and_again_after_a_while_or_when_the_height_begins_anew() {
    let (mut hearing, place) = (Hearing::new(CHAIN), place(0));
    let vote = signed(0, vote(0, (HEIGHT, 0), Some(VALUE)));
    assert_eq!(hear(&mut hearing, &place, &vote, 50), Heard::New);
    assert_eq!(hear(&mut hearing, &place, &vote, 50), Heard::Useless);
    assert_eq!(
        hear(&mut hearing, &place, &vote, 49 + AGAIN_MS),
        Heard::Useless
    );
    assert_eq!(hear(&mut hearing, &place, &vote, 50 + AGAIN_MS), Heard::New);
    hearing.enter(HEIGHT);
    assert_eq!(hear(&mut hearing, &place, &vote, 51 + AGAIN_MS), Heard::New);
}

#[test]
fn who_signs_two_values_is_heard_with_both_and_no_more() {
    let (mut hearing, place) = (Hearing::new(CHAIN), place(0));
    let heard: Vec<Heard> = (0..5)
        .map(|it| {
            let value = BlockHash::from_bytes([it; 32]);
            let vote = signed(1, vote(1, (HEIGHT, 0), Some(value)));
            hear(&mut hearing, &place, &vote, 0)
        })
        .collect();
    assert_eq!(heard[..2], [Heard::New, Heard::New]);
    assert!(heard[2..].iter().all(|it| *it == Heard::Useless));
}

#[test]
fn false_signatures_and_other_chains_are_lies_and_lateness_is_none() {
    let (mut hearing, place) = (Hearing::new(CHAIN), place(0));
    let (right, _) = signed(0, vote(0, (HEIGHT, 0), None));
    let (_, of_another) = signed(1, right);
    assert_eq!(
        hear(&mut hearing, &place, &(right, of_another), 0),
        Heard::False
    );
    let mut abroad = right;
    abroad.chain = GenesisHash::from_bytes([6; 32]);
    assert_eq!(
        hear(&mut hearing, &place, &signed(0, abroad), 0),
        Heard::False
    );
    for height in [0, HEIGHT - 1, HEIGHT + 2, u64::MAX] {
        let elsewhere = signed(0, vote(0, (height, 0), None));
        assert_eq!(hear(&mut hearing, &place, &elsewhere, 0), Heard::Useless);
    }
    // The fifth has no say yet, but at the next height.
    let early = signed(4, vote(4, (HEIGHT, 0), None));
    assert_eq!(hear(&mut hearing, &place, &early, 0), Heard::Useless);
    let in_time = signed(4, vote(4, (HEIGHT + 1, 0), None));
    assert_eq!(hear(&mut hearing, &place, &in_time, 0), Heard::New);
    // None of the lies keeps the truth out.
    assert_eq!(hear(&mut hearing, &place, &signed(0, right), 0), Heard::New);
}

#[test]
fn a_flood_of_rounds_to_come_is_bounded_and_a_round_that_is_reached_is_heard() {
    let mut hearing = Hearing::new(CHAIN);
    let passed = |hearing: &mut Hearing, place: &Place, rounds: std::ops::Range<u32>| {
        let heard = rounds.map(|round| {
            let vote = signed(2, vote(2, (HEIGHT, round), None));
            hear(hearing, place, &vote, 0)
        });
        heard.filter(|it| *it == Heard::New).count()
    };
    let far = passed(&mut hearing, &place(0), 1_000..2_000);
    assert!(far > 0 && far <= 100, "{far}");
    assert!(hearing.len() <= 100);
    // Rounds close by pass all the same, and others are not kept out by this one.
    assert_eq!(passed(&mut hearing, &place(0), 0..10), 10);
    let other = signed(3, vote(3, (HEIGHT, 1_500), None));
    assert_eq!(hear(&mut hearing, &place(0), &other, 0), Heard::New);
    // In the next round there is room again.
    assert!(passed(&mut hearing, &place(1), 5_000..5_010) == 10);
}

fn proposal(index: usize, (height, round): (u64, u32)) -> (Proposal, Signature) {
    let proposal = Proposal {
        chain: CHAIN,
        height,
        round,
        value: VALUE,
        valid_round: None,
        proposer: address(index),
    };
    let signature = key(index).sign(proposal.sign_hash().as_bytes());
    (proposal, signature)
}

#[test]
fn only_whose_turn_it_is_proposes() {
    let (mut hearing, place) = (Hearing::new(CHAIN), place(0));
    for round in 0..8 {
        let turn = place
            .members
            .proposer(BlockHeight(HEIGHT), Round::new(round));
        let turn = (0..4).find(|it| address(*it) == turn.address().0).unwrap();
        for index in 0..4 {
            let (proposal, signature) = proposal(index, (HEIGHT, round));
            let heard = hearing.proposal(&place, (&proposal, &signature), 0);
            let expected = match index == turn {
                true => Heard::New,
                false => Heard::Useless,
            };
            assert_eq!(heard, expected, "{index} in round {round}");
        }
        let (proposal, _) = proposal(turn, (HEIGHT, round));
        let (_, other) = self::proposal(turn, (HEIGHT, round + 1));
        let heard = hearing.proposal(&place, (&proposal, &other), AGAIN_MS);
        assert_eq!(heard, Heard::False);
    }
}

fn polka(signers: &[usize]) -> PolkaCertificate<BftContext> {
    let signature = |index: &usize| {
        let (_, signature) = signed(*index, vote(*index, (HEIGHT, 3), Some(VALUE)));
        PolkaSignature::new(ValidatorAddress(address(*index)), SignatureBytes(signature))
    };
    PolkaCertificate {
        height: BlockHeight(HEIGHT),
        round: Round::new(3),
        value_id: BlockValue(VALUE),
        polka_signatures: signers.iter().map(signature).collect(),
    }
}

#[test]
fn a_certificate_passes_with_enough_power_counted_once() {
    let place = place(0);
    let heard = |signers: &[usize]| Hearing::new(CHAIN).polka(&place, &polka(signers), 0);
    assert_eq!(heard(&[0, 1, 2]), Heard::New);
    assert_eq!(heard(&[0, 1]), Heard::Useless);
    assert_eq!(heard(&[0, 1, 1, 1]), Heard::Useless);
    assert_eq!(heard(&[]), Heard::Useless);
    // The fifth has no say at this height.
    assert_eq!(heard(&[0, 1, 4]), Heard::Useless);
    let mut false_one = polka(&[0, 1, 2]);
    false_one.polka_signatures[1].signature = false_one.polka_signatures[0].signature;
    let mut hearing = Hearing::new(CHAIN);
    assert_eq!(hearing.polka(&place, &false_one, 0), Heard::False);
    assert_eq!(hearing.polka(&place, &polka(&[1, 2, 3]), 0), Heard::New);
    assert_eq!(hearing.polka(&place, &polka(&[0, 1, 2]), 1), Heard::Useless);
}

fn rounds(signers: &[usize], cert_type: RoundCertificateType) -> RoundCertificate<BftContext> {
    let signature = |index: &usize| {
        let (_, signature) = signed(*index, vote(*index, (HEIGHT, 9), None));
        RoundSignature {
            vote_type: VoteType::Prevote,
            value_id: NilOrVal::Nil,
            address: ValidatorAddress(address(*index)),
            signature: SignatureBytes(signature),
        }
    };
    RoundCertificate {
        height: BlockHeight(HEIGHT),
        round: Round::new(9),
        cert_type,
        round_signatures: signers.iter().map(signature).collect(),
    }
}

#[test]
fn one_third_lets_others_skip_a_round_and_two_end_one() {
    use RoundCertificateType::{Precommit, Skip};
    let place = place(0);
    let heard =
        |signers: &[usize], kind| Hearing::new(CHAIN).rounds(&place, &rounds(signers, kind), 0);
    assert_eq!(heard(&[0, 1], Skip), Heard::New);
    assert_eq!(heard(&[0], Skip), Heard::Useless);
    assert_eq!(heard(&[0, 1], Precommit), Heard::Useless);
    assert_eq!(heard(&[0, 1, 3], Precommit), Heard::New);
}

proptest! {
    /// Whatever a few liars send, an honest vote of each of the others passes, and little is kept.
    #[test]
    fn nobody_is_kept_out_by_others(
        lies in prop::collection::vec((0_usize..2, 0_u64..3, any::<u32>(), any::<u8>(), any::<bool>()), 0..300),
    ) {
        let (mut hearing, place) = (Hearing::new(CHAIN), place(0));
        for (who, ahead, round, value, is_signed) in lies {
            let value = BlockHash::from_bytes([value; 32]);
            let lie = vote(who, (HEIGHT - 1 + ahead, round % 40), Some(value));
            let signer = if is_signed { who } else { 3 };
            hear(&mut hearing, &place, &signed(signer, lie), 0);
        }
        prop_assert!(hearing.len() <= 2 * 2 * 40);
        for honest in 2..4 {
            for round in 0..5 {
                let vote = signed(honest, vote(honest, (HEIGHT, round), Some(VALUE)));
                prop_assert_eq!(hear(&mut hearing, &place, &vote, 0), Heard::New);
            }
        }
    }
}
