;; incident: The size in pages before and after a growth that fails.
;; gas: 100_000_000
(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (i32.store (i32.const 0) (memory.size))
        (i32.store (i32.const 4) (memory.grow (i32.const 300)))
        (i32.store (i32.const 8) (memory.size))
        (call $finish (i32.const 0) (i32.const 12))))
