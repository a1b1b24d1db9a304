//! Who is absent.

use argosy_primitives::{Turns, ValidatorSet};
use proptest::prelude::*;

use crate::world::{World, absent};

const WINDOW: u64 = 64;

fn proposer(set: &ValidatorSet, height: u64) -> usize {
    Turns::of(set)
        .index_at(height, 0)
        .expect("a set that is not empty")
}

/// Blocks whose proposers are those whose turn it is, with the certificates of `signers`.
fn blocks(world: &mut World, count: u64, signers: &[usize]) {
    for _ in 0..count {
        let who = proposer(&world.sets().current, world.height + 1);
        // Who is not there does not propose; the next one does.
        let who = if signers.contains(&who) {
            who
        } else {
            signers[0]
        };
        world.block(who, signers);
    }
}

#[test]
fn who_is_in_no_certificate_for_a_window_is_passed_over_two_blocks_later() {
    let mut world = World::new(&[1, 1, 1, 1]);
    blocks(&mut world, WINDOW, &[0, 1, 2]);
    // Block 1 carries none, so that the row of misses began with the certificate in block 2.
    assert_eq!(absent(&world.sets().next), [] as [usize; 0]);
    blocks(&mut world, 1, &[0, 1, 2]);
    let sets = world.sets();
    assert_eq!(absent(&sets.next), [3]);
    assert_eq!(absent(&sets.current), [] as [usize; 0]);
    blocks(&mut world, 1, &[0, 1, 2]);
    assert_eq!(absent(&world.sets().current), [3]);
    assert!((0..20).all(|height| proposer(&world.sets().current, height) != 3));
    // One certificate brings it back.
    blocks(&mut world, 1, &[0, 1, 2, 3]);
    assert_eq!(absent(&world.sets().next), [] as [usize; 0]);
    assert_eq!(absent(&world.sets().last), [3]);
}

#[test]
fn a_third_of_the_power_cannot_leave_anybody_out() {
    let mut world = World::new(&[1, 1, 1]);
    for _ in 0..2 * WINDOW {
        // Validator 0 alone proposes, and never carries the signature of 2.
        world.block(0, &[0, 1]);
    }
    assert_eq!(absent(&world.sets().next), [] as [usize; 0]);
    // With another proposer in the window it is more than a third.
    world.block(1, &[0, 1]);
    assert_eq!(absent(&world.sets().next), [2]);
}

#[test]
fn the_absent_stay_so_whoever_proposes() {
    let mut world = World::new(&[1, 1, 1]);
    blocks(&mut world, WINDOW + 2, &[0, 1]);
    assert_eq!(absent(&world.sets().next), [2]);
    for _ in 0..2 * WINDOW {
        world.block(0, &[0, 1]);
    }
    assert_eq!(absent(&world.sets().next), [2]);
}

#[test]
fn a_solo_chain_has_no_records() {
    let mut spec = crate::world::spec(&[1]);
    spec.protocol.agreement = argosy_spec::Agreement::Solo;
    let store = argosy_kv::MemoryStore::new();
    let mut state = argosy_state::State::new(argosy_kv::Store::view(&store));
    argosy_system::write_genesis(&mut state, &spec);
    assert!(argosy_system::Standing::read(&state).is_err());
    let sets = argosy_system::ValidatorSets::read(&state, &spec).expect("of the spec");
    assert_eq!(sets.current, argosy_system::genesis_set(&spec));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever signs is never passed over; whoever never signs is, once enough others proposed.
    #[test]
    fn flags_follow_signatures(
        powers in proptest::collection::vec(1..100_u64, 4..8),
        silent in 0..4_usize,
        count in 2 * WINDOW..4 * WINDOW,
    ) {
        let mut world = World::new(&powers);
        let signers: Vec<usize> = (0..powers.len()).filter(|&it| it != silent).collect();
        blocks(&mut world, count, &signers);
        let others: u64 = powers.iter().sum::<u64>() - powers[silent];
        let flagged = absent(&world.sets().next);
        prop_assert!(flagged.iter().all(|&it| it == silent), "{flagged:?}");
        // All the others propose within a window unless they have hardly any power; without the silent
        // one there must be enough for a certificate, or no such chain exists.
        if others > 2 * powers[silent] && powers.iter().all(|&it| it * 8 > others) {
            prop_assert_eq!(flagged, vec![silent]);
        }
    }
}
