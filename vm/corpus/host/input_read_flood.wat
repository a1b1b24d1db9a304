;; incident: The largest input there may be is short here; reading it again and again still copies.
;; input: 12345678
(module
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $input_read (i32.const 0) (i32.const 0) (i32.const 8))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
