;; incident: Each frame asks the host before it goes down: host calls on top of the deepest of stacks.
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (func $down (drop (call $gas_left)) (call $down))
    (func (export "call") (call $down)))
