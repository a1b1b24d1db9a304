;; incident: wasmi issue 2039: in version 2.0.0 each `memory.grow` kept native stack until its process died.
;;   Here one in every frame of a recursion.
(module
    (memory (export "memory") 1)
    (func $down (drop (memory.grow (i32.const 0))) (call $down))
    (func (export "call") (call $down)))
