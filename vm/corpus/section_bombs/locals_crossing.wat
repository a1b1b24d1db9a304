;; incident: Five hundred values that all live until the end: a register allocator that is worse than linear
;;   shows here.
(module
    (func (export "call") (local {{500|i64 }})
        {{500|(local.set % (i64.add (local.get %) (i64.const %)))
        }}(loop $again
            {{500|(local.set % (i64.rotl (local.get %) (i64.const 7)))
            }}(br_if $again (i64.eqz (local.get 499))))
        {{499|(local.set 499 (i64.xor (local.get 499) (local.get %)))
        }}))
