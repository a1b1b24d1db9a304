;; incident: The contract does something else if it has little gas: outcomes must agree to the unit.
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (loop $again (br_if $again (i64.gt_u (call $gas_left) (i64.const 12345))))
        (i64.store (i32.const 0) (call $gas_left))
        (call $finish (i32.const 0) (i32.const 8))))
