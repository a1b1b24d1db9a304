;; incident: Copying half of the memory onto the other half, for ever, off by one byte.
;; gas: 60_000_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (memory.grow (i32.const 255)))
        (loop $l (memory.copy (i32.const 1) (i32.const 0) (i32.const 0xffffff)) (br $l))))
