;; incident: The name of an unknown import is ninety kilobytes long: an error message must not repeat it in
;;   full to everybody.
(module
    (import "argosy" "{{90000|a}}" (func))
    (func (export "call")))
