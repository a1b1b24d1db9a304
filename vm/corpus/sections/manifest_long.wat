;; incident: A manifest with a byte too many.
(module
    (@custom "argosy.manifest" "\01\00\00\00\00\00")
    (func (export "call")))
