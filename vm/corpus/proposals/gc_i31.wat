;; incident: A number of 31 bits as a reference.
(module
    (func (export "call") (drop (ref.i31 (i32.const 1)))))
