;; incident: As many function types as a module may have: each costs memory in every cache of every node.
(module
    {{255|(type (func (param i32 i64) (result i64)))
    }}(func (export "call")))
