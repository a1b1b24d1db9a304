;; incident: A manifest that asks for what does not exist, in its last bit.
(module
    (@custom "argosy.manifest" "\01\00\00\00\80")
    (func (export "call")))
