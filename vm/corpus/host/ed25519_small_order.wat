;; incident: Keys and signatures of small order, which some libraries call valid and some do not: consensus
;;   split over one signature (Zcash, ed25519 "ZIP 215").
(module
    (import "argosy" "ed25519_verify" (func $ed25519_verify (param i32 i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\01")
    (data (i32.const 32) "\01")
    (func (export "call")
        (i32.store8 (i32.const 200) (call $ed25519_verify (i32.const 0) (i32.const 32) (i32.const 100) (i32.const 8)))
        (call $finish (i32.const 200) (i32.const 1))))
