;; incident: One import more than allowed.
(module
    {{65|(import "argosy" "gas_left" (func (result i64)))
    }}(func (export "call")))
