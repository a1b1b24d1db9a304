;; incident: An addition of 128 bits.
(module
    (func (export "call") (i64.add128 (i64.const 1) (i64.const 0) (i64.const 1) (i64.const 0)) (drop) (drop)))
