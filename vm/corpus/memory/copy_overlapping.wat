;; incident: Copies onto themselves, upwards and downwards, must behave as if through a buffer.
(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "abcdefgh")
    (func (export "call")
        (memory.copy (i32.const 1) (i32.const 0) (i32.const 7))
        (memory.copy (i32.const 16) (i32.const 2) (i32.const 6))
        (memory.copy (i32.const 15) (i32.const 16) (i32.const 6))
        (call $finish (i32.const 0) (i32.const 24))))
