;; incident: CosmWasm priced branches like any other operator, while the metering made them fourteen times as
;;   dear.
(module
    (func (export "call") (local i32)
        (loop $again {{500|(block (br_if 0 (local.get 0))) }}(br $again))))
