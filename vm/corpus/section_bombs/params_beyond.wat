;; incident: Seventeen parameters.
(module
    (func (param {{17|i64 }}))
    (func (export "call")))
