//! What a validator makes of others' proposals.

use argosy_primitives::{Address, Block};
use argosy_replica::{Action, BlockMode, Event, Invalid, Origin, Proposed, Replica};
use argosy_spec::{Agreement, ChainSpec};

use crate::{NOW_MS, replica_of, spec};

const MINUTE_MS: u64 = 60_000;

fn agreed() -> ChainSpec {
    let mut spec = spec();
    spec.protocol.agreement = Agreement::Bft;
    spec
}

/// A block of the one whose turn it is, made when its clock shows `now_ms`.
fn proposed(now_ms: u64) -> (Block, Address) {
    let mut replica = replica_of(agreed(), BlockMode::Agreed);
    let proposer = replica.chain().proposer(0).unwrap().address;
    let actions = replica.step(Event::Propose {
        height: 1,
        round: 0,
        now_ms,
    });
    let block = actions.unwrap().into_iter().find_map(|it| match it {
        Action::Proposed { block, .. } => Some((*block).clone()),
        _ => None,
    });
    (block.unwrap(), proposer)
}

/// What another one makes of it, whose clock shows the time of the test.
fn judged((block, proposer): (Block, Address), round: u32, origin: Origin) -> Result<(), Invalid> {
    let mut replica: Replica = replica_of(agreed(), BlockMode::Agreed);
    let actions = replica.step(Event::Judge(Box::new(Proposed {
        round,
        proposer,
        origin,
        block,
    })));
    let verdict = actions.unwrap().into_iter().find_map(|it| match it {
        Action::Judged { verdict, .. } => Some(verdict),
        _ => None,
    });
    verdict.unwrap()
}

#[test]
fn a_block_from_another_time_is_refused() {
    let drift_ms = agreed().consensus.clock_drift_ms_max;
    let new = |made_ms| judged(proposed(made_ms), 0, Origin::New { now_ms: NOW_MS });
    for made_ms in [NOW_MS - drift_ms, NOW_MS, NOW_MS + drift_ms] {
        assert_eq!(new(made_ms), Ok(()), "{made_ms}");
    }
    for (made_ms, off_ms) in [
        (NOW_MS - 10 * MINUTE_MS, 10 * MINUTE_MS),
        (NOW_MS + 10 * MINUTE_MS, 10 * MINUTE_MS),
        (NOW_MS - drift_ms - 1, drift_ms + 1),
        (NOW_MS + drift_ms + 1, drift_ms + 1),
    ] {
        let expected = Invalid::Clock {
            off_ms,
            off_ms_max: drift_ms,
        };
        assert_eq!(new(made_ms), Err(expected), "{made_ms}");
    }
}

#[test]
fn a_turn_is_nobody_elses_and_a_round_not_another() {
    let (block, proposer) = proposed(NOW_MS);
    let origin = || Origin::New { now_ms: NOW_MS };
    let other = Address::from_bytes([9; 32]);
    let stolen = judged((block.clone(), other), 0, origin());
    assert_eq!(stolen, Err(Invalid::NotTheirTurn { round: 0 }));
    let later = judged((block, proposer), 1, origin());
    assert_eq!(later, Err(Invalid::Round { round: 1, found: 0 }));
}
