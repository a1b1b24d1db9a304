;; incident: CosmWasm CWA-2023-004: a signature as large as the standard allows, shared by hundreds of
;;   functions, so that a small upload became gigabytes when compiled.
(module
    (type $huge (func (param {{1000|i64 }})))
    {{600|(func (type $huge))
    }}(func (export "call")))
