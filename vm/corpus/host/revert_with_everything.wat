;; incident: A contract reverts with as much data as allowed: the receipt holds it, so somebody pays.
(module
    (import "argosy" "revert" (func $revert (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (call $revert (i32.const 0) (i32.const 65536))))
