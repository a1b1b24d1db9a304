;; incident: Data that is placed by an instruction.
(module
    (memory (export "memory") 1)
    (data $d "abc")
    (func (export "call") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3))))
