;; incident: wasmi issue 2039 with growth by none: the cheapest `memory.grow` there is, for ever.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (loop $l (drop (memory.grow (i32.const 0))) (br $l))))
