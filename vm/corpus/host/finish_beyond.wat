;; incident: A frame of the outermost contract ends with words from outside its memory.
(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (call $finish (i32.const 65530) (i32.const 10))))
