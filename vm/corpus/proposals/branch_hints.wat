;; incident: A custom section that tells a compiler which branch is likely: an optimiser reads it, the chain
;;   must not.
(module
    (func (export "call") (if (i32.const 1) (then)))
    (@custom "metadata.code.branch_hint" "\01\00\01\03\01\01"))
