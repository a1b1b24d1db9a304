;; incident: Twenty thousand calls in one body: a relocation for each.
(module
    (func $f)
    (func (export "call") {{20000|call $f
    }}))
