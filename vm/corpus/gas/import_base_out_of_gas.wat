;; incident: Cheap host calls until not even the fixed price of one is left.
;; gas: 100_001
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (func (export "call") (loop $again (drop (call $input_len)) (br $again))))
