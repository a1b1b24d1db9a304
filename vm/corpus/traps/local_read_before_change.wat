;; incident: A value taken from a local before the local changes keeps what it was.
(module
    (func (export "call") (local i32)
        (local.set 0 (i32.const 1))
        local.get 0
        (local.set 0 (i32.const 2))
        local.get 0
        i32.sub
        i32.const -1
        (if (i32.ne) (then (unreachable)))))
