;; incident: The host writes to memory that has just moved.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (drop (memory.grow (i32.const 10)))
        (call $self_address (i32.const 700000))
        (call $finish (i32.const 700000) (i32.const 32))))
