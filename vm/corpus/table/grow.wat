;; incident: wasmi issue 2039: `table.grow` in a loop killed the process of version 2.0.0 within a few hundred
;;   thousand gas.
(module
    (table 1 funcref)
    (func (export "call") (loop $l (drop (table.grow 0 (ref.null func) (i32.const 1))) (br $l))))
