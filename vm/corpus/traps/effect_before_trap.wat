;; incident: An event, then a trap: the event is undone.
(module
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (unreachable)))
