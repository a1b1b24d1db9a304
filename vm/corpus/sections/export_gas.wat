;; incident: The module exports a global of the name under which the chain keeps the gas: whoever reads by name
;;   reads the wrong one.
(module
    (global (export "__gas") (mut i64) (i64.const 9223372036854775807))
    (func (export "call")))
