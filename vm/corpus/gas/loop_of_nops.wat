;; incident: A loop full of what costs nothing.
(module
    (func (export "call") (loop $again {{1000|nop }}(br $again))))
