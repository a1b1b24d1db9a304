;; incident: A global that can be changed from outside.
(module
    (global (export "g") (mut i64) (i64.const 1))
    (func (export "call")))
