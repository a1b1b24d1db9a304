;; incident: The module exports a global of the name under which the chain keeps the depth.
(module
    (global (export "__depth") (mut i32) (i32.const 0))
    (func (export "call")))
