;; incident: A store of which half lies over the edge: neither half may be written, and the frame ends.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (i64.store (i32.const 65529) (i64.const -1))))
