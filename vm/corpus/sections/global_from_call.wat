;; incident: A global whose first value is computed by a call.
(module
    (func $f (result i32) (i32.const 1))
    (global i32 (call $f))
    (func (export "call")))
