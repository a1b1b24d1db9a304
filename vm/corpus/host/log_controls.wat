;; incident: A line for the log with colours, line ends and a false entry in it.
(module
    (import "argosy" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "ok\0a2026-01-01 ERROR node: \1b[2J\1b[31mdisk failed\0d\00\e2\80\ae")
    (func (export "call") (call $log (i32.const 0) (i32.const 60))))
