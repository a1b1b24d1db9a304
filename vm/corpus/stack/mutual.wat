;; incident: Three functions that call each other in a ring, with frames of different width.
(module
    (func $a (call $b))
    (func $b (local i64 i64 i64) (call $c))
    (func $c (local {{40|i32 }}) (call $a))
    (func (export "call") (call $a)))
