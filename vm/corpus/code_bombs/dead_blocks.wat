;; incident: Blocks and ifs behind `unreachable`: nothing in them ever runs, yet everyone parses them.
(module
    (func (export "call") (if (i32.const 0) (then unreachable {{1500|block br 0 end i32.const 1 if else end
        }}))))
