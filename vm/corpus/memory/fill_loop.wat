;; incident: Filling all of sixteen megabytes again and again: the most memory traffic for a gas.
;; gas: 60_000_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (memory.grow (i32.const 255)))
        (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x1000000)) (br $l))))
