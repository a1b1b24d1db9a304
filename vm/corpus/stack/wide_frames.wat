;; incident: Frames of five hundred locals: a limit that counts calls and not their size lets kilobytes through
;;   per call.
(module
    (func $down (param i64) (result i64) (local {{500|i64 }})
        {{500|(local.set % (i64.add (local.get 0) (i64.const %)))
        }}(local.set 1 (call $down (local.get 7)))
        (i64.add (local.get 1) (local.get 499)))
    (func (export "call") (drop (call $down (i64.const 1)))))
