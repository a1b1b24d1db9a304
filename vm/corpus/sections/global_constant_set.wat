;; incident: A write to a constant.
(module
    (global $g i32 (i32.const 1))
    (func (export "call") (global.set $g (i32.const 2))))
