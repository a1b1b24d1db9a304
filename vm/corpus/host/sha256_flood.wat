;; incident: SHA-256 of a megabyte, again and again: the most work of this import for a gas.
(module
    (import "argosy" "sha256" (func $sha256 (param i32 i32 i32)))
    (memory (export "memory") 16)
    (func (export "call") (local $i i32)
        (loop $again
            (call $sha256 (i32.const 0) (i32.const 0x100000) (i32.const 0))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
