;; incident: A thousand values lie on the operand stack across every call.
(module
    (func $down (param i64) (result i64)
        {{1000|(local.get 0) }}(call $down (i64.add (local.get 0) (i64.const 1)))
        {{1000|i64.add }})
    (func (export "call") (drop (call $down (i64.const 1)))))
