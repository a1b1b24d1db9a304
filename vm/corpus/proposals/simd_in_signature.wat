;; incident: A type with a vector.
(module
    (type (func (param v128)))
    (func (export "call")))
