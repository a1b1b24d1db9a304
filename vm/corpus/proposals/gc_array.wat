;; incident: An array of a billion numbers.
(module
    (type $a (array (mut i64)))
    (func (export "call") (drop (array.new_default $a (i32.const 1000000000)))))
