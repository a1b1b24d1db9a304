;; incident: The code that grows most by metering: four bytes for each metered block. What is stored and loaded
;;   is the large module, and it pays by its own size.
(module
    {{12|(func (param i32) (block {{4000|local.get 0 br_if 0
    }}))
    }}(func (export "call")))
