;; incident: CosmWasm CWA-2023-004 within the limit of parameters: four thousand functions share one signature
;;   of sixteen. Their parameters count as locals.
(module
    (type $wide (func (param {{16|i64 }})))
    {{4000|(func (type $wide))
    }}(func (export "call")))
