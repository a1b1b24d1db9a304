;; incident: Signature checks of zeros as fast as gas allows: those that fail early must not be the only ones
;;   that are priced right.
(module
    (import "argosy" "secp256k1_recover" (func $secp256k1_recover (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (drop (call $secp256k1_recover (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
