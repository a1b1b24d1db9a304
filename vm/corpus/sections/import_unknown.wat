;; incident: An import that the chain does not have.
(module
    (import "argosy" "self_destruct" (func))
    (func (export "call")))
