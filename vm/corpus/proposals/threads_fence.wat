;; incident: A fence: no operand, no memory, and still threads.
(module
    (func (export "call") (atomic.fence)))
