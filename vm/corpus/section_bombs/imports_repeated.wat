;; incident: One import as often as there may be imports at all.
(module
    {{64|(import "argosy" "gas_left" (func (result i64)))
    }}(func (export "call") {{64|(drop (call %)) }}))
