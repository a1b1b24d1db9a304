//! What of others' words reaches the engine.

use argosy_bft::{
    AGAIN_MS, BftContext, BlockHeight, BlockValue, Claim, Heard, Hearing, Members, Place,
    SignatureBytes, ValidatorAddress,
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

fn hear(hearing: &Hearing, place: &Place, signed: &(Vote, Signature), now_ms: u64) -> Heard {
    let claim = Claim::vote(CHAIN, place, (&signed.0, &signed.1));
    hearing.hear(place, claim, now_ms)
}

#[test]
fn a_vote_passes_once_and_again_after_a_while_or_when_the_height_begins_anew() {
    let (hearing, place) = (Hearing::new(), place(0));
    let vote = signed(0, vote(0, (HEIGHT, 0), Some(VALUE)));
    assert_eq!(hear(&hearing, &place, &vote, 50), Heard::New);
    assert_eq!(hear(&hearing, &place, &vote, 50), Heard::Useless);
    assert_eq!(
        hear(&hearing, &place, &vote, 49 + AGAIN_MS),
        Heard::Useless
    );
    assert_eq!(hear(&hearing, &place, &vote, 50 + AGAIN_MS), Heard::New);
    hearing.enter(HEIGHT);
    assert_eq!(hear(&hearing, &place, &vote, 51 + AGAIN_MS), Heard::New);
}

#[test]
fn who_signs_two_values_is_heard_with_both_and_no_more() {
    let (hearing, place) = (Hearing::new(), place(0));
    let heard: Vec<Heard> = (0..5)
        .map(|it| {
            let value = BlockHash::from_bytes([it; 32]);
            let vote = signed(1, vote(1, (HEIGHT, 0), Some(value)));
            hear(&hearing, &place, &vote, 0)
        })
        .collect();
    assert_eq!(heard[..2], [Heard::New, Heard::New]);
    assert!(heard[2..].iter().all(|it| *it == Heard::Useless));
}

#[test]
fn false_signatures_and_other_chains_are_lies_and_lateness_is_none() {
    let (hearing, place) = (Hearing::new(), place(0));
    let (right, _) = signed(0, vote(0, (HEIGHT, 0), None));
    let (_, of_another) = signed(1, right);
    assert_eq!(
        hear(&hearing, &place, &(right, of_another), 0),
        Heard::False
    );
    let mut abroad = right;
    abroad.chain = GenesisHash::from_bytes([6; 32]);
    assert_eq!(
        hear(&hearing, &place, &signed(0, abroad), 0),
        Heard::False
    );
    for height in [0, HEIGHT - 1, HEIGHT + 2, u64::MAX] {
        let elsewhere = signed(0, vote(0, (height, 0), None));
        assert_eq!(hear(&hearing, &place, &elsewhere, 0), Heard::Useless);
    }
    // The fifth has no say yet, but at the next height.
    let early = signed(4, vote(4, (HEIGHT, 0), None));
    assert_eq!(hear(&hearing, &place, &early, 0), Heard::Useless);
    let in_time = signed(4, vote(4, (HEIGHT + 1, 0), None));
    assert_eq!(hear(&hearing, &place, &in_time, 0), Heard::New);
    // None of the lies keeps the truth out.
    assert_eq!(hear(&hearing, &place, &signed(0, right), 0), Heard::New);
}

#[test]
fn a_flood_of_rounds_to_come_is_bounded_and_a_round_that_is_reached_is_heard() {
    let hearing = Hearing::new();
    let passed = |hearing: &Hearing, place: &Place, rounds: std::ops::Range<u32>| {
        let heard = rounds.map(|round| {
            let vote = signed(2, vote(2, (HEIGHT, round), None));
            hear(hearing, place, &vote, 0)
        });
        heard.filter(|it| *it == Heard::New).count()
    };
    let far = passed(&hearing, &place(0), 1_000..2_000);
    assert!(far > 0 && far <= 100, "{far}");
    assert!(hearing.len() <= 100);
    // Rounds close by pass all the same, and others are not kept out by this one.
    assert_eq!(passed(&hearing, &place(0), 0..10), 10);
    let other = signed(3, vote(3, (HEIGHT, 1_500), None));
    assert_eq!(hear(&hearing, &place(0), &other, 0), Heard::New);
    // In the next round there is room again.
    assert!(passed(&hearing, &place(1), 5_000..5_010) == 10);
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
    let (hearing, place) = (Hearing::new(), place(0));
    for round in 0..8 {
        let turn = place
            .members
            .proposer(BlockHeight(HEIGHT), Round::new(round));
        let turn = (0..4).find(|it| address(*it) == turn.address().0).unwrap();
        for index in 0..4 {
            let (proposal, signature) = proposal(index, (HEIGHT, round));
            let claim = Claim::proposal(CHAIN, &place, (&proposal, &signature));
            let heard = hearing.hear(&place, claim, 0);
            let expected = match index == turn {
                true => Heard::New,
                false => Heard::Useless,
            };
            assert_eq!(heard, expected, "{index} in round {round}");
        }
        let (proposal, _) = proposal(turn, (HEIGHT, round));
        let (_, other) = self::proposal(turn, (HEIGHT, round + 1));
        let claim = Claim::proposal(CHAIN, &place, (&proposal, &other));
        let heard = hearing.hear(&place, claim, AGAIN_MS);
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

/// A certificate, shown to one who heard nothing before.
fn fresh(place: &Place, claim: Result<Claim<'_>, Heard>) -> Heard {
    Hearing::new().hear(place, claim, 0)
}

#[test]
fn a_certificate_passes_with_enough_power_and_each_validator_once() {
    let place = place(0);
    let heard = |signers: &[usize]| fresh(&place, Claim::polka(CHAIN, &place, &polka(signers)));
    assert_eq!(heard(&[0, 1, 2]), Heard::New);
    assert_eq!(heard(&[0, 1]), Heard::Useless);
    assert_eq!(heard(&[]), Heard::Useless);
    // The engine refuses it, and an honest one that comes after it must not be kept out.
    assert_eq!(heard(&[0, 1, 2, 2]), Heard::Useless);
    // The fifth has no say at this height.
    assert_eq!(heard(&[0, 1, 4]), Heard::Useless);
    let mut false_one = polka(&[0, 1, 2]);
    false_one.polka_signatures[1].signature = false_one.polka_signatures[0].signature;
    let hearing = Hearing::new();
    let hear = |polka: &PolkaCertificate<BftContext>, now_ms| {
        hearing.hear(&place, Claim::polka(CHAIN, &place, polka), now_ms)
    };
    assert_eq!(hear(&false_one, 0), Heard::False);
    assert_eq!(hear(&polka(&[0, 1, 2, 2]), 0), Heard::Useless);
    assert_eq!(hear(&polka(&[1, 2, 3]), 0), Heard::New);
    assert_eq!(hear(&polka(&[0, 1, 2]), 1), Heard::Useless);
}

/// What would take time to look at is refused for what can be seen without.
#[test]
fn signatures_are_not_looked_at_where_power_is_missing_or_somebody_signs_twice() {
    let place = place(0);
    let heard = |signers: &[usize]| {
        let mut polka = polka(signers);
        for signature in &mut polka.polka_signatures {
            signature.signature = SignatureBytes(Signature::Ed25519([0; 64]));
        }
        fresh(&place, Claim::polka(CHAIN, &place, &polka))
    };
    assert_eq!(heard(&[0, 1, 2]), Heard::False);
    assert_eq!(heard(&[0, 1]), Heard::Useless);
    assert_eq!(heard(&[0, 1, 2, 1]), Heard::Useless);
    assert_eq!(heard(&[3; 8]), Heard::Useless);
}

#[test]
fn certificates_of_other_heights_are_of_no_use() {
    let place = place(0);
    for height in [HEIGHT - 1, HEIGHT + 1] {
        let mut polka = polka(&[0, 1, 2]);
        polka.height = BlockHeight(height);
        let heard = fresh(&place, Claim::polka(CHAIN, &place, &polka));
        assert_eq!(heard, Heard::Useless);
    }
}

fn rounds(
    signers: &[(usize, VoteType)],
    cert_type: RoundCertificateType,
) -> RoundCertificate<BftContext> {
    let signature = |(index, vote_type): &(usize, VoteType)| {
        let mut vote = vote(*index, (HEIGHT, 9), None);
        if *vote_type == VoteType::Precommit {
            vote.kind = VoteKind::Precommit;
        }
        RoundSignature {
            vote_type: *vote_type,
            value_id: NilOrVal::Nil,
            address: ValidatorAddress(address(*index)),
            signature: SignatureBytes(signed(*index, vote).1),
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
fn one_third_lets_others_skip_a_round_and_precommits_of_two_end_one() {
    use RoundCertificateType::{Precommit, Skip};
    let place = place(0);
    let (before, after) = (VoteType::Prevote, VoteType::Precommit);
    let heard = |signers: &[(usize, VoteType)], kind| {
        fresh(&place, Claim::rounds(CHAIN, &place, &rounds(signers, kind)))
    };
    assert_eq!(heard(&[(0, before), (1, after)], Skip), Heard::New);
    assert_eq!(heard(&[(0, before)], Skip), Heard::Useless);
    assert_eq!(heard(&[(0, before), (0, after)], Skip), Heard::Useless);
    let three = |last| [(0, after), (1, after), (3, last)];
    assert_eq!(heard(&three(after), Precommit), Heard::New);
    assert_eq!(heard(&three(before), Precommit), Heard::Useless);
    assert_eq!(heard(&three(after)[..2], Precommit), Heard::Useless);
}

#[test]
fn of_the_next_height_each_word_passes_once_and_only_of_its_first_rounds() {
    let (hearing, place) = (Hearing::new(), place(0));
    let early = |round| signed(0, vote(0, (HEIGHT + 1, round), Some(VALUE)));
    let mut passed = 0;
    for now_ms in (0..20_000).step_by(500) {
        for round in 0..200 {
            passed += usize::from(hear(&hearing, &place, &early(round), now_ms) == Heard::New);
        }
    }
    assert!((1..=3).contains(&passed), "{passed}");
    // Once the height has begun it is heard again.
    hearing.enter(HEIGHT + 1);
    let mut begun = self::place(0);
    begun.height += 1;
    assert_eq!(hear(&hearing, &begun, &early(0), 30_000), Heard::New);
}

proptest! {
    /// Whatever a few liars send, an honest vote of each of the others passes, and little is kept.
    #[test]
    fn nobody_is_kept_out_by_others(
        lies in prop::collection::vec((0_usize..2, 0_u64..3, any::<u32>(), any::<u8>(), any::<bool>()), 0..300),
    ) {
        let (hearing, place) = (Hearing::new(), place(0));
        for (who, ahead, round, value, is_signed) in lies {
            let value = BlockHash::from_bytes([value; 32]);
            let lie = vote(who, (HEIGHT - 1 + ahead, round % 40), Some(value));
            let signer = if is_signed { who } else { 3 };
            hear(&hearing, &place, &signed(signer, lie), 0);
        }
        prop_assert!(hearing.len() <= 2 * 2 * 40);
        for honest in 2..4 {
            for round in 0..5 {
                let vote = signed(honest, vote(honest, (HEIGHT, round), Some(VALUE)));
                prop_assert_eq!(hear(&hearing, &place, &vote, 0), Heard::New);
            }
        }
    }
}
