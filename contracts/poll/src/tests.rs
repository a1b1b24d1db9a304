//! The poll on the played chain: who counts, until when.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, proptest};
use proptest::prop_assert_eq;

use super::*;

const NOW: TimestampMs = 1_000;
const END: TimestampMs = 2_000;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|it| (*it).to_owned()).collect()
}

fn poll(voters: Vec<Address>) -> (TestHost, Poll) {
    let host = TestHost::new::<Poll>();
    host.set_block(1, NOW);
    let mut poll = Poll::open();
    let asked = poll.init(
        "Where to?".into(),
        texts(&["Aden", "Goa", "Muscat"]),
        END,
        voters,
    );
    assert_eq!(asked, Ok(()));
    (host, poll)
}

fn votes(poll: &Poll) -> Vec<u64> {
    poll.tally().iter().map(|it| it.votes).collect()
}

#[test]
fn the_last_answer_in_time_counts() {
    let (host, mut poll) = poll(vec![]);
    let [alice, bob] = ["alice", "bob"].map(account);
    let mut vote = |by, answer| host.call_as(by, || poll.vote(answer));
    assert_eq!(vote(alice, 2), Ok(()));
    assert_eq!(vote(bob, 0), Ok(()));
    assert_eq!(vote(alice, 1), Ok(()));
    assert_eq!(vote(bob, 3), Err(PollError::NoSuchAnswer { answers: 3 }));
    host.set_block(2, END);
    assert_eq!(vote(bob, 1), Err(PollError::Closed { closes_at: END }));
    assert_eq!(votes(&poll), [1, 1, 0]);
    assert_eq!((poll.vote_of(alice), poll.winner()), (Some(1), None));
    let anew = Voted {
        by: alice,
        answer: 1,
        instead_of: Some(2),
    };
    assert_eq!(host.events::<Voted>()[2], anew);
}

#[test]
fn a_winner_is_told_at_the_end() {
    let (host, mut poll) = poll(vec![]);
    for name in ["alice", "bob"] {
        assert_eq!(host.call_as(account(name), || poll.vote(2)), Ok(()));
    }
    assert_eq!(host.call_as(account("carol"), || poll.vote(0)), Ok(()));
    assert_eq!(poll.winner(), None);
    host.set_block(2, END);
    assert_eq!(poll.winner(), Some(2));
    assert_eq!(poll.tally()[2].answer, "Muscat");
}

#[test]
fn a_closed_circle_is_closed() {
    let (host, mut poll) = poll(vec![account("alice")]);
    assert_eq!(host.call_as(account("alice"), || poll.vote(0)), Ok(()));
    let refused = host.call_as(account("bob"), || poll.vote(0));
    assert_eq!(refused, Err(PollError::NotVoter));
    assert!(poll.may_vote(account("alice")) && !poll.may_vote(account("bob")));
}

#[test]
fn a_poll_must_make_sense() {
    let host = TestHost::new::<Poll>();
    host.set_block(1, NOW);
    let mut poll = Poll::open();
    let mut ask = |question: &str, answers: &[&str], end, voters: usize| {
        let voters = vec![account("alice"); voters];
        host.call_as(account("alice"), || {
            poll.init(question.into(), texts(answers), end, voters)
        })
    };
    let bad = Err(PollError::BadPoll);
    assert_eq!(ask("?", &["one"], END, 0), bad);
    assert_eq!(ask("?", &["x"; 17], END, 0), bad);
    assert_eq!(ask("", &["a", "b"], END, 0), bad);
    assert_eq!(ask("?", &["a", ""], END, 0), bad);
    assert_eq!(ask("?", &["a", &"x".repeat(257)], END, 0), bad);
    assert_eq!(ask("?", &["a", "b"], END, 257), bad);
    let closed = Err(PollError::Closed { closes_at: NOW });
    assert_eq!(ask("?", &["a", "b"], NOW, 0), closed);
    assert_eq!(ask("?", &["x"; 16], END, 256), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everybody_counts_once(steps in vec((0u8..6, 0u32..4), 0..40)) {
        let (host, mut poll) = poll(vec![]);
        let mut model: BTreeMap<u8, u32> = BTreeMap::new();
        for (voter, answer) in steps {
            let by = Address::from_bytes([voter; 32]);
            let voted = host.call_as(by, || poll.vote(answer));
            prop_assert_eq!(voted.is_ok(), answer < 3);
            if answer < 3 {
                model.insert(voter, answer);
            }
        }
        let expected = [0, 1, 2].map(|it| model.values().filter(|answer| **answer == it).count() as u64);
        prop_assert_eq!(votes(&poll), expected);
        host.set_block(2, END);
        let most = expected.iter().max().copied().unwrap_or(0);
        let best: Vec<u32> = (0..3).filter(|it| expected[*it as usize] == most).collect();
        let winner = match best.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        prop_assert_eq!(poll.winner(), winner);
    }
}
