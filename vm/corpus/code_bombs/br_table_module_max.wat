;; incident: All targets that a module may have, in sixteen tables.
(module
    {{16|(func (block (br_table {{511|0 }}0 (i32.const 0))))
    }}(func (export "call")))
