;; incident: A manifest that asks for what does not exist.
(module
    (@custom "argosy.manifest" "\01\10\00\00\00")
    (func (export "call")))
