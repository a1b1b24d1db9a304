;; incident: A thousand calls deep and back, which must succeed everywhere.
(module
    (func $down (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func (export "call") (if (i32.ne (call $down (i32.const 1000)) (i32.const 1000)) (then (unreachable)))))
