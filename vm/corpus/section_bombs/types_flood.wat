;; incident: Twenty thousand types of three bytes each: the count alone must stop it, before any is read.
(module
    {{20000|(type (func))
    }}(func (export "call")))
