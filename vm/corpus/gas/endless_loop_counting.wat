;; incident: A loop that ends in five hundred years.
(module
    (func (export "call") (local i64)
        (loop $again (br_if $again (i64.ne (local.tee 0 (i64.add (local.get 0) (i64.const 1))) (i64.const -1))))))
