;; incident: A global that changes, exported: allowed.
(module
    (global $g (export "g") (mut i32) (i32.const 0))
    (func (export "call") (global.set $g (i32.const 1))))
