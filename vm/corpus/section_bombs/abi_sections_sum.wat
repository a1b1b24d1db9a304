;; incident: Two descriptions of the interface, each within the limit; together they are not.
(module
    {{2|(@custom "argosy.abi" "{{33000|a}}")
    }}(func (export "call")))
