//! Warm and cold are the same; a small cache too.

use std::cell::Cell;
use std::sync::Arc;

use argosy_primitives::{AbiKind, CodeHash};
use argosy_vm_engine::Engine;

use argosy_vm_lab::{Chain, SPEC, both_engines};

/// A contract that does a little work, different for each number.
fn worker(number: u32) -> String {
    format!(
        r#"(module
            (import "argosy" "finish" (func $finish (param i32 i32)))
            (memory (export "memory") 1)
            (func (export "call")
                (i32.store (i32.const 0) (i32.const {number}))
                (call $finish (i32.const 0) (i32.const 4))))"#
    )
}

#[test]
fn a_warm_module_gives_what_a_cold_one_gives() {
    let mut chain = Chain::of(&worker(7));
    let cold = chain.call(b"");
    assert!(chain.engine().cached_bytes() > 0);
    assert_eq!(chain.call(b""), cold);
    assert_eq!(Chain::of(&worker(7)).call(b""), cold);
}

#[test]
fn the_cache_is_bounded_and_eviction_changes_nothing() {
    let mut spec = SPEC.clone();
    spec.limits.hot_set_bytes_max = 0; // 16 MiB remain beside it.
    let engine = Arc::new(Engine::new(&spec));
    let bytes: Arc<[u8]> = {
        let code = wat::parse_str(worker(1)).expect("well-formed");
        engine.prepare(&code).expect("accepted").1.bytes.into()
    };
    let fetched = Cell::new(0);
    let load = |number: u32| {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_le_bytes());
        let fetch = || {
            fetched.set(fetched.get() + 1);
            Ok(bytes.clone())
        };
        let hash = CodeHash::from_bytes(hash);
        engine
            .load(&hash, AbiKind::Native, fetch)
            .expect("no fault");
        assert!(engine.cached_bytes() <= 16 << 20);
        fetched.get()
    };
    assert_eq!(load(0), 1);
    assert_eq!(load(0), 1);
    for number in 1..2_000 {
        load(number);
        load(0); // Used again and again: stays.
    }
    assert_eq!(load(0), 2_000);
    assert_eq!(load(1_999), 2_000);
    assert_eq!(load(1), 2_001);
}

#[test]
fn many_threads_share_an_engine() {
    let engines = both_engines();
    let expected = Chain::of(&worker(3)).call(b"");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut chain = Chain::on(engines.clone());
                chain.deploy(1, &worker(3));
                for _ in 0..50 {
                    assert_eq!(chain.call(b""), expected);
                }
            });
        }
    });
}
