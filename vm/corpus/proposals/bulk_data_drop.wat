;; incident: Data that is given up.
(module
    (memory (export "memory") 1)
    (data $d "abc")
    (func (export "call") (data.drop $d)))
