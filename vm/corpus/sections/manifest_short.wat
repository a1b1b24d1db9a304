;; incident: A manifest that ends too early.
(module
    (@custom "argosy.manifest" "\01\00\00\00")
    (func (export "call")))
