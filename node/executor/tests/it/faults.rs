//! A broken node stops: whatever read fails, there is an error and never a receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argosy_executor::{ApplyError, BlockExecutor, Engine, Fault, QueryRequest, query};
use argosy_kv::{Bytes, Cause, Column, Direction, Entries, KeyRange, KvError, Store, View};
use argosy_primitives::{Receipt, VerifiedTransaction};
use argosy_state::State;

use crate::kit::{ALICE, BOB, Kit, NOBODY, address, call, sign, transfer};
use crate::puppet::Steps;

/// A view whose reads fail from a certain one on.
struct Failing {
    inner: Arc<dyn View>,
    good_reads: usize,
    reads: AtomicUsize,
}

impl Failing {
    fn read(&self, column: Column) -> Result<(), KvError> {
        match self.reads.fetch_add(1, Ordering::Relaxed) < self.good_reads {
            true => Ok(()),
            false => Err(KvError::Read {
                column,
                cause: Cause::Other,
                source: "the disk is gone".into(),
            }),
        }
    }
}

impl View for Failing {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        self.read(column)?;
        self.inner.get(column, key)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        let entries = self.inner.range(column, range, direction);
        Box::new(entries.map(move |entry| self.read(column).and(entry)))
    }
}

fn failing(kit: &Kit, good_reads: usize) -> Arc<Failing> {
    Arc::new(Failing {
        inner: kit.store.view(),
        good_reads,
        reads: AtomicUsize::new(0),
    })
}

/// Applies `tx` with a new engine on a view that reads well so often.
fn apply(kit: &Kit, view: Arc<Failing>, tx: &VerifiedTransaction) -> Result<Receipt, ApplyError> {
    let engine = Engine::new(&kit.spec);
    let state = State::new(view);
    let mut executor = BlockExecutor::begin(state, kit.context(), &kit.spec, &engine)?;
    let receipt = executor.apply(tx)?.clone();
    executor.finish()?;
    Ok(receipt)
}

#[test]
fn every_failing_read_is_a_fault() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(2);
    kit.must(
        ALICE,
        call(&contracts[1], Steps::new().set(b"a", b"1").set(b"b", b"2")),
    );
    let inner = Steps::new()
        .range(0, 5)
        .remove(b"a")
        .set(b"b", b"new")
        .get(b"c");
    let steps = Steps::new()
        .call_with(&contracts[1], 5, 0, 0, inner)
        .create(&code, 77, 1, Steps::new().set(b"k", b"v"))
        .upgrade(&code, Steps::new())
        .transfer(&address(NOBODY), 4)
        .balance(&address(BOB));
    let actions = vec![transfer(&address(BOB), 1), call(&contracts[0], steps)];
    let tx = sign(ALICE, kit.draft(ALICE, actions));
    let sound = failing(&kit, usize::MAX);
    let receipt = apply(&kit, sound.clone(), &tx).unwrap();
    assert!(receipt.status.is_success());
    let reads = sound.reads.load(Ordering::Relaxed);
    assert!(reads > 20, "{reads}");
    for good_reads in 0..reads {
        let found = apply(&kit, failing(&kit, good_reads), &tx);
        assert!(
            matches!(found, Err(ApplyError::Fault(_))),
            "read {good_reads}: {found:?}"
        );
    }
}

#[test]
fn a_query_on_a_broken_store_is_a_fault() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let message = Steps::new().get(b"k").bytes();
    let request = QueryRequest {
        contract: contracts[0],
        caller: address(BOB),
        funds: 0,
        message: &message,
        gas_max: 10_000_000,
    };
    let ask = |view: Arc<Failing>| {
        let engine = Engine::new(&kit.spec);
        query(
            State::new(view),
            kit.context(),
            &kit.spec,
            &engine,
            &request,
        )
    };
    let sound = failing(&kit, usize::MAX);
    assert!(ask(sound.clone()).is_ok());
    for good_reads in 0..sound.reads.load(Ordering::Relaxed) {
        assert!(ask(failing(&kit, good_reads)).is_err(), "read {good_reads}");
    }
}

/// A record that says something impossible is a fault, too.
#[test]
fn a_contract_without_its_code_is_a_fault() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(1);
    let mut state = kit.state();
    state.remove_code(&code).unwrap();
    let tx = sign(
        ALICE,
        kit.draft(ALICE, vec![call(&contracts[0], Steps::new())]),
    );
    let mut executor = BlockExecutor::begin(state, kit.context(), &kit.spec, &kit.engine).unwrap();
    let found = executor.apply(&tx);
    assert!(matches!(found, Err(ApplyError::Fault(Fault::Invariant(_)))));
}
