;; incident: A tree of calls: each frame calls itself twice, until depth or gas is used up. Sixteen levels are
;;   sixty-five thousand frames.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (call $self_address (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
        (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))))
