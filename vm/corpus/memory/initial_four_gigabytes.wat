;; incident: Four gigabytes at the start: an allocation before the first instruction.
(module
    (memory (export "memory") 65536)
    (func (export "call")))
