;; incident: An index of minus one goes to the default, as all that are too large do.
(module
    (func (export "call") (local i32)
        (block $default
            (block $zero (br_table $zero $zero $default (i32.const -1)))
            (unreachable))))
