;; A contract that gives up with what it is told to, whatever the entry.
;;
;; input = selector (4) ‖ 0 ‖ words                      reverts with the words
;;         selector (4) ‖ 1 ‖ address (32) ‖ message     asks the address, reverts with its answer
;; Memory: 0 funds, 1024 input, 65536 answer.
(module
  (import "argosy" "input_len" (func $input_len (result i32)))
  (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
  (import "argosy" "revert" (func $revert (param i32 i32)))
  (import "argosy" "result_len" (func $result_len (result i32)))
  (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
  (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))

  (memory (export "memory") 3 3)

  (func (export "init"))
  (func $run
    (local $len i32)
    (local.set $len (call $input_len))
    (call $input_read (i32.const 1024) (i32.const 0) (local.get $len))
    (if (i32.load8_u (i32.const 1028))
      (then
        (drop (call $call
          (i32.const 1029) (i32.const 0) (i64.const 0) (i32.const 2)
          (i32.const 1061) (i32.sub (local.get $len) (i32.const 37))))
        (call $result_read (i32.const 65536) (i32.const 0) (call $result_len))
        (call $revert (i32.const 65536) (call $result_len))))
    (call $revert (i32.const 1029) (i32.sub (local.get $len) (i32.const 5))))
  (export "call" (func $run))
  (export "query" (func $run)))
