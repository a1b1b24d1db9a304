;; incident: A value is left at the end.
(module
    (func (export "call") i32.const 1))
