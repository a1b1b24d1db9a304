;; incident: A memory from outside.
(module
    (import "argosy" "memory" (memory 1))
    (func (export "call")))
