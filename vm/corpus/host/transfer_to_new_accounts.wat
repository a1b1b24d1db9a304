;; incident: Dust to accounts that do not exist yet: each would be a new entry of the state for ever.
(module
    (import "argosy" "transfer" (func $transfer (param i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\01\00\00\00")
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (i32.store (i32.const 0) (local.get $i))
            (i32.store8 (i32.const 32) (call $transfer (i32.const 0) (i32.const 64)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again)))
    (data (i32.const 64) "\01"))
