;; incident: Sixteen parameters handed down by every call, most of them on the native stack.
(module
    (func $down (param {{16|i64 }}) (result i64)
        (call $down {{16|(i64.add (local.get %) (i64.const %)) }}))
    (func (export "call") (drop (call $down {{16|(i64.const %) }}))))
