;; incident: Code that grows most by metering, but small enough to run.
(module
    (func $f (param i32) (block {{1000|local.get 0 br_if 0
    }}))
    (func (export "call") (call $f (i32.const 0))))
