;; incident: A local of 128 bits that nobody reads.
(module
    (func (export "call") (local v128)))
