;; incident: Frames of five hundred locals that nobody reads: one engine keeps them, the other drops them.
(module
    (func $down (local {{500|i64 }}) (call $down))
    (func (export "call") (call $down)))
