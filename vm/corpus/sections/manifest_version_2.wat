;; incident: A manifest of a version to come.
(module
    (@custom "argosy.manifest" "\02\00\00\00\00")
    (func (export "call")))
