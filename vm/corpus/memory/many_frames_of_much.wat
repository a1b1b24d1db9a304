;; incident: Sixteen frames, each with memory grown to four megabytes: the sum is what the node must hold.
;; gas: 100_000_000
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (drop (memory.grow (i32.const 63)))
        (memory.fill (i32.const 1000) (i32.const 1) (i32.const 4000000))
        (call $self_address (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))))
