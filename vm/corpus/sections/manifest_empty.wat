;; incident: A manifest of no bytes.
(module
    (@custom "argosy.manifest" "")
    (func (export "call")))
