;; incident: Each table is within its limit; all together are not.
(module
    {{17|(func (block (br_table {{511|0 }}0 (i32.const 0))))
    }}(func (export "call")))
