;; incident: Tail position by way of `return`, inside a block.
(module
    (func $down (param i32) (result i32) (block (return (call $down (local.get 0)))) (unreachable))
    (func (export "call") (drop (call $down (i32.const 0)))))
