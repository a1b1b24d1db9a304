;; incident: SHA-256 of nothing, again and again: the fixed part of its price is all there is.
(module
    (import "argosy" "sha256" (func $sha256 (param i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $sha256 (i32.const 0) (i32.const 0) (i32.const 0))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
