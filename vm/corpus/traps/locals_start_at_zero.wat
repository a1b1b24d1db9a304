;; incident: Locals are zero at every call, also after a frame that left others on the stack.
(module
    (func $dirty (local i64 i64 i64 i64) {{4|(local.set % (i64.const -1)) }})
    (func $clean (result i64) (local i64 i64 i64 i64)
        (i64.or (i64.or (local.get 0) (local.get 1)) (i64.or (local.get 2) (local.get 3))))
    (func (export "call") (call $dirty) (if (i64.ne (call $clean) (i64.const 0)) (then (unreachable)))))
