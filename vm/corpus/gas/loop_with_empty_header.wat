;; incident: A loop whose header holds nothing that costs: what is free there is free for ever.
(module
    (func (export "call") (loop $again (block (nop) (br $again)))))
