;; incident: `upgrade_self` by a contract whose manifest does not ask for it.
(module
    (import "argosy" "upgrade_self" (func $upgrade_self (param i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\00\00\00\00")
    (memory (export "memory") 1)
    (data (i32.const 48) "\01")
    (func (export "call") (drop (call $upgrade_self (i32.const 0) (i32.const 0) (i32.const 0)))))
