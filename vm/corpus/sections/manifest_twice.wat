;; incident: Two manifests: the modest one for the reader, the other for the chain.
(module
    (@custom "argosy.manifest" "\01\00\00\00\00")
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (func (export "call")))
