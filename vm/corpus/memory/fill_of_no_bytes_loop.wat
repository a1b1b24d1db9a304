;; incident: A fill of no bytes, for ever: the fixed part of its price is all there is.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 0)) (br $l))))
