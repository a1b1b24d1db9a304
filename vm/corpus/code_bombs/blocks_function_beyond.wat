;; incident: More metered blocks in one function than allowed.
(module
    (func (export "call") (local i32) (block {{4100|local.get 0 br_if 0
    }})))
