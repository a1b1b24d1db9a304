;; incident: A segment that is placed by an instruction only.
(module
    (table 1 funcref)
    (elem func $f)
    (func $f)
    (func (export "call")))
