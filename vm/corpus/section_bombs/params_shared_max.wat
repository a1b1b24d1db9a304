;; incident: CosmWasm CWA-2023-004 with all that the limits leave: the locals of a module are all parameters of
;;   one signature.
(module
    (type $wide (func (param {{16|i64 }}) (result i64)))
    {{1250|(func (type $wide) (local.get 15))
    }}(func (export "call")))
