;; incident: Gas runs out inside a host call: nothing of its effect may be left.
;; gas: 500_000
(module
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (call $storage_set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 65536))))
