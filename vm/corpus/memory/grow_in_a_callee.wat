;; incident: wasmi 1837: after memory grew inside a call, the caller went on with the old base.
(module
    (memory (export "memory") 1)
    (func $grow (drop (memory.grow (i32.const 3))) (i32.store (i32.const 0) (i32.const 42)))
    (func (export "call")
        (i32.store (i32.const 0) (i32.const 1))
        (call $grow)
        (i32.store (i32.const 200000) (i32.load (i32.const 0)))
        (if (i32.ne (i32.load (i32.const 200000)) (i32.const 42)) (then (unreachable)))))
