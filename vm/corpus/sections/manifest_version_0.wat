;; incident: A manifest of version zero.
(module
    (@custom "argosy.manifest" "\00\00\00\00\00")
    (func (export "call")))
