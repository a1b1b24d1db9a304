;; incident: One page more than there may be: a refusal that costs as much as if it had been granted.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (if (i32.ne (memory.grow (i32.const 256)) (i32.const -1)) (then (unreachable)))))
