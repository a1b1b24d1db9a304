;; incident: Each function is within its limit of metered blocks; all together are not.
(module
    {{13|(func (param i32) (block {{4000|local.get 0 br_if 0
    }}))
    }}(func (export "call")))
