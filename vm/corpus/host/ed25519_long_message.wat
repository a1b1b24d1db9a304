;; incident: A signature check over a megabyte of message.
(module
    (import "argosy" "ed25519_verify" (func $ed25519_verify (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 16)
    (func (export "call") (local $i i32)
        (loop $again
            (drop (call $ed25519_verify (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 0x100000)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
