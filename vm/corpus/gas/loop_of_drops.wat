;; incident: A loop of constants that are dropped: an optimiser deletes them, and their price must stay.
(module
    (func (export "call") (loop $again {{1000|(drop (i64.const %)) }}(br $again))))
