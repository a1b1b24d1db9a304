;; incident: A call that replaces its frame: recursion without end for no stack.
(module
    (func $f (return_call $f))
    (func (export "call") (call $f)))
