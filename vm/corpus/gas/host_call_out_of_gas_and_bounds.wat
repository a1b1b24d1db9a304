;; incident: A hash of what lies outside, with gas for the fixed part of its price only: which of the two is
;;   told?
;; gas: 90_000
(module
    (import "argosy" "sha256" (func $sha256 (param i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (call $sha256 (i32.const 0) (i32.const -1) (i32.const 0))))
