;; incident: A table from outside.
(module
    (import "argosy" "table" (table 1 funcref))
    (func (export "call")))
