//! Several people and a contract: sums that hold, gas that is counted, promises that random messages try.

use argosy_testing::{Broken, Contract, Exploration, Person, World};
use serde_json::{Value, json};

use crate::artifact;

const SUPPLY: u128 = 1_000_000;

fn token() -> (World, [Person; 3], Contract) {
    let mut world = World::new().unwrap();
    let people = ["alice", "bob", "carol"].map(|it| world.person(it).unwrap());
    let args =
        json!({ "name": "Harbour", "symbol": "HRB", "decimals": 6, "supply": SUPPLY.to_string() });
    let token = world.deploy(&people[0], &artifact("token"), "init", args);
    (world, people, token.unwrap())
}

fn balance(world: &World, token: &Contract, owner: &str) -> u128 {
    let asked = world
        .query(token, "balance_of", json!({ "owner": owner }))
        .unwrap();
    asked
        .as_str()
        .and_then(|it| it.parse().ok())
        .expect("an amount")
}

#[test]
fn tokens_move_between_people_by_name() {
    let (mut world, [alice, bob, carol], token) = token();
    let send = |to: &str, amount: u32| json!({ "to": to, "amount": amount });
    world
        .call(&alice, &token, "transfer", send("bob", 400))
        .unwrap()
        .ok();
    world
        .call(&bob, &token, "transfer", send("carol", 150))
        .unwrap()
        .ok();
    let short = world
        .call(&carol, &token, "transfer", send("alice", 151))
        .unwrap();
    short.fails("InsufficientBalance");
    let found = ["alice", "bob", "carol"].map(|it| balance(&world, &token, it));
    assert_eq!(found, [SUPPLY - 400, 250, 150]);
    let transfer = world.gas().of("token.transfer").copied().unwrap();
    assert_eq!(transfer.calls, 3);
    assert!(transfer.min <= transfer.mean() && transfer.mean() <= transfer.max);
    assert!(world.gas().to_string().contains("`token.init`"));
}

#[test]
fn the_same_messages_cost_the_same_gas() {
    let run = || {
        let (mut world, [alice, ..], token) = token();
        let args = json!({ "to": "bob", "amount": 7 });
        let first = world
            .call(&alice, &token, "transfer", args.clone())
            .unwrap();
        let second = world.call(&alice, &token, "transfer", args).unwrap();
        (first.gas(), second.gas(), first.receipt().clone())
    };
    assert_eq!(run(), run());
}

#[test]
fn no_message_makes_tokens_or_loses_them() {
    let (mut world, people, token) = token();
    let plan = Exploration {
        steps: 60,
        ..Exploration::of(&people)
    };
    let explored = world.explore(&token, &plan, |world| {
        let names = ["alice", "bob", "carol", "token"];
        let sum: u128 = names.iter().map(|it| balance(world, &token, it)).sum();
        match sum == SUPPLY {
            true => Ok(()),
            false => Err(format!("the balances add up to {sum}")),
        }
    });
    let explored = explored.unwrap();
    assert!(
        explored.succeeded > 10 && explored.failed > 0,
        "{explored:?}"
    );
}

#[test]
fn a_broken_promise_is_told_by_the_fewest_messages() {
    let (mut world, people, token) = token();
    let plan = Exploration {
        steps: 300,
        methods: vec!["transfer".to_owned(), "approve".to_owned()],
        ..Exploration::of(&people)
    };
    // Not a promise of tokens: that bob never gets any.
    let broken = world.explore(&token, &plan, |world| match balance(world, &token, "bob") {
        0 => Ok(()),
        some => Err(format!("bob has {some}")),
    });
    let Err(Broken::Promise { why, messages }) = broken else {
        panic!("alice sends bob something in so many messages: {broken:?}");
    };
    // From alice, or from alice by way of carol.
    assert!(messages.len() <= 2, "{messages:?}");
    assert_eq!(messages[0].by.name(), "alice");
    let last = messages.last().unwrap();
    assert_eq!(
        (last.method.as_str(), &last.args["to"]),
        ("transfer", &Value::from("bob"))
    );
    assert!(why.starts_with("bob has") && balance(&world, &token, "bob") > 0);
}

#[test]
fn what_is_broken_from_the_beginning_is_no_messages_fault() {
    let (mut world, people, token) = token();
    let plan = Exploration::of(&people);
    let broken = world.explore(&token, &plan, |_| Err("never true".to_owned()));
    let broken = broken.unwrap_err();
    assert_eq!(broken.to_string(), "never true, after: nothing at all");
    let Broken::Promise { messages, .. } = broken else {
        panic!("{broken:?}");
    };
    assert!(messages.is_empty(), "{messages:?}");
}

#[test]
fn what_proptest_makes_breaks_no_promise_of_tokens() {
    let (mut world, people, token) = token();
    let plan = Exploration {
        steps: 8,
        ..Exploration::of(&people)
    };
    let before = world.header().clone();
    let explored = world.property(&token, &plan, 12, |world| {
        let names = ["alice", "bob", "carol", "token"];
        let sum: u128 = names.iter().map(|it| balance(world, &token, it)).sum();
        match sum == SUPPLY {
            true => Ok(()),
            false => Err(format!("the balances add up to {sum}")),
        }
    });
    let explored = explored.unwrap();
    assert!(
        explored.succeeded > 5 && explored.failed > 5,
        "{explored:?}"
    );
    assert_eq!(world.header(), &before, "the world is as it was");
}

#[test]
fn a_broken_promise_is_told_by_the_plainest_arguments() {
    let (mut world, people, token) = token();
    let plan = Exploration {
        steps: 6,
        methods: vec!["transfer".to_owned()],
        ..Exploration::of(&people)
    };
    let broken = world.property(&token, &plan, 200, |world| {
        match balance(world, &token, "bob") {
            some @ 50.. => Err(format!("bob has {some}")),
            _ => Ok(()),
        }
    });
    let Err(Broken::Promise { why, messages }) = broken else {
        panic!("alice sends bob that much in so many cases: {broken:?}");
    };
    // Not one token more than it takes: the amounts shrink, too.
    assert_eq!(
        (why.as_str(), balance(&world, &token, "bob")),
        ("bob has 50", 50)
    );
    assert!((1..=3).contains(&messages.len()), "{messages:?}");
    let again = world.property(&token, &plan, 1, |world| {
        match balance(world, &token, "bob") {
            50 => Err("still".to_owned()),
            _ => Ok(()),
        }
    });
    assert!(matches!(again, Err(Broken::Promise { messages, .. }) if messages.is_empty()));
}

#[test]
fn a_plan_for_no_method_sends_nothing() {
    let (mut world, people, token) = token();
    let plan = Exploration {
        methods: vec!["burn".to_owned()],
        ..Exploration::of(&people)
    };
    let explored = world.property(&token, &plan, 5, |_| Ok(())).unwrap();
    assert_eq!((explored.succeeded, explored.failed), (0, 0));
}
