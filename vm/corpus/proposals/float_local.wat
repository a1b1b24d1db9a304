;; incident: A local of `f64` that nobody reads.
(module
    (func (export "call") (local f64)))
