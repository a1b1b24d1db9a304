;; incident: An import whose pointer has 64 bits.
(module
    (import "argosy" "caller" (func (param i64)))
    (func (export "call")))
