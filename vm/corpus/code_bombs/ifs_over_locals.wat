;; incident: Two thousand ifs over five hundred locals: whoever builds SSA form by hand sees values by locals
;;   times joins.
(module
    (func (export "call") (local {{500|i64 }}) (local $go i32)
        {{4|{{500|local.get $go if local.get % i64.const 1 i64.add local.set % end
        }}}}{{499|(local.set 499 (i64.xor (local.get 499) (local.get %)))
        }}))
