;; incident: wasmi issue 2039: `memory.grow` in a loop, which in 2.0.0 ate native stack until its process died,
;;   and where memory is moved each time costs its square.
;; gas: 100_000_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))))
