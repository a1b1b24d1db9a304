;; incident: An entry with a result.
(module
    (func (export "call") (result i32) (i32.const 1)))
