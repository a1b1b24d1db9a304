;; incident: A block pays at its start for all of it: a trap behind a hundred additions costs as much as one
;;   before them.
(module
    (func (export "call") (local i32) {{100|(local.set 0 (i32.add (local.get 0) (i32.const 1))) }}(unreachable)))
