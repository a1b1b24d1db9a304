;; incident: A tag from outside.
(module
    (import "argosy" "tag" (tag))
    (func (export "call")))
