;; incident: The creation of a contract returns data of its own.
(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "born")
    (func (export "init") (call $finish (i32.const 0) (i32.const 4)))
    (func (export "call")))
