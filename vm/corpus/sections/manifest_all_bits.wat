;; incident: A manifest that asks for everything there might ever be.
(module
    (@custom "argosy.manifest" "\01\ff\ff\ff\ff")
    (func (export "call")))
