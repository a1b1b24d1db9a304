;; incident: Sixteen parameters, the most there may be, called with all of them.
(module
    (func $wide (param {{16|i64 }}) (result i64) (i64.add (local.get 0) (local.get 15)))
    (func (export "call") (drop (call $wide {{16|(i64.const %) }}))))
