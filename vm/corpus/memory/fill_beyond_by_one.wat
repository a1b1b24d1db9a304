;; incident: A fill that ends a byte behind the end must not write the bytes before it.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (memory.fill (i32.const 65535) (i32.const 1) (i32.const 2))))
