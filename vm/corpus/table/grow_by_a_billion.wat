;; incident: A table that grows by a billion entries: no gas was ever asked for it in chains that allowed it.
(module
    (table 1 funcref)
    (func (export "call") (drop (table.grow 0 (ref.null func) (i32.const 1000000000)))))
