;; incident: The host works with much stack of its own (a hash, a signature) as deep down as a guest gets.
;; gas: 100_000_000
(module
    (import "argosy" "blake3" (func $blake3 (param i32 i32 i32)))
    (import "argosy" "ed25519_verify" (func $ed25519_verify (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func $down (param i32)
        (call $blake3 (i32.const 0) (i32.const 1000) (i32.const 2000))
        (drop (call $ed25519_verify (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)))
        (call $down (i32.const 0)))
    (func (export "call") (call $down (i32.const 0))))
