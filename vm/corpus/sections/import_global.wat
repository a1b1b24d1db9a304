;; incident: A global from outside.
(module
    (import "argosy" "__gas" (global (mut i64)))
    (func (export "call")))
