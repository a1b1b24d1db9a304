;; incident: A growth that fails, in a loop for ever: each must be paid like one that succeeds.
;; gas: 90_000_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (loop $l (drop (memory.grow (i32.const 256))) (br $l))))
