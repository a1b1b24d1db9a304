;; incident: Nearly as many metered blocks in one function as allowed.
(module
    (func (export "call") (local i32) (block {{4090|local.get 0 br_if 0
    }})))
