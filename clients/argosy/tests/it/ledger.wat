;; A contract with functions of its own, called as a compiler of Rust calls them: hash at the end.
(module
  (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
  (memory (export "memory") 1 1)

  ;; Uses gas.
  (func $ledger::spin::h0123456789abcdef (param $times i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (local.get $times)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))

  ;; Keeps a number under a key of four bytes.
  (func $ledger::keep::h00112233445566aa (param $number i32)
    (i32.store (i32.const 8) (local.get $number))
    (call $storage_set (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 4)))

  (func $ledger::entry::hfedcba9876543210 (export "call")
    (call $ledger::keep::h00112233445566aa
      (call $ledger::spin::h0123456789abcdef (i32.const 100))))
  (func $ledger::init::h0000000000000001 (export "init")))
