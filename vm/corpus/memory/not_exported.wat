;; incident: A memory that the host cannot reach, and a host call that needs it.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (memory 1)
    (func (export "call") (call $self_address (i32.const 0))))
