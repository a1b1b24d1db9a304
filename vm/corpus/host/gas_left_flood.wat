;; incident: The cheapest import, for ever: what a call across the border costs.
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (drop (call $gas_left))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
