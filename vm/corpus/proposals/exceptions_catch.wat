;; incident: A handler that catches everything: would it catch the end of gas?
(module
    (func (export "call") (block $h (try_table (catch_all $h) (unreachable)))))
