;; incident: Four thousand names of functions, all of which are for debuggers only.
(module
    {{4000|(func $a_name_that_only_a_debugger_reads_%)
    }}(func (export "call")))
