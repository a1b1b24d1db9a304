;; incident: A store to a page that was beyond the end a moment ago: engines that keep the size in a register
;;   fail here.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 131068) (i32.const 7))
        (if (i32.ne (i32.load (i32.const 131068)) (i32.const 7)) (then (unreachable)))))
