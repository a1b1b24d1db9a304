;; incident: No memory, and a host call that would write to one.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (func (export "call") (call $self_address (i32.const 0))))
