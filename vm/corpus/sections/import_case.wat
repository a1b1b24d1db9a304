;; incident: The name in capitals.
(module
    (import "argosy" "Gas_Left" (func (result i64)))
    (func (export "call")))
