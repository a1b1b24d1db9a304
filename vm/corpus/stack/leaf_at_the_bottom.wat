;; incident: A function that calls nothing has the widest frame, and stands at the bottom of a deep recursion.
(module
    (func $leaf (param i64) (result i64) (local {{500|i64 }})
        {{1000|(local.get 0) }}{{999|i64.add }})
    (func $down (param i64) (result i64) (drop (call $leaf (local.get 0))) (call $down (local.get 0)))
    (func (export "call") (drop (call $down (i64.const 1)))))
