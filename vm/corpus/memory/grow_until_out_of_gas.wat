;; incident: Gas for two pages, then for none: is the memory of the third there?
;; gas: 300_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (memory.grow (i32.const 1)))
        (drop (memory.grow (i32.const 1)))
        (drop (memory.grow (i32.const 1)))))
