;; incident: All 512 locals of a function, each written and read.
(module
    (func (export "call") (local {{512|i64 }}) {{512|(local.set % (i64.const %)) }}{{511|(local.set 0 (i64.xor (local.get 0) (local.get %))) }}))
