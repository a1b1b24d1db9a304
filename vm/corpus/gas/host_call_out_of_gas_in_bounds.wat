;; incident: A hash of a megabyte with gas for half of it.
;; gas: 2_500_000
(module
    (import "argosy" "sha256" (func $sha256 (param i32 i32 i32)))
    (memory (export "memory") 16)
    (func (export "call") (call $sha256 (i32.const 0) (i32.const 0x100000) (i32.const 0))))
