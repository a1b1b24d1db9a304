;; incident: Calls of a function that does nothing but has five hundred locals, which must be zeroed each time.
(module
    (func $f (local {{512|i64 }}))
    (func (export "call") (loop $again (call $f) (br $again))))
