;; incident: A start function that never ends: nodes hang at the first instantiation.
(module
    (func $s (loop $l (br $l)))
    (start $s)
    (func (export "call")))
